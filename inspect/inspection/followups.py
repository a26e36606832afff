"""Reading the queue of re-checks."""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.followups import FollowUp, FollowUpState

LISTED = (
    *(FollowUp.id, FollowUp.rev, FollowUp.facility_id, FollowUp.country, FollowUp.region_code),
    *(FollowUp.district_code, FollowUp.state, FollowUp.items, FollowUp.wanted_from, FollowUp.assignee_id),
    *(FollowUp.opened_at, FollowUp.closed_at, FollowUp.closed_by),
)
SORT = "wanted"


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    state: FollowUpState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Follow-ups that the caller may see, the longest wanted first.

    Raises InvalidInput for an area that is not known and a cursor that is not of this list.
    """
    statement = narrow(select(*LISTED), FollowUp, caller)
    if area is not None:
        statement = statement.where(lies_in(session, FollowUp, area))
    if state is not None:
        statement = statement.where(FollowUp.state == state.value)
    if cursor is not None:
        day, last = read_cursor(cursor, SORT, (date, UUID))
        reached = tuple_(literal(day, Date()), literal(last, Uuid()))
        statement = statement.where(tuple_(FollowUp.wanted_from, FollowUp.id) > reached)
    found = (
        session.execute(statement.order_by(FollowUp.wanted_from, FollowUp.id).limit(limit + 1)).mappings().all()
    )
    rows = [dict(row) for row in found[:limit]]
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["wanted_from"], rows[-1]["id"])) if more else None)
