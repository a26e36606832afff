"""Reading the cases in which something that was told is no longer true, and a person has to look."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, case, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.database import Instant
from inspection.errors import Fault, InvalidInput
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.telling import ReviewCase
from inspection.tables.violations import Violation

CLOSED = case((ReviewCase.closed_at.is_(None), 0), else_=1)
SHOWN = (
    *(ReviewCase.id, ReviewCase.rev, ReviewCase.facility_id, ReviewCase.violation_id),
    *(ReviewCase.country, ReviewCase.region_code, ReviewCase.district_code),
    *(Violation.criterion, Violation.place, ReviewCase.why, ReviewCase.stood_at),
    *(ReviewCase.opened_at, ReviewCase.closed_at),
)
SORT = "reviews"


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    open: bool | None = None,  # noqa: A002 - what the parameter is called
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Review cases that the caller may see: the open ones first, each part by when it was opened, oldest first.

    open: only cases that are open, or only those that are closed. Raises InvalidInput for an area that is not
    known and a cursor that is not of this list.
    """
    same = (Violation.home_region == ReviewCase.home_region) & (Violation.id == ReviewCase.violation_id)
    statement = narrow(select(*SHOWN).outerjoin(Violation, same), ReviewCase, caller)
    if area is not None:
        statement = statement.where(lies_in(session, ReviewCase, area))
    if open is not None:
        statement = statement.where(ReviewCase.closed_at.is_(None) if open else ReviewCase.closed_at.is_not(None))
    if cursor is not None:
        statement = statement.where(_after(cursor))
    ordered = statement.order_by(CLOSED, ReviewCase.opened_at, ReviewCase.id)
    found = session.execute(ordered.limit(limit + 1)).mappings().all()
    rows = [dict(row) for row in found[:limit]]
    return Page(rows, _next(rows[-1]) if len(found) > limit else None)


def _next(last: dict[str, Any]) -> str:
    return write_cursor(SORT, (int(last["closed_at"] is not None), last["opened_at"].isoformat(), last["id"]))


def _after(cursor: str) -> ColumnElement[bool]:
    closed, opened_at, last = read_cursor(cursor, SORT, (int, str, UUID))
    try:
        moment = datetime.fromisoformat(opened_at).astimezone(UTC)
    except (ValueError, OverflowError):
        reason = "this is no cursor of this list in this order"
        raise InvalidInput([Fault("/cursor", reason, "next_cursor of the page before, unchanged")]) from None
    key = tuple_(CLOSED, ReviewCase.opened_at, ReviewCase.id)
    after: ColumnElement[bool] = key > tuple_(literal(closed), literal(moment, Instant()), literal(last, Uuid()))
    return after
