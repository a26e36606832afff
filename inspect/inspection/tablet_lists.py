"""Which tablets there are: to who may enrol them there, and to each person their own."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller
from inspection.database import Instant
from inspection.errors import DoesNotApply, NotFound
from inspection.keyset import Page, read_moment, write_cursor
from inspection.people import stop_tablet
from inspection.tables.areas import Area, Level
from inspection.tables.people import Device, Person
from inspection.unit import Unit

SORT = "tablets"
SHOWN = (
    *(Device.id, Device.person_id, Person.name.label("person"), Device.region_code, Device.enrolled_at),
    *(Device.stopped_at, Device.stolen, Device.renewed_at, Device.app_version, Device.unsent),
)


def page(
    session: Session,
    caller: Caller,
    *,
    region: str | None = None,
    person_id: UUID | None = None,
    stopped: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Tablets that the caller may see, enrolled last first. Raises InvalidInput for a cursor of another list."""
    statement = select(*SHOWN).join(Person, Person.id == Device.person_id).where(_seen(caller))
    if region is not None:
        statement = statement.where(Device.region_code == region)
    if person_id is not None:
        statement = statement.where(Device.person_id == person_id)
    if stopped is not None:
        statement = statement.where(Device.stopped_at.is_not(None) if stopped else Device.stopped_at.is_(None))
    if cursor is not None:
        at, last = read_moment(cursor, SORT)
        reached = tuple_(literal(at, Instant()), literal(last, Uuid()))
        statement = statement.where(tuple_(Device.enrolled_at, Device.id) < reached)
    ordered = statement.order_by(Device.enrolled_at.desc(), Device.id.desc()).limit(limit + 1)
    found = [dict(row) for row in session.execute(ordered).mappings()]
    rows = found[:limit]
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["enrolled_at"].isoformat(), rows[-1]["id"])) if more else None)


def one(session: Session, caller: Caller, tablet_id: UUID) -> dict[str, Any]:
    """A tablet. Raises NotFound, also for one that the caller may not see."""
    statement = select(*SHOWN).join(Person, Person.id == Device.person_id)
    found = session.execute(statement.where(Device.id == tablet_id, _seen(caller))).mappings().one_or_none()
    if found is None:
        raise NotFound("there is no such tablet", kind="tablet")
    caller.used.places.add(found["region_code"])
    return dict(found)


def stop(unit: Unit, caller: Caller, tablet_id: UUID, reason: str) -> dict[str, Any]:
    """Stop a tablet that was lost. Stopping it again changes nothing. Raises NotFound."""
    one(unit.session, caller, tablet_id)
    with suppress(DoesNotApply):  # it has been already
        stop_tablet(unit, tablet_id, reason)
    unit.session.flush()
    return one(unit.session, caller, tablet_id)


def _seen(caller: Caller) -> ColumnElement[bool]:
    countries = caller.reach(Act.ENROL, Level.COUNTRY)
    there = select(Area.code).where(Area.level == Level.REGION, Area.country.in_(countries))
    return or_(
        Device.person_id == caller.person_id,
        Device.region_code.in_(caller.reach(Act.ENROL, Level.REGION)),
        Device.region_code.in_(there),
    )
