"""Organisations that answer for facilities (субъект контроля), as a region knows them.

An operator is no place: whoever may edit facilities anywhere in a region sees all its operators and can link them.
Contacts are shown only where the operator or one of its facilities lies (`docs/decisions/0009`).
"""

from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, Uuid, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, Place, may, within
from inspection.area_filters import lies_in
from inspection.bulk import insert_new_rows, update_rows
from inspection.errors import AlreadyDifferent, Fault, Forbidden, InvalidInput, NotFound, StaleVersion
from inspection.heads import lock_facilities
from inspection.homes import at_home
from inspection.journal import Change
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.searching import refuse_wordless
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.operators import Operator, Ownership, SizeClass
from inspection.tables.regions import Home
from inspection.tables.violations import Violation
from inspection.taxpayers import check_taxpayer_id
from inspection.unit import Unit

NAME_LENGTH = 500
KIND = "operator"


class NumberTaken(AlreadyDifferent):
    """Another operator of the region has this number; carries its id, so that it can be linked instead."""

    slug = "number-taken"


class OperatorFields(TypedDict, total=False):
    """What a client may say of an operator."""

    tax_id: str | None
    name_kk: str
    name_ru: str
    ownership: str
    size_class: str
    notice_email: str | None
    notice_address: str | None
    notice_language: str


FIELDS = tuple(OperatorFields.__annotations__)
DEFAULTS: OperatorFields = {
    "tax_id": None,
    "ownership": Ownership.UNKNOWN,
    "size_class": SizeClass.UNKNOWN,
    "notice_email": None,
    "notice_address": None,
    "notice_language": "kk",
}
CONTACTS = ("notice_email", "notice_address")
FAILED_AT = "notice_email_failed_at"
SHOWN_BY_FACILITIES = {"name_kk", "name_ru", "tax_id", "ownership"}  # in their documents (`sync/documents.py`)
SHOWN = (
    *(Operator.id, Operator.rev, Operator.home_region),
    *(Operator.country, Operator.region_code, Operator.district_code),
    *(getattr(Operator, name) for name in FIELDS),
    *(Operator.notice_email_failed_at, Operator.demo, Operator.created_at, Operator.updated_at),
)


def create(
    unit: Unit, caller: Caller, operator_id: UUID, area_code: str, fields: OperatorFields, *, demo: bool = False
) -> tuple[Operator, bool]:
    """Make an operator in a region or district. Returns it and whether it is new.

    area_code: of the region, or of the district it has its seat in. Creating the same again changes nothing.
    Raises InvalidInput, Forbidden, NumberTaken, and AlreadyDifferent where the id stands for something else.
    """
    place = _place(unit.session, area_code)
    if not may(caller, Act.EDIT_FACILITY, place):
        raise Forbidden("this needs a role that may edit facilities in that area", act=Act.EDIT_FACILITY.value)
    filled = _checked(unit.session, {**DEFAULTS, **fields}, place, operator_id)
    home = {"id": operator_id, "region": place.region_code, "kind": KIND}
    if not insert_new_rows(unit.session, Home, [home]):
        return _made_before(unit, caller, operator_id, place, filled), False
    row = {
        "home_region": place.region_code,
        "id": operator_id,
        "rev": 1,
        **_placed(place),
        **filled,
        "demo": demo,
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    if not insert_new_rows(unit.session, Operator, [row]):
        # Somebody else was quicker with the same number.
        raise _taken(_rival(unit.session, place.region_code, filled["tax_id"], operator_id))
    changes = {name: (None, filled[name]) for name in FIELDS if filled[name] is not None}
    journal(unit, "operator.created", place.region_code, operator_id, changes)
    return unit.session.get_one(Operator, (place.region_code, operator_id)), True


def change(unit: Unit, caller: Caller, operator_id: UUID, rev: int, fields: OperatorFields) -> Operator:
    """Change what a client may say of an operator. rev: the version that the client has read.

    An address of mail that is written anew, though it be the same, is written to again.
    Raises NotFound, Forbidden, StaleVersion, InvalidInput, NumberTaken.
    """
    held = unit.session.scalars(_found(operator_id).where(visible(caller))).one_or_none()
    if held is None:
        raise NotFound("there is no such operator", kind=KIND)
    if not may(caller, Act.EDIT_FACILITY, held):
        raise Forbidden("this needs a role that may edit facilities in that area", act=Act.EDIT_FACILITY.value)
    if not fields.keys().isdisjoint(SHOWN_BY_FACILITIES):
        # Before the operator, in the order of all locks: settling copies its ownership under the facility's lock,
        # and whoever changes what a facility's document shows holds that lock.
        lock_facilities(unit.session, _answers_for(unit.session, held))
    unit.session.refresh(held, with_for_update=True)
    if held.rev != rev:
        raise StaleVersion("the operator was changed since it was read", rev=held.rev)
    checked = _checked(unit.session, {name: getattr(held, name) for name in FIELDS} | {**fields}, held, held.id)
    changes = {n: (getattr(held, n), checked[n]) for n in FIELDS if getattr(held, n) != checked[n]}
    if "notice_email" in fields and held.notice_email_failed_at is not None:
        changes[FAILED_AT] = (held.notice_email_failed_at, None)
    if not changes:
        return held
    for name, (_, value) in changes.items():
        setattr(held, name, value)
    held.rev += 1
    held.updated_at = unit.now
    if not changes.keys().isdisjoint(SHOWN_BY_FACILITIES):
        of_operator = (Facility.home_region == held.home_region) & (Facility.operator_id == held.id)
        update_rows(unit.session, Facility, of_operator, {})
        _copy_ownership(unit.session, held)
    journal(unit, "operator.changed", held.home_region, held.id, changes)
    unit.session.flush()
    return held


def address_failed(unit: Unit, home_region: str, operator_id: UUID, address: str) -> None:
    """Note that the address by which an operator was written to does not exist, unless it has another now."""
    held = unit.session.get(Operator, (home_region, operator_id), with_for_update=True)
    if held is None or held.notice_email != address or held.notice_email_failed_at is not None:
        return
    held.notice_email_failed_at = held.updated_at = unit.now
    held.rev += 1
    journal(unit, "operator.address_failed", home_region, operator_id, {FAILED_AT: (None, unit.now)})


def one(session: Session, caller: Caller, operator_id: UUID) -> dict[str, Any]:
    """The operator with this id. Raises NotFound, also for one that the caller may not see."""
    statement = _shown_to(caller).join(Home, at_home(Operator)).where(Home.id == operator_id)
    row = session.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFound("there is no such operator", kind=KIND)
    return _without_hidden(row)


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    tax_id: str | None = None,
    text: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Operators that the caller may see, by Russian name. text: a part of a name.

    Raises InvalidInput for an area that is not known, a text without letters and digits, and a cursor that is not
    of this list.
    """
    statement = _shown_to(caller)
    if area is not None:
        statement = statement.where(lies_in(session, Operator, area))
    if tax_id is not None:
        statement = statement.where(Operator.tax_id == tax_id)
    if text is not None:
        refuse_wordless(text)
        # SQLite knows upper and lower case of Latin letters only, so the usual spellings are tried one by one.
        spellings = {text, text.lower(), text.upper(), text.capitalize()}
        names = (Operator.name_ru, Operator.name_kk)
        statement = statement.where(
            or_(*(n.contains(s, autoescape=True) for n in names for s in sorted(spellings)))
        )
    if cursor is not None:
        name, last = read_cursor(cursor, "name", (str, UUID))
        statement = statement.where(
            tuple_(Operator.name_ru, Operator.id) > tuple_(literal(name), literal(last, Uuid()))
        )
    found = session.execute(statement.order_by(Operator.name_ru, Operator.id).limit(limit + 1)).mappings().all()
    rows = [_without_hidden(row) for row in found[:limit]]
    following = write_cursor("name", (rows[-1]["name_ru"], rows[-1]["id"])) if len(found) > limit else None
    return Page(rows, following)


def document(operator: Operator) -> dict[str, Any]:
    """What is shown of an operator."""
    return {column.key: getattr(operator, column.key) for column in SHOWN}


def visible(caller: Caller) -> ColumnElement[bool]:
    """The condition that a caller may see an operator.

    Either it is `near` them, or it lies in a region in which they may edit facilities, if only in one district.
    """
    districts = caller.reach(Act.EDIT_FACILITY, Level.DISTRICT)
    if not districts:
        return near(caller)
    regions = select(Area.parent_code).where(Area.code.in_(districts))
    return or_(near(caller), Operator.region_code.in_(regions))


def near(caller: Caller) -> ColumnElement[bool]:
    """The condition that an operator lies, or answers for a facility, where a caller may read."""
    answers = (
        select(Facility.id)
        .where(
            Facility.home_region == Operator.home_region,
            Facility.operator_id == Operator.id,
            within(Facility, caller),
        )
        .exists()
    )
    return or_(within(Operator, caller), answers)


def _shown_to(caller: Caller) -> Select[Any]:
    return select(*SHOWN, near(caller).label("near")).where(visible(caller))


def _without_hidden(row: RowMapping) -> dict[str, Any]:
    """What is shown of a row. Contacts that are hidden are left out: null would say that there are none."""
    hidden = {"near"} if row["near"] else {"near", *CONTACTS, FAILED_AT}
    return {str(name): value for name, value in row.items() if name not in hidden}


def require_operator(session: Session, caller: Caller, home_region: str, operator_id: UUID) -> None:
    """Refuse, at `/operator_id`, an operator that the region does not know or the caller may not see."""
    if not is_known(session, caller, home_region, operator_id):
        reason = f"there is no such operator in {home_region}"
        raise InvalidInput(
            [Fault("/operator_id", reason, "the id of an operator of the facility's region, or null")]
        )


def is_known(session: Session, caller: Caller, home_region: str, operator_id: UUID) -> bool:
    """Whether a region knows this operator and the caller may see it."""
    mine = (Operator.home_region == home_region) & (Operator.id == operator_id)
    return session.execute(select(Operator.id).where(mine, visible(caller))).first() is not None


def journal(
    unit: Unit, action: str, region: str, operator_id: UUID, changes: Mapping[str, tuple[Any, Any]]
) -> None:
    """Note a change. Contacts are personal; behind an IIN stands a person, so then the names are too."""
    personal = set(CONTACTS)
    numbers = [value for value in changes.get("tax_id", ()) if value is not None]
    if any(_is_person(number) for number in numbers):
        personal |= {"tax_id", "name_kk", "name_ru"}
    unit.journal.add(
        Change(region, action, KIND, str(operator_id), changes, personal=frozenset(personal & set(changes)))
    )


def _is_person(number: str) -> bool:
    return len(number) != 12 or number[4] in "0123"  # an INN may be a person's too


def _rival(session: Session, region: str, tax_id: str, own_id: UUID) -> UUID | None:
    """The other operator of the region that has this number."""
    rival = select(Operator.id).where(Operator.home_region == region, Operator.tax_id == tax_id)
    return session.scalars(rival.where(Operator.id != own_id)).first()


def _taken(rival: UUID | None) -> NumberTaken:
    return NumberTaken("another operator of the region has this number", operator_id=rival)


def _checked(session: Session, fields: Mapping[str, Any], place: Place | Operator, own_id: UUID) -> dict[str, Any]:
    faults = [
        Fault(f"/{name}", "the name is empty", f"a name of 1 to {NAME_LENGTH} characters")
        for name in ("name_kk", "name_ru")
        if not str(fields[name]).strip()
    ]
    checked = dict(fields)
    if fields["tax_id"] is not None:
        try:
            checked["tax_id"] = check_taxpayer_id(fields["tax_id"], place.country, "/tax_id").digits
        except InvalidInput as error:
            faults.extend(error.faults)
    if not faults and checked["tax_id"] is not None:
        region = place.home_region if isinstance(place, Operator) else place.region_code
        if (rival := _rival(session, region, checked["tax_id"], own_id)) is not None:
            raise _taken(rival)
    if faults:
        raise InvalidInput(faults)
    return checked


def _place(session: Session, area_code: str) -> Place:
    area = session.get(Area, area_code)
    if area is None or area.level == Level.COUNTRY:
        raise InvalidInput(
            [Fault("/area_code", "there is no such region or district", "the code of a region or district")]
        )
    if area.level == Level.REGION:
        return Place(area.country, area.code)
    return Place(area.country, area.parent_code or "", area.code)


def _placed(place: Place) -> dict[str, str | None]:
    return {"country": place.country, "region_code": place.region_code, "district_code": place.district_code}


def _made_before(
    unit: Unit, caller: Caller, operator_id: UUID, place: Place, filled: Mapping[str, Any]
) -> Operator:
    held = unit.session.scalars(_found(operator_id).where(visible(caller))).one_or_none()
    if held is None:
        raise AlreadyDifferent("the id stands for something else")
    same = all(getattr(held, name) == filled[name] for name in FIELDS)
    if not same or Place(held.country, held.region_code, held.district_code) != place:
        raise AlreadyDifferent("the id is taken by an operator with other content", rev=held.rev)
    return held


def _answers_for(session: Session, operator: Operator) -> list[tuple[str, UUID]]:
    of_operator = (Facility.home_region == operator.home_region) & (Facility.operator_id == operator.id)
    rows = session.execute(select(Facility.home_region, Facility.id).where(of_operator))
    return [(home_region, facility_id) for home_region, facility_id in rows]


def _copy_ownership(session: Session, operator: Operator) -> None:
    # Violations are filtered by ownership without a join, so they hold a copy.
    of_operator = (Violation.home_region == operator.home_region) & (Violation.operator_id == operator.id)
    update_rows(session, Violation, of_operator, {"ownership": operator.ownership})


def _found(operator_id: UUID) -> Select[Operator]:
    return select(Operator).join(Home, at_home(Operator)).where(Home.id == operator_id)
