"""Offices (управление / басқарма) of akimats: a register for each region, kept by its officials.

Whoever reads anything in a region sees its offices. One that is closed keeps what it was assigned, and gets
nothing more.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, Place, may, within
from inspection.area_filters import lies_in
from inspection.bulk import insert_new_rows, insert_rows
from inspection.countries import local_date
from inspection.errors import AlreadyDifferent, Fault, Forbidden, InvalidInput, NotFound, StaleVersion
from inspection.homes import at_home
from inspection.journal import Change
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.offices import Office
from inspection.tables.regions import Home
from inspection.unit import Unit

KIND = "office"
NAME_LENGTH = 300
NAMES = ("name_kk", "name_ru")


class OfficeFields(TypedDict, total=False):
    """What a client may say of an office."""

    name_kk: str
    name_ru: str
    email: str | None
    closed_on: date | None


FIELDS = tuple(OfficeFields.__annotations__)
SHOWN = (
    *(Office.id, Office.rev, Office.country, Office.region_code, *(getattr(Office, name) for name in FIELDS)),
    *(Office.created_at, Office.updated_at),
)


def create(
    unit: Unit, caller: Caller, office_id: UUID, area_code: str, fields: OfficeFields
) -> tuple[Office, bool]:
    """Enter an office of a region. Returns it and whether it is new.

    Entering the same again changes nothing. Raises InvalidInput, Forbidden, and AlreadyDifferent where the id
    stands for something else.
    """
    place = _region(unit.session, area_code)
    _require_keeper(caller, place)
    filled = _checked(unit, place, {"email": None, "closed_on": None, **fields})
    home = {"id": office_id, "region": place.region_code, "kind": KIND}
    if not insert_new_rows(unit.session, Home, [home]):
        return _made_before(unit, caller, office_id, place, filled), False
    where = {"country": place.country, "region_code": place.region_code, "district_code": None}
    times = {"created_at": unit.now, "updated_at": unit.now}
    key = {"home_region": place.region_code, "id": office_id, "rev": 1}
    insert_rows(unit.session, Office, [{**key, **where, **filled, **times}])
    changes = {name: (None, value) for name, value in filled.items() if value is not None}
    unit.journal.add(Change(place.region_code, "office.created", KIND, str(office_id), changes))
    return unit.session.get_one(Office, (place.region_code, office_id)), True


def change(unit: Unit, caller: Caller, office_id: UUID, rev: int, fields: OfficeFields) -> Office:
    """Rename or close an office, or open it again. rev: the version that the client has read.

    Raises NotFound, Forbidden, StaleVersion, InvalidInput.
    """
    held = unit.session.scalars(_found(office_id).where(visible(caller))).one_or_none()
    if held is None:
        raise NotFound("there is no such office", kind=KIND)
    _require_keeper(caller, held)
    unit.session.refresh(held, with_for_update=True)
    if held.rev != rev:
        raise StaleVersion("the office was changed since it was read", rev=held.rev)
    wanted = _checked(unit, held, {name: getattr(held, name) for name in FIELDS} | {**fields})
    changes = {n: (getattr(held, n), wanted[n]) for n in FIELDS if getattr(held, n) != wanted[n]}
    if not changes:
        return held
    for name, (_, value) in changes.items():
        setattr(held, name, value)
    held.rev, held.updated_at = held.rev + 1, unit.now
    unit.journal.add(Change(held.home_region, "office.changed", KIND, str(held.id), changes))
    unit.session.flush()
    return held


def one(session: Session, caller: Caller, office_id: UUID) -> dict[str, Any]:
    """The office with this id. Raises NotFound, also for one of a region in which the caller reads nothing."""
    held = session.scalars(_found(office_id).where(visible(caller))).one_or_none()
    if held is None:
        raise NotFound("there is no such office", kind=KIND)
    return document(held)


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    closed: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Offices of the regions in which the caller reads anything, by region and Russian name.

    area: of a district, those of its region are meant. Raises InvalidInput.
    """
    statement = select(*SHOWN).where(visible(caller))
    if area is not None:
        statement = statement.where(lies_in(session, Office, _region_around(session, area)))
    if closed is not None:
        statement = statement.where(Office.closed_on.is_not(None) if closed else Office.closed_on.is_(None))
    order = (Office.region_code, Office.name_ru, Office.id)
    if cursor is not None:
        region, name, last = read_cursor(cursor, KIND, (str, str, UUID))
        statement = statement.where(tuple_(*order) > tuple_(literal(region), literal(name), literal(last, Uuid())))
    found = session.execute(statement.order_by(*order).limit(limit + 1)).mappings().all()
    rows = [dict(row) for row in found[:limit]]
    more = len(found) > limit
    key = [rows[-1][column.key] for column in order] if more else []
    return Page(rows, write_cursor(KIND, key) if more else None)


def document(office: Office) -> dict[str, Any]:
    """What is shown of an office."""
    return {column.key: getattr(office, column.key) for column in SHOWN}


def visible(caller: Caller) -> ColumnElement[bool]:
    """The condition that an office is of a region in which a caller reads anything, if only in one district."""
    districts = caller.reach(Act.READ, Level.DISTRICT)
    if not districts:
        return within(Office, caller)
    regions = select(Area.parent_code).where(Area.code.in_(districts))
    return or_(within(Office, caller), Office.region_code.in_(regions))


def open_office(unit: Unit, facility: Facility, office_id: UUID | None) -> Iterator[Fault]:
    """What is wrong with assigning something at a facility to this office."""
    held = None if office_id is None else unit.session.scalars(_found(office_id)).one_or_none()
    accepted = "the id of an office of the facility's region that is not closed"
    if held is None or held.region_code != facility.region_code:
        yield Fault("/office_id", "there is no such office in this region", accepted)
    elif held.closed_on is not None:
        yield Fault("/office_id", "this office is closed", accepted)


def names(session: Session, wanted: Collection[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """What these offices are called, for lists that name them. One statement, none for none."""
    if not wanted:
        return {}
    regions = select(Area.code).where(Area.level == Level.REGION)  # lets the primary key find them
    found = select(Office.id, Office.name_kk, Office.name_ru).where(
        Office.home_region.in_(regions), Office.id.in_(sorted(wanted))
    )
    return {row["id"]: dict(row) for row in session.execute(found).mappings()}


def _require_keeper(caller: Caller, place: Place | Office) -> None:
    """Offices are a region's, so whoever decides in one district of it does not keep them. Raises Forbidden."""
    if not may(caller, Act.DECIDE, Place(place.country, place.region_code)):
        raise Forbidden("this needs a role that may decide about violations in the whole region", act=Act.DECIDE)


def _region(session: Session, area_code: str) -> Place:
    area = session.get(Area, area_code)
    if area is None or area.level != Level.REGION:
        raise InvalidInput([Fault("/area_code", "there is no such region", "the code of a region")])
    return Place(area.country, area.code)


def _region_around(session: Session, code: str) -> str:
    area = session.get(Area, code)
    return area.parent_code or code if area is not None and area.level == Level.DISTRICT else code


def _checked(unit: Unit, place: Place | Office, fields: Mapping[str, Any]) -> dict[str, Any]:
    today = local_date(unit.now, place.country)
    accepted = f"a name of 1 to {NAME_LENGTH} characters"
    faults = [Fault(f"/{n}", "the name is empty", accepted) for n in NAMES if not str(fields[n]).strip()]
    if fields["closed_on"] is not None and fields["closed_on"] > today:
        faults.append(Fault("/closed_on", "this lies in the future", f"{today} at the latest"))
    if faults:
        raise InvalidInput(faults)
    return dict(fields)


def _made_before(unit: Unit, caller: Caller, office_id: UUID, place: Place, filled: Mapping[str, Any]) -> Office:
    held = unit.session.scalars(_found(office_id).where(visible(caller))).one_or_none()
    if held is None:
        raise AlreadyDifferent("the id stands for something else")
    if held.region_code != place.region_code or any(getattr(held, name) != filled[name] for name in FIELDS):
        raise AlreadyDifferent("the id is taken by an office with other content", rev=held.rev)
    return held


def _found(office_id: UUID) -> Select[Office]:
    return select(Office).join(Home, at_home(Office)).where(Home.id == office_id)
