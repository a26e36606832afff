"""Letters to be printed and handed over: what is true of them now, to whom they are, and who may see the link."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import case, select

from inspection.access import Act, Caller, may
from inspection.bulk import among
from inspection.countries import local_date
from inspection.errors import DoesNotApply
from inspection.notices.content import Content, Text, content
from inspection.notices.letters import judged
from inspection.notices.reading import NOTHING_TRUE, found, page
from inspection.notices.recipients import OFFICIALS
from inspection.notices.stages import Recipient
from inspection.prescriptions import number_text
from inspection.tables.areas import Area
from inspection.tables.notices import Letter, LetterState
from inspection.tables.operators import Operator
from inspection.tables.people import Grant, Person
from inspection.tables.prescriptions import Department, Prescription
from inspection.unit import Unit

MOST = 100  # letters at once
HANDING_OVER = (Act.PRESCRIBE, Act.DECIDE)  # who delivers holds the paper anyway; so does who makes links


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who a letter on paper is for. office: None where nobody knows (any more).

    name: of an operator or a person; empty for an office as such. area: of the office.
    """

    office: Recipient | None
    name: Text
    area: Text


@dataclass(frozen=True, slots=True)
class ToPrint:
    """A letter as it is printed now. day: the local date. enclosed: numbers of the prescriptions that go with it.

    linked: whether who asked may see the link by which it is answered.
    """

    content: Content
    addressee: Addressee
    day: date
    enclosed: Sequence[str]
    linked: bool


@dataclass(frozen=True, slots=True)
class ToPrintPage:
    """Letters of a page of the list, but those of which nothing is true any more. day: the latest of theirs."""

    day: date
    letters: Sequence[ToPrint]
    next_cursor: str | None


def to_print(unit: Unit, caller: Caller, letter_id: UUID) -> ToPrint:
    """One letter, whatever became of it. Raises NotFound, DoesNotApply if nothing in it is true any more."""
    letter = found(unit.session, caller, letter_id)
    printed = _printed(unit, caller, letter)
    if printed is None:
        raise DoesNotApply(NOTHING_TRUE, state=letter.state)
    return printed


def page_to_print(
    unit: Unit,
    caller: Caller,
    *,
    state: Sequence[LetterState],
    area: str | None = None,
    facility_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = MOST,
) -> ToPrintPage:
    """The letters of a page of the list (`reading.page`), in its order. About ten statements a letter."""
    listed = page(
        unit.session, caller, state=state, area=area, facility_id=facility_id, cursor=cursor, limit=limit
    )
    letters = (found(unit.session, caller, row["id"]) for row in listed.rows)
    printed = [made for letter in letters if (made := _printed(unit, caller, letter))]
    day = max((letter.day for letter in printed), default=unit.now.date())
    return ToPrintPage(day, printed, listed.next_cursor)


def _printed(unit: Unit, caller: Caller, letter: Letter) -> ToPrint | None:
    true, _ = judged(unit, letter)
    if not true:
        return None
    said = content(unit, letter, true)
    return ToPrint(
        content=said,
        addressee=_addressee(unit, letter),
        day=local_date(unit.now, letter.country),
        enclosed=_numbers(unit, said.papers),
        linked=any(may(caller, act, letter) for act in HANDING_OVER),
    )


def _addressee(unit: Unit, letter: Letter) -> Addressee:
    kind, _, made = letter.recipient.partition(":")
    if kind == "operator":
        held = unit.session.get(Operator, (letter.home_region, UUID(made)))
        name = {} if held is None else {"kk": held.name_kk or held.name_ru, "ru": held.name_ru or held.name_kk}
        return Addressee(Recipient.OPERATOR, name, {})
    if kind == "person":
        return _official(unit, letter, UUID(made))
    code = letter.district_code or letter.region_code
    return Addressee(Recipient(made), {}, _area_name(unit.session.get_one(Area, code)))


def _official(unit: Unit, letter: Letter, person: UUID) -> Addressee:
    """By the grant that they hold there now, the nearer one first."""
    held = unit.session.get_one(Person, person).name
    here = (letter.district_code or letter.region_code, letter.region_code)
    in_force = (Grant.valid_from <= unit.now) & (Grant.valid_to.is_(None) | (Grant.valid_to > unit.now))
    offices = {role.value: kind for kind, role in OFFICIALS.items()}
    grant = unit.session.execute(
        select(Grant.role, Area)
        .join(Area, Area.code == Grant.area_code)
        .where(in_force, Grant.person_id == person, Grant.role.in_(offices), Area.code.in_(here))
        .order_by(case((Area.code == here[0], 0), else_=1), Grant.role)
    ).first()
    name = {"kk": held, "ru": held}
    return Addressee(None, name, {}) if grant is None else Addressee(offices[grant[0]], name, _area_name(grant[1]))


def _area_name(area: Area) -> Text:
    return {"kk": area.name_kk, "ru": area.name_ru or area.name_kk}


def _numbers(unit: Unit, prescriptions: Collection[tuple[str, UUID]]) -> Sequence[str]:
    if not prescriptions:
        return ()
    by = (Department.home_region == Prescription.home_region) & (Department.id == Prescription.department_id)
    rows = unit.session.execute(
        select(Department.code, Prescription.year, Prescription.number)
        .join(Department, by)
        .where(among((Prescription.home_region, Prescription.id), prescriptions))
    )
    return sorted(number_text(row.code, row.year, row.number) for row in rows)
