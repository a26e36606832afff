"""Digests as those see them who answer for an area: whose went out, whose failed. What they say is not kept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, within
from inspection.area_filters import lies_in
from inspection.bulk import among
from inspection.database import Instant
from inspection.keyset import Page, read_moment, write_cursor
from inspection.tables.digests import Digest, DigestArea
from inspection.tables.outgoing import MailState

D, A = Digest, DigestArea
SHOWN = D.home_region, D.id, D.rev, D.recipient, D.week, D.state, D.attempts, D.queued_at, D.sent_at, D.answer
SORT = "digests"


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    state: Sequence[MailState] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """The caller's own digests, and those about areas whose journal they may read, the newest first.

    Each with those of its areas that the caller may know of. Raises InvalidInput for an
    unknown area and a cursor of another list.
    """
    statement = select(*SHOWN).where(visible(caller))
    if area is not None:
        statement = statement.where(_about(lies_in(session, A, area), within(A, caller)))
    if state:
        statement = statement.where(D.state.in_([each.value for each in state]))
    if cursor is not None:
        at, last = read_moment(cursor, SORT)
        reached = tuple_(literal(at, Instant()), literal(last, Uuid()))
        statement = statement.where(tuple_(D.queued_at, D.id) < reached)
    ordered = statement.order_by(D.queued_at.desc(), D.id.desc()).limit(limit + 1)
    found = [dict(row) for row in session.execute(ordered).mappings()]
    rows = found[:limit]
    areas = _areas(session, caller, {(row.pop("home_region"), row["id"]) for row in rows})
    shown = [row | {"areas": areas.get(row["id"], [])} for row in rows]
    more = len(found) > limit
    return Page(shown, write_cursor(SORT, (rows[-1]["queued_at"].isoformat(), rows[-1]["id"])) if more else None)


def visible(caller: Caller) -> ColumnElement[bool]:
    """The condition that a digest is the caller's own, or about an area whose journal they may read."""
    return or_(D.recipient == f"person:{caller.person_id}", _about(within(A, caller, Act.READ_JOURNAL)))


def _about(*areas: ColumnElement[bool]) -> ColumnElement[bool]:
    of_digest = (A.home_region == D.home_region) & (A.digest_id == D.id)
    return select(A.digest_id).where(of_digest, *areas).exists()


def _areas(session: Session, caller: Caller, keys: set[tuple[str, UUID]]) -> Mapping[UUID, list[str]]:
    found = session.execute(
        select(A.digest_id, A.area_code)
        .where(among((A.home_region, A.digest_id), keys), within(A, caller))
        .order_by(A.area_code)
    )
    areas: dict[UUID, list[str]] = defaultdict(list)
    for row in found:
        areas[row.digest_id].append(row.area_code)
    return areas
