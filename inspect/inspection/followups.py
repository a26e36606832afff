"""Reading the queue of re-checks."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Float, Uuid, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.countries import COUNTRIES, local_date
from inspection.homes import born_somewhere
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.facilities import Standing
from inspection.tables.followups import FollowUp, FollowUpState

S = Standing.__table__.c
NEVER = -1.0  # behind all that is ranked: visits are never fewer than none
# Unknown use is not zero, but what is known to obstruct nobody comes before what nobody has ranked.
RANK = func.coalesce(S.obstructed, literal(NEVER, Float()))
LISTED = (
    *(FollowUp.id, FollowUp.rev, FollowUp.facility_id, FollowUp.country, FollowUp.region_code),
    *(FollowUp.district_code, FollowUp.state, FollowUp.items, FollowUp.wanted_from, FollowUp.assignee_id),
    *(FollowUp.planned_on, FollowUp.note, FollowUp.postponed_until, FollowUp.postponed_why),
    *(FollowUp.cancelled_why, FollowUp.opened_at, FollowUp.closed_at, FollowUp.closed_by),
    *(S.obstructed, S.placeholder),
)
POOL = "pool"


class Sort(StrEnum):
    """In which order re-checks come."""

    RANK = "rank"  # most obstructed visits first, at one number the longest wanted
    WANTED = "wanted"  # the longest wanted first


def page(
    session: Session,
    caller: Caller,
    *,
    now: datetime,
    sort: Sort = Sort.WANTED,
    area: str | None = None,
    state: FollowUpState | None = None,
    assignee: UUID | str | None = None,
    due: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[Page, float | None]:
    """Follow-ups that the caller may see; and the share of all of them that a placeholder prior ranks.

    assignee: a person, or POOL for those of nobody. due: whether they are open and not put off past today. The
    share is None where nothing is ranked. Raises InvalidInput for an area that is not known and a cursor of
    another list.
    """
    where = conditions(now, state, assignee, due=due)
    if area is not None:
        where.append(lies_in(session, FollowUp, area))
    statement = narrow(_joined(*LISTED).where(*where), FollowUp, caller)
    if cursor is not None:
        statement = statement.where(_after(cursor, sort))
    order = [FollowUp.wanted_from, FollowUp.id]
    ordered = statement.order_by(*([RANK.desc(), *order] if sort is Sort.RANK else order))
    found = session.execute(ordered.limit(limit + 1)).mappings().all()
    rows = [_document(dict(row), now) for row in found[:limit]]
    more = write_cursor(sort, _key(rows[-1], sort)) if len(found) > limit else None
    invented = func.avg(case((S.placeholder, 1.0), (S.placeholder.is_(None), None), else_=0.0))
    share = session.execute(narrow(_joined(invented).where(*where), FollowUp, caller)).scalar_one()
    return Page(rows, more), None if share is None else round(float(share), 4)


def several(session: Session, caller: Caller, ids: Collection[UUID], *, now: datetime) -> list[dict[str, Any]]:
    """Some follow-ups as the list shows them, the longest wanted first; those that the caller may see."""
    if not ids:
        return []
    statement = narrow(_joined(*LISTED).where(born_somewhere(FollowUp, *ids)), FollowUp, caller)
    found = session.execute(statement.order_by(FollowUp.wanted_from, FollowUp.id)).mappings()
    return [_document(dict(row), now) for row in found]


def assignees(session: Session, caller: Caller) -> Collection[UUID]:
    """Who has any of the follow-ups that the caller may see, open or not."""
    statement = narrow(select(FollowUp.assignee_id).distinct(), FollowUp, caller)
    return {made for made in session.scalars(statement) if made is not None}


def _joined(*columns: Any) -> Any:
    same = (S.home_region == FollowUp.home_region) & (S.id == FollowUp.facility_id)
    return select(*columns).select_from(FollowUp).outerjoin(Standing, same)


def conditions(
    now: datetime, state: FollowUpState | None, assignee: UUID | str | None, *, due: bool | None
) -> list[ColumnElement[bool]]:
    """Conditions of everything but the area; None asks for nothing, as in `page`."""
    where: list[ColumnElement[bool]] = []
    if state is not None:
        where.append(FollowUp.state == state.value)
    if assignee is not None:
        where.append(FollowUp.assignee_id.is_(None) if assignee == POOL else FollowUp.assignee_id == assignee)
    if due is not None:
        put_off = or_(
            *((FollowUp.country == c) & (FollowUp.postponed_until > local_date(now, c)) for c in COUNTRIES)
        )
        is_open = FollowUp.state.in_([FollowUpState.QUEUED.value, FollowUpState.ASSIGNED.value])
        is_due = is_open & ~func.coalesce(put_off, False)
        where.append(is_due if due else ~is_due)
    return where


def _after(cursor: str, sort: Sort) -> ColumnElement[bool]:
    if sort is Sort.WANTED:
        day, last = read_cursor(cursor, sort, (date, UUID))
        return tuple_(FollowUp.wanted_from, FollowUp.id) > tuple_(literal(day, Date()), literal(last, Uuid()))
    rank, day, last = read_cursor(cursor, sort, (float, date, UUID))
    behind = tuple_(FollowUp.wanted_from, FollowUp.id) > tuple_(literal(day, Date()), literal(last, Uuid()))
    return or_(rank > RANK, (rank == RANK) & behind)


def _key(row: Mapping[str, Any], sort: Sort) -> tuple[Any, ...]:
    wanted = row["wanted_from"], row["id"]
    if sort is Sort.WANTED:
        return wanted
    return (NEVER if row["obstructed"] is None else row["obstructed"], *wanted)


def _document(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    overdue = (local_date(now, row["country"]) - row["wanted_from"]).days
    return {**row, "days_overdue": max(overdue, 0)}
