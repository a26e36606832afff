"""Statements that nobody comes and that wait for the second signature, for whoever may put it there."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, narrow
from inspection.area_filters import lies_in
from inspection.database import Instant
from inspection.keyset import Page, read_moment, write_cursor
from inspection.tables.facilities import Facility
from inspection.tables.use_records import UseRecord
from inspection.use_records import SHOWN
from inspection.violation_filters import local_dates

SORT = "use-signatures"
R = UseRecord


def waiting(
    session: Session,
    caller: Caller,
    *,
    now: datetime,
    area: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """What the caller could countersign now, by the conditions of `use_records.countersign`; the oldest first.

    Each row has the names of its facility. Raises InvalidInput for an area that is not known and a cursor that is
    not of this list.
    """
    same = (Facility.home_region == R.home_region) & (Facility.id == R.facility_id)
    wanted = select(*(getattr(R, name) for name in SHOWN), Facility.name_kk, Facility.name_ru, Facility.kind)
    statement: Any = narrow(wanted.join(Facility, same), R, caller, Act.COUNTERSIGN).where(*_waits(caller, now))
    if area is not None:
        statement = statement.where(lies_in(session, R, area))
    if cursor is not None:
        moment, last = read_moment(cursor, SORT)
        after = tuple_(literal(moment, Instant()), literal(last, Uuid()))
        statement = statement.where(tuple_(R.recorded_at, R.id) > after)
    found = session.execute(statement.order_by(R.recorded_at, R.id).limit(limit + 1)).mappings().all()
    rows = [dict(row) for row in found[:limit]]
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["recorded_at"].isoformat(), rows[-1]["id"])) if more else None)


def _waits(caller: Caller, now: datetime) -> Iterator[ColumnElement[bool]]:
    yield R.attested_zero.is_(True)
    for nothing in (R.audit_id, R.countersigned_at, R.withdrawn_at):
        yield nothing.is_(None)
    yield R.author_id.is_(None) | (R.author_id != caller.person_id)
    yield or_(*(and_(R.country == country, R.period_to >= day) for country, day in local_dates(now).items()))
