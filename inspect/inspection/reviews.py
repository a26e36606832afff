"""Reading the cases in which something that was told is no longer true, and a person has to look."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, case, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import NO_SUCH, Caller, narrow
from inspection.area_filters import lies_in
from inspection.database import Instant
from inspection.errors import Fault, InvalidInput, NotFound
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.areas import Area, Level
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
    statement = _visible(caller)
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


def one(session: Session, caller: Caller, case_id: UUID) -> dict[str, Any]:
    """One case that the caller may see. Raises NotFound."""
    # A case has no home of its own; the few regions it can be born in let the primary key find it.
    regions = select(Area.code).where(Area.level <= Level.REGION)
    wanted = _visible(caller).where(ReviewCase.home_region.in_(regions), ReviewCase.id == case_id)
    row = session.execute(wanted).mappings().first()
    if row is None:
        raise NotFound(NO_SUCH["object"], kind="review_case")
    return dict(row)


def _visible(caller: Caller) -> Select[Any]:
    same = (Violation.home_region == ReviewCase.home_region) & (Violation.id == ReviewCase.violation_id)
    statement: Any = select(*SHOWN).outerjoin(Violation, same)
    return narrow(statement, ReviewCase, caller)


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
