"""Proof for the tablet: what was received, and whether it holds what it should."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.homes import at_home
from inspection.sync.collections import Collection
from inspection.sync.pulling import Checkpoint, is_behind
from inspection.sync.tablets import Tablet
from inspection.tables.feed import FeedRow
from inspection.tables.intake import FINAL, IntakeRow
from inspection.tables.photos import Blob, BlobState, Photo
from inspection.tables.regions import Home

UNKNOWN, PHOTOS = "unknown", "photos"
# Of several bodies under one id the one that went furthest is what the sender wants to hear of.
FURTHEST = [state.value for state in FINAL]


@dataclass(frozen=True, slots=True)
class Digest:
    """Documents in scope: how many, and SHA-256 (hex) over a line `<id> <rev>` each, sorted by id."""

    count: int
    sha256: str


def receipts(session: Session, tablet: Tablet, asked: Sequence[tuple[str, UUID]]) -> list[dict[str, Any]]:
    """What became of documents that this person or this tablet sent, in the order asked.

    asked: collection and id. What others sent is unknown, exactly like what nobody sent. Of a photo that was taken
    it is also said whether its bytes have come: a restored backup may have forgotten them and not the photo, which
    may lie where its sender sees it no more.
    """
    rows = IntakeRow.__table__.c
    mine = rows.person_id == tablet.caller.person_id
    if tablet.device_id is not None:
        mine = or_(mine, rows.device_id == tablet.device_id)
    keys = {(tablet.region, collection, made) for collection, made in asked}
    found = session.connection().execute(
        select(rows.collection, rows.document_id, rows.state, rows.reason, rows.waiting_for, rows.received_at)
        .where(among((rows.home_region, rows.collection, rows.document_id), keys), mine)
        .order_by(rows.received_at)
    )
    best: dict[tuple[str, UUID], Any] = {}
    for row in found:
        if row.waiting_for == row.document_id:  # an edit of what has been forgotten: it has to be sent whole
            continue
        held = best.get((row.collection, row.document_id))
        if held is None or _rank(row.state) <= _rank(held.state):
            best[row.collection, row.document_id] = row
    taken = [made for (collection, made), row in best.items() if collection == PHOTOS and row.state in FURTHEST]
    arrived = _bytes(session, taken)
    said = (_receipt(collection, made, best.get((collection, made))) for collection, made in asked)
    return [each | {"bytes": arrived[each["id"]]} if each["id"] in arrived else each for each in said]


def _bytes(session: Session, photos: Sequence[UUID]) -> Mapping[UUID, str]:
    """How far the bytes of these photos have come."""
    if not photos:
        return {}
    found = session.execute(
        select(Photo.id, Blob.state)
        .join(Home, at_home(Photo))
        .outerjoin(Blob, Blob.sha256 == Photo.sha256)
        .where(Home.id.in_(sorted(photos)))
    )
    return {row.id: row.state or BlobState.EXPECTED.value for row in found}


def _rank(state: str) -> int:
    return FURTHEST.index(state) if state in FURTHEST else len(FURTHEST)


def _receipt(collection: str, made: UUID, row: Any) -> dict[str, Any]:
    if row is None:
        return {"collection": collection, "id": made, "state": UNKNOWN}
    return {
        "collection": collection,
        "id": made,
        "state": row.state,
        "received_at": row.received_at,
        "reason": row.reason,
    }


def digest(session: Session, tablet: Tablet, collection: Collection, given: Checkpoint) -> Digest | None:
    """What a tablet at this checkpoint holds if it holds everything; None if there is more to pull first."""
    if is_behind(session, tablet, collection, given):
        return None
    rows = FeedRow.__table__.c
    statement = select(rows.id, rows.rev).where(
        rows.region == collection.region(tablet), rows.collection == collection.name, rows.deleted.is_(False)
    )
    scopes = collection.scopes(tablet)
    if scopes is not None:
        statement = statement.where(rows.scope.in_(scopes))
    return digest_of({str(row.id): row.rev for row in session.connection().execute(statement)})


def digest_of(revs: Mapping[str, int]) -> Digest:
    """The digest of documents, given by id and rev."""
    lines = "".join(f"{made} {revs[made]}\n" for made in sorted(revs))
    return Digest(len(revs), hashlib.sha256(lines.encode()).hexdigest())
