"""Fines: entered by hand from their papers, taken back with a reason, read and listed.

Pandus imposes nothing and names no article: it keeps number, date and sum, for the figures of reports.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection import facilities
from inspection.access import Act, Caller, may, narrow, require
from inspection.aliases import one_place
from inspection.area_filters import lies_in
from inspection.bulk import insert_new_rows
from inspection.countries import COUNTRIES, local_date
from inspection.dossiers import MERGED
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput, NotFound
from inspection.homes import at_home, find
from inspection.journal import Change
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.operators import is_known
from inspection.tables.facilities import Facility
from inspection.tables.fines import Fine
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.regions import Home
from inspection.unit import Unit

KIND = SORT = "fine"
NUMBER_LENGTH = 60
MOST_SUM = 10**12
OLDEST = timedelta(days=10 * 366)
SAID = ("number", "imposed_on", "sum", "operator_id", "prescription_id")
SHOWN = (
    *(Fine.id, Fine.rev, Fine.facility_id, Fine.country, Fine.region_code, Fine.district_code),
    *(Fine.department_id, *(getattr(Fine, name) for name in SAID), Fine.author_id, Fine.recorded_at),
    *(Fine.withdrawn_by, Fine.withdrawn_at, Fine.withdrawn_why),
)


class FineNumberTaken(AlreadyDifferent):
    """Another fine of the department and year has this number; carries its id."""

    slug = "fine-number-taken"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the paper says. sum: whole units of the currency. prescription_id: what it is about, if any."""

    number: str
    imposed_on: date
    sum: int
    operator_id: UUID
    prescription_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; None asks for nothing. first, last: by the day of the paper, included."""

    area: str | None = None
    facility_id: UUID | None = None
    operator_id: UUID | None = None
    prescription_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    withdrawn: bool | None = None


def enter(
    unit: Unit, caller: Caller, facility_id: UUID, fine_id: UUID, claim: Claim
) -> tuple[dict[str, Any], bool]:
    """Enter a fine under the id a client chose. Returns it and whether it is new.

    Entering the same again changes nothing. Raises NotFound, Forbidden, InvalidInput with every fault,
    FineNumberTaken, AlreadyDifferent where the id stands for something else, and DoesNotApply for a merged
    facility and where no department answers for the region.
    """
    held = facilities.locked(unit.session, facility_id)
    require(caller, Act.DECIDE, held, what=facilities.KIND)
    assert held is not None  # noqa: S101 - require refuses None
    if repeated := _entered_before(unit.session, held, fine_id, claim, caller.person_id):
        return repeated, False
    if held.merged_into is not None:
        raise DoesNotApply(MERGED, merged_into=str(held.merged_into))
    if wrong := list(_faults(unit, caller, held, claim)):
        raise InvalidInput(wrong)
    department = unit.session.scalars(select(Department).where(Department.area_code == held.region_code)).first()
    if department is None:
        raise DoesNotApply("no department answers for this region", region=held.region_code)
    row = {**_row(held, department.id, claim), "id": fine_id, "author_id": caller.person_id}
    row["recorded_at"] = unit.now
    _refuse_number(unit.session, caller, row)
    home = {"id": fine_id, "region": held.home_region, "kind": KIND}
    if not insert_new_rows(unit.session, Home, [home]):
        raise AlreadyDifferent("this id is taken by another document", fine=str(fine_id))
    if not insert_new_rows(unit.session, Fine, [row]):
        _refuse_number(unit.session, caller, row)  # somebody was quicker with the same number
    facts = {name: (None, row[name]) for name in ("facility_id", *SAID) if row[name] is not None}
    unit.journal.add(Change(held.home_region, "fine.recorded", KIND, str(fine_id), facts))
    return document(unit.session.get_one(Fine, (held.home_region, fine_id))), True


def withdraw(unit: Unit, caller: Caller, fine_id: UUID, reason: str) -> dict[str, Any]:
    """Take a fine back: from now on it counts for nothing, and is shown with who took it back and why.

    The same again changes nothing. Raises NotFound, Forbidden, InvalidInput for an empty reason, and DoesNotApply
    for one that somebody has taken back already.
    """
    found = find(unit.session, Fine, fine_id)
    require(caller, Act.DECIDE, found, what=KIND)
    assert found is not None  # noqa: S101 - require refuses None
    facility = facilities.locked(unit.session, found.facility_id)
    require(caller, Act.DECIDE, facility, what=KIND)  # it may have moved since
    unit.session.refresh(found)
    if not reason.strip():
        raise InvalidInput([Fault("/reason", "the reason is empty", "a sentence")])
    if found.withdrawn_at is not None:
        if (found.withdrawn_by, found.withdrawn_why) == (caller.person_id, reason):
            return document(found)
        raise DoesNotApply("this fine is taken back already", fine=str(fine_id))
    found.withdrawn_by, found.withdrawn_at, found.withdrawn_why = caller.person_id, unit.now, reason
    found.rev += 1
    facts = {"withdrawn_by": (None, caller.person_id)}
    unit.journal.add(Change(found.home_region, "fine.withdrawn", KIND, str(fine_id), facts, reason))
    unit.session.flush()
    return document(found)


def one(session: Session, caller: Caller, fine_id: UUID) -> dict[str, Any]:
    """One fine. Raises NotFound, also for one that the caller may not see."""
    wanted = narrow(select(*SHOWN).join(Home, at_home(Fine)), Fine, caller).where(Home.id == fine_id)
    row = session.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFound("there is no such fine", kind=KIND)
    return _with_currency(dict(row))


def page(session: Session, caller: Caller, wanted: Wanted, *, cursor: str | None = None, limit: int = 50) -> Page:
    """Fines that the caller may see, the newest paper first, taken back ones too. Raises InvalidInput."""
    statement = _narrowed(session, narrow(select(*SHOWN), Fine, caller), wanted)
    if cursor is not None:
        day, last = read_cursor(cursor, SORT, (date, UUID))
        reached = tuple_(literal(day, Date()), literal(last, Uuid()))
        statement = statement.where(tuple_(Fine.imposed_on, Fine.id) < reached)
    ordered = statement.order_by(Fine.imposed_on.desc(), Fine.id.desc()).limit(limit + 1)
    found = session.execute(ordered).mappings().all()
    rows = [_with_currency(dict(row)) for row in found[:limit]]
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["imposed_on"], rows[-1]["id"])) if more else None)


def document(fine: Fine) -> dict[str, Any]:
    """What is shown of a fine."""
    return _with_currency({column.key: getattr(fine, column.key) for column in SHOWN})


def number_key(number: str) -> str:
    """What is the same for all spellings of a number: small letters, no spaces, and no № in front.

    Dashes and strokes stay: 12/7 and 127 are two papers.
    """
    folded = unicodedata.normalize("NFKC", number.replace("№", " ")).casefold()
    return "".join(folded.split())[: 2 * NUMBER_LENGTH]


def _with_currency(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "currency": COUNTRIES[row["country"]].currency}


def _narrowed(session: Session, statement: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.area is not None:
        statement = statement.where(lies_in(session, Fine, wanted.area))
    for column, value in (
        (Fine.facility_id, wanted.facility_id),
        (Fine.operator_id, wanted.operator_id),
        (Fine.prescription_id, wanted.prescription_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.first is not None:
        statement = statement.where(Fine.imposed_on >= wanted.first)
    if wanted.last is not None:
        statement = statement.where(Fine.imposed_on <= wanted.last)
    if wanted.withdrawn is not None:
        taken_back = Fine.withdrawn_at.is_not(None)
        statement = statement.where(taken_back if wanted.withdrawn else ~taken_back)
    return statement


def _row(held: Facility, department: UUID, claim: Claim) -> dict[str, Any]:
    return {
        "home_region": held.home_region,
        "rev": 1,
        "country": held.country,
        "region_code": held.region_code,
        "district_code": held.district_code,
        "facility_id": held.id,
        "department_id": department,
        "year": claim.imposed_on.year,
        **{name: getattr(claim, name) for name in SAID},
        "number_key": number_key(claim.number),
    }


def _entered_before(
    session: Session, held: Facility, fine_id: UUID, claim: Claim, author: UUID
) -> dict[str, Any] | None:
    """The fine under this id, if it says the same. Raises AlreadyDifferent if it does not."""
    before = session.get(Fine, (held.home_region, fine_id))
    if before is None:
        return None
    same = before.facility_id == held.id and before.author_id == author
    if not same or any(getattr(before, name) != getattr(claim, name) for name in SAID):
        raise AlreadyDifferent("another fine is recorded under this id", fine=str(fine_id))
    return document(before)


def _faults(unit: Unit, caller: Caller, held: Facility, claim: Claim) -> Iterator[Fault]:
    today = local_date(unit.now, held.country)
    if not number_key(claim.number) or len(claim.number) > NUMBER_LENGTH:
        yield Fault("/number", "the number is empty or too long", f"1 to {NUMBER_LENGTH} characters")
    if not today - OLDEST <= claim.imposed_on <= today:
        accepted = f"from {(today - OLDEST).isoformat()} to {today.isoformat()}"
        yield Fault("/imposed_on", "no fine of that day is entered", accepted)
    if not 0 < claim.sum <= MOST_SUM:
        yield Fault("/sum", "this is no sum of a fine", f"a whole number from 1 to {MOST_SUM}")
    if not is_known(unit.session, caller, held.home_region, claim.operator_id):
        reason, accepted = "there is no such operator", "the id of an operator of the facility's region"
        yield Fault("/operator_id", reason, accepted)
    if claim.prescription_id is not None:
        yield from _wrong_prescription(unit, held, claim)


def _wrong_prescription(unit: Unit, held: Facility, claim: Claim) -> Iterator[Fault]:
    accepted = "the id of a prescription of this facility and operator, or null"
    found = unit.session.get(Prescription, (held.home_region, claim.prescription_id))
    if found is None or found.facility_id not in one_place(unit.session, held.id):
        yield Fault("/prescription_id", "there is no such prescription of this facility", accepted)
    elif found.operator_id not in (None, claim.operator_id):
        yield Fault("/prescription_id", "this prescription was issued to another operator", accepted)


def _refuse_number(session: Session, caller: Caller, row: dict[str, Any]) -> None:
    same = (Fine.department_id == row["department_id"], Fine.year == row["year"])
    wanted = select(Fine).where(*same, Fine.number_key == row["number_key"], Fine.withdrawn_at.is_(None))
    rival = session.scalars(wanted).first()
    if rival is not None:
        # Numbers run in the whole region; which paper has this one is said to those who may read it.
        shown = {"fine_id": str(rival.id)} if may(caller, Act.READ, rival) else {}
        raise FineNumberTaken("another fine of this department and year has this number", **shown)
