"""What addresses led to, shown to who may see the facility; what a geocoder said and nobody believed, decided."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from inspection import facilities
from inspection.access import Act, Caller, narrow, require
from inspection.area_filters import lies_in
from inspection.errors import DoesNotApply, Fault, InvalidInput, NotFound, StaleVersion
from inspection.homes import at_home
from inspection.journal import Change
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.facilities import Facility, LocationMethod
from inspection.tables.geocoding import Geocode, GeocodeState
from inspection.tables.regions import Home
from inspection.unit import Unit

KIND = "geocode"
SORT = "geocodes"
SHOWN = (
    *("id", "rev", "country", "region_code", "district_code", "state", "question", "provider", "why"),
    *("lat", "lon", "accuracy_m", "answer", "attempts", "changed_at", "decided_by", "reason"),
)
NO_SUCH = "the address of this facility was never looked up"


def page(
    session: Session,
    caller: Caller,
    *,
    states: Sequence[GeocodeState] = (),
    area: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Addresses of facilities that the caller may see, by their id, with the name of the facility.

    Raises InvalidInput for an area that is not known and a cursor that is not of this list.
    """
    same = (Facility.home_region == Geocode.home_region) & (Facility.id == Geocode.id)
    wanted = select(*(getattr(Geocode, name) for name in SHOWN), Facility.name_kk, Facility.name_ru)
    statement: Any = narrow(wanted.join(Facility, same), Geocode, caller)
    if states:
        statement = statement.where(Geocode.state.in_([state.value for state in states]))
    if area is not None:
        statement = statement.where(lies_in(session, Geocode, area))
    if cursor is not None:
        region, made = read_cursor(cursor, SORT, (str, UUID))
        statement = statement.where(tuple_(Geocode.region_code, Geocode.id) > (region, made))
    order = (Geocode.region_code, Geocode.id)
    found = session.execute(statement.order_by(*order).limit(limit + 1)).mappings().all()
    rows = [dict(row) for row in found[:limit]]
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["region_code"], rows[-1]["id"])) if more else None)


def one(session: Session, caller: Caller, facility_id: UUID) -> dict[str, Any]:
    """The address of one facility that the caller may see. Raises NotFound, also where it was never looked up."""
    held = session.scalars(select(Facility).join(Home, at_home(Facility)).where(Home.id == facility_id)).first()
    require(caller, Act.READ, held, what=facilities.KIND)
    assert held is not None  # noqa: S101 - require refuses None
    row = session.get(Geocode, (held.home_region, held.id))
    if row is None:
        raise NotFound(NO_SUCH, kind=KIND)
    return _document(row, held)


def decide(
    unit: Unit, caller: Caller, facility_id: UUID, reason: str, *, accept: bool, seen_rev: int | None = None
) -> dict[str, Any]:
    """Believe what a geocoder answered, or refuse it for good.

    A facility that is believed to lie in another district moves there, if the caller may edit there, too. The same
    decision again changes nothing. seen_rev: the version that the caller saw. Raises NotFound, Forbidden,
    InvalidInput for an empty reason, DoesNotApply for an address that is not in doubt, or a facility that has a
    better position meanwhile, and StaleVersion.
    """
    held = facilities.locked(unit.session, facility_id)
    require(caller, Act.EDIT_FACILITY, held, what=facilities.KIND)
    assert held is not None  # noqa: S101 - require refuses None
    if not reason.strip():
        raise InvalidInput([Fault("/reason", "the reason is empty", "a sentence")])
    row = _row(unit.session, facility_id)
    if row is None:
        raise NotFound(NO_SUCH, kind=KIND)
    wanted = GeocodeState.PLACED if accept else GeocodeState.REFUSED
    if (row.state, row.decided_by, row.reason) == (wanted, caller.person_id, reason):
        return _document(row, held)
    if row.state != GeocodeState.DOUBTFUL:
        raise DoesNotApply("this address is not in doubt", state=row.state)
    if seen_rev not in (None, row.rev):
        raise StaleVersion("the document was changed since you read it", rev=row.rev)
    if accept:
        _believe(unit, caller, held, row)
    facts = {"state": (row.state, wanted.value)}
    row.state, row.decided_by, row.reason = wanted.value, caller.person_id, reason
    row.changed_at, row.rev = unit.now, row.rev + 1
    unit.journal.add(Change(held.home_region, "geocode.decided", KIND, str(facility_id), facts, reason))
    unit.session.flush()
    return _document(row, held)


def _row(session: Session, facility_id: UUID) -> Geocode | None:
    found = select(Geocode).join(Home, at_home(Geocode)).where(Home.id == facility_id)
    return session.scalars(found.with_for_update(of=Geocode)).one_or_none()


def _believe(unit: Unit, caller: Caller, held: Facility, row: Geocode) -> None:
    if held.lat is not None and held.location_method not in (LocationMethod.CENTROID, LocationMethod.GEOCODED):
        raise DoesNotApply("this facility has a better position meanwhile", method=held.location_method)
    fields: facilities.FacilityFields = {
        "lat": row.lat,
        "lon": row.lon,
        "accuracy_m": row.accuracy_m,
        "location_method": LocationMethod.GEOCODED.value,
    }
    facilities.change(unit, caller, held.id, held.rev, fields)


def _document(row: Geocode, held: Facility) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in SHOWN}, "name_kk": held.name_kk, "name_ru": held.name_ru}
