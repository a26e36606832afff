"""What is known of the bytes of photos, from their arrival to their examination.

Every change of a blob shows in the documents of its photos, so it counts up their `rev`, under the locks of their
facilities.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from inspection.bulk import insert_new_rows, update_rows
from inspection.heads import lock_facilities
from inspection.photos.examined import Examined, Refused
from inspection.positions_due import weigh_later
from inspection.tables.photos import Blob, BlobState, Photo
from inspection.unit import Unit

LEASE = timedelta(minutes=5)  # longer than any examination may take
MOST_ATTEMPTS = 3  # an examination that ended this often without a word is not begun again
NEVER_ENDED = Refused("this picture could not be examined: it was tried several times and never ended")


def record_stored(unit: Unit, sha256: bytes, size: int) -> bool:
    """Remember that these bytes are stored, for good. False if that was known; then nothing changes."""
    locked = _lock_photos(unit.session, sha256)
    now = {"state": BlobState.STORED.value, "size": size, "stored_at": unit.now}
    if insert_new_rows(unit.session, Blob, [{"sha256": sha256, "attempts": 0, **now}]):
        changed = 1
    else:
        still = (Blob.sha256 == sha256) & (Blob.state == BlobState.EXPECTED.value)
        changed = update_rows(unit.session, Blob, still, now)
    if changed:
        _count_up(unit.session, sha256, locked)
    return bool(changed)


def record_lost(unit: Unit, sha256: bytes) -> bool:
    """Remember that these bytes are not there after all: a tablet that holds them is asked to send them again."""
    gone = {"reason": None, "stored_at": None, "examined_at": None, "claimed_until": None, "attempts": 0}
    return _take_back(unit, sha256, BlobState.EXPECTED, gone)


def examine_again(unit: Unit, sha256: bytes) -> bool:
    """Let a picture be examined once more: the copy of it that may be shown is not there any more."""
    return _take_back(unit, sha256, BlobState.STORED, {"examined_at": None, "claimed_until": None, "attempts": 0})


def _take_back(unit: Unit, sha256: bytes, to: BlobState, values: Mapping[str, Any]) -> bool:
    locked = _lock_photos(unit.session, sha256)
    farther = (Blob.sha256 == sha256) & Blob.state.not_in([BlobState.EXPECTED.value, to.value])
    changed = update_rows(unit.session, Blob, farther, {"state": to.value, **values})
    if changed:
        _count_up(unit.session, sha256, locked)
    return bool(changed)


def is_stored(session: Session, sha256: bytes) -> bool:
    """Whether these bytes are stored."""
    return state_of(session, sha256) not in (None, BlobState.EXPECTED.value)


def state_of(session: Session, sha256: bytes) -> str | None:
    """How far these bytes have come; None for bytes that nobody expects."""
    return session.scalar(select(Blob.state).where(Blob.sha256 == sha256))


def claim(unit: Unit) -> bytes | None:
    """The SHA-256 of the next blob to examine, claimed for LEASE; None if there is none. Oldest first."""
    free = or_(Blob.claimed_until.is_(None), Blob.claimed_until <= unit.now)
    waiting: ColumnElement[bool] = (Blob.state == BlobState.STORED.value) & free
    found = select(Blob.sha256, Blob.attempts).where(waiting).order_by(Blob.stored_at, Blob.sha256).limit(20)
    for digest, attempts in unit.session.execute(found).all():
        if attempts >= MOST_ATTEMPTS:
            record_examined(unit, digest, NEVER_ENDED)
            continue
        # Whoever comes second finds it claimed: the condition is looked at again under the lock of the row.
        taken = update_rows(
            unit.session,
            Blob,
            (Blob.sha256 == digest) & waiting,
            {"attempts": Blob.attempts + 1, "claimed_until": unit.now + LEASE},
        )
        if taken:
            return bytes(digest)
    return None


def unclaim(unit: Unit, sha256: bytes) -> None:
    """Give a blob back that could not be looked at through no fault of its own."""
    unit.session.execute(
        update(Blob)
        .where(Blob.sha256 == sha256, Blob.state == BlobState.STORED.value)
        .values(claimed_until=None, attempts=Blob.attempts - 1)
    )


def record_examined(unit: Unit, sha256: bytes, outcome: Examined | Refused) -> None:
    """Remember what was seen in these bytes, or why they are not shown. The first examination counts."""
    locked = _lock_photos(unit.session, sha256)
    still = (Blob.sha256 == sha256) & (Blob.state == BlobState.STORED.value)
    if update_rows(unit.session, Blob, still, {**_seen(outcome), "examined_at": unit.now, "claimed_until": None}):
        _count_up(unit.session, sha256, locked)
        if isinstance(outcome, Examined) and outcome.evidence.lat is not None:
            weigh_later(unit.session, _facilities(unit.session, sha256))


def _seen(outcome: Examined | Refused) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return {"state": BlobState.REFUSED.value, "reason": outcome.reason}
    return {
        "state": BlobState.EXAMINED.value,
        "media_type": outcome.media_type,
        "width": outcome.width,
        "height": outcome.height,
        "thumbnail": outcome.thumbnail,
        "exif_taken_at": outcome.evidence.taken_at,
        "exif_lat": outcome.evidence.lat,
        "exif_lon": outcome.evidence.lon,
    }


Facilities = set[tuple[str, UUID]]


def _lock_photos(session: Session, sha256: bytes) -> Facilities:
    found = _facilities(session, sha256)
    lock_facilities(session, found)
    return found


def _count_up(session: Session, sha256: bytes, locked: Facilities) -> None:
    """Let the photos of these bytes be seen as changed, also one whose row came in between."""
    lock_facilities(session, _facilities(session, sha256) - locked)
    update_rows(session, Photo, Photo.sha256 == sha256, {})


def _facilities(session: Session, sha256: bytes) -> Facilities:
    rows: Sequence[Any] = session.execute(
        select(Photo.home_region, Photo.facility_id).where(Photo.sha256 == sha256).distinct()
    ).all()
    return {(row.home_region, row.facility_id) for row in rows}
