"""Reading signed audits: one, and pages of them, as plain documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Uuid, func, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.aliases import one_place
from inspection.area_filters import lies_in
from inspection.corrections import Awaiting
from inspection.errors import NotFound
from inspection.homes import at_home
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.audits import Audit, Ground
from inspection.tables.facilities import Facility, Standing
from inspection.tables.regions import Home

LISTED = (
    *(Audit.id, Audit.rev, Audit.facility_id, Audit.country, Audit.region_code, Audit.district_code, Audit.kind),
    *(Audit.ground, Audit.checklist_id, Audit.checklist_key, Audit.checklist_version),
    *(Audit.author_id, Audit.corrects_id, Audit.observed_at, Audit.observed_on, Audit.time_source),
    *(Audit.received_at, Audit.failed, Audit.demo),
)
WHOLE = (
    *LISTED,
    *(Audit.started_at, Audit.finished_at, Audit.signed_at, Audit.anchor),
    *(Audit.appointment_number, Audit.appointment_date, Audit.ersop_number, Audit.ersop_date),
    *(Audit.findings, Audit.alternatives, Audit.fixes, Audit.use, Audit.content_hash),
)
SORT = "observed"
# An audit of a facility that was merged counts for the one that stands for it.
STOOD_FOR_BY = (
    select(Facility.merged_into)
    .where(Facility.home_region == Audit.home_region, Facility.id == Audit.facility_id)
    .scalar_subquery()
)
WHERE_IT_COUNTS = (Standing.home_region == Audit.home_region) & (
    Standing.id == func.coalesce(STOOD_FOR_BY, Audit.facility_id)
)
UNDATED = "its time has to be set by a person"
NOT_COUNTED: Mapping[Awaiting, str] = {
    Awaiting.CONFIRMATION: "the head of department has to confirm this correction",
    Awaiting.ORIGINAL: "the audit that it corrects has not arrived",
    Awaiting.SUPERSEDED: "a correction that counts stands in its place",
    Awaiting.OWN_WORD: "nobody verifies what they declared themselves: the head of department has to confirm it",
}


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What is asked for. undated: only those whose time nobody knows; else only those with a time.

    facility_id: with the audits of those that were merged into it.
    """

    area: str | None = None
    facility_id: UUID | None = None
    ground: Ground | None = None
    observed_from: date | None = None
    observed_to: date | None = None
    undated: bool = False


def one(session: Session, caller: Caller, audit_id: UUID) -> dict[str, Any]:
    """The audit with this id, its findings, and why it does not count if it does not.

    Raises NotFound, also for one that the caller may not see.
    """
    statement = narrow(select(*WHOLE, Standing.awaiting).join(Home, at_home(Audit)), Audit, caller)
    row = (
        session.execute(statement.outerjoin(Standing, WHERE_IT_COUNTS).where(Home.id == audit_id))
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound("there is no such audit", kind="audit")
    document = dict(row)
    document["awaiting"] = (document["awaiting"] or {}).get(str(audit_id))
    return document


def why_not_judged(session: Session, home_region: str, audit_id: UUID) -> str | None:
    """Why nothing follows from an audit that was taken, in words; None if it counts."""
    statement = select(Audit.observed_at, Standing.awaiting).outerjoin(Standing, WHERE_IT_COUNTS)
    row = session.execute(statement.where(Audit.home_region == home_region, Audit.id == audit_id)).one()
    if row.observed_at is None:
        return UNDATED
    awaiting = (row.awaiting or {}).get(str(audit_id))
    return NOT_COUNTED[Awaiting(awaiting)] if awaiting else None


def page(
    session: Session, caller: Caller, filters: AuditFilters, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """Audits that the caller may see, newest observation first; undated ones by id.

    Raises InvalidInput for an area that is not known and a cursor that is not of this list.
    """
    statement = narrow(select(*LISTED), Audit, caller)
    if filters.area is not None:
        statement = statement.where(lies_in(session, Audit, filters.area))
    if filters.facility_id is not None:
        statement = statement.where(Audit.facility_id.in_(one_place(session, filters.facility_id)))
    if filters.ground is not None:
        statement = statement.where(Audit.ground == filters.ground.value)
    if filters.observed_from is not None:
        statement = statement.where(Audit.observed_on >= filters.observed_from)
    if filters.observed_to is not None:
        statement = statement.where(Audit.observed_on <= filters.observed_to)
    statement = statement.where(Audit.observed_on.is_(None) if filters.undated else Audit.observed_on.is_not(None))
    sort = "undated" if filters.undated else SORT
    if cursor is not None and filters.undated:
        (last,) = read_cursor(cursor, sort, (UUID,))
        statement = statement.where(Audit.id < last)
    elif cursor is not None:
        day, last = read_cursor(cursor, sort, (date, UUID))
        reached = tuple_(literal(day, Date()), literal(last, Uuid()))
        statement = statement.where(tuple_(Audit.observed_on, Audit.id) < reached)
    order = (Audit.observed_on.desc(), Audit.id.desc())
    found = session.execute(statement.order_by(*order).limit(limit + 1)).mappings().all()
    rows = [dict(row) for row in found[:limit]]
    return Page(rows, _next(rows[-1], sort) if len(found) > limit else None)


def _next(last: dict[str, Any], sort: str) -> str:
    return write_cursor(sort, (last["id"],) if sort == "undated" else (last["observed_on"], last["id"]))
