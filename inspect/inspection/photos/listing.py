"""Reading photos: one, and those of an audit with what is missing of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.errors import DoesNotApply, NotFound
from inspection.homes import at_home
from inspection.tables.audits import Audit
from inspection.tables.photos import Blob, BlobState, Photo
from inspection.tables.regions import Home

NO_PHOTO = "there is no such photo"
NOT_SHOWN: Mapping[BlobState, str] = {
    BlobState.EXPECTED: "the bytes of this photo have not arrived yet",
    BlobState.STORED: "this photo has not been examined yet",
    BlobState.REFUSED: "this photo is kept, but cannot be shown",
}
COLUMNS = (
    *(Photo.id, Photo.rev, Photo.audit_id, Photo.facility_id, Photo.country, Photo.region_code),
    *(Photo.district_code, Photo.criterion, Photo.place, Photo.sha256, Photo.size, Photo.media_type),
    *(Photo.taken_at, Photo.note, Photo.author_id, Photo.device_id, Photo.received_at),
    *(Blob.state, Blob.reason, Blob.media_type.label("detected_media_type"), Blob.width, Blob.height),
    *(Blob.exif_taken_at, Blob.exif_lat, Blob.exif_lon),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to see of a photo."""

    sha256: bytes
    thumbnail: bytes


def one(session: Session, caller: Caller, photo_id: UUID) -> dict[str, Any]:
    """The photo with this id. Raises NotFound, also for one that the caller may not see."""
    statement = select(*COLUMNS).join(Home, at_home(Photo)).join(Blob, Blob.sha256 == Photo.sha256)
    row = session.execute(narrow(statement, Photo, caller).where(Home.id == photo_id)).mappings().first()
    if row is None:
        raise NotFound(NO_PHOTO, kind="photo")
    return _plain(row)


def of_audit(session: Session, caller: Caller, audit_id: UUID) -> dict[str, Any]:
    """The photos of an audit as they were taken, and whether the bytes of each have come and can be seen.

    Raises NotFound for an audit that the caller may not see.
    """
    audit = narrow(select(Audit.home_region).join(Home, at_home(Audit)), Audit, caller)
    home_region = session.scalar(audit.where(Home.id == audit_id))
    if home_region is None:
        raise NotFound("there is no such audit", kind="audit")
    statement = select(*COLUMNS).join(Blob, Blob.sha256 == Photo.sha256)
    statement = statement.where(Photo.home_region == home_region, Photo.audit_id == audit_id)
    rows = session.execute(statement.order_by(Photo.taken_at, Photo.id)).mappings()
    items = [_plain(row) for row in rows]
    count = Counter(item["state"] for item in items)
    return {"items": items, **_completeness(count)}


def completeness(session: Session, home_region: str, facility_id: UUID) -> Mapping[str, Any]:
    """How many photos of a facility are whole, and how many are missing or refused, over all its audits."""
    statement = select(Blob.state, func.count()).join(Photo, Photo.sha256 == Blob.sha256)
    statement = statement.where(Photo.home_region == home_region, Photo.facility_id == facility_id)
    return _completeness(Counter({row[0]: row[1] for row in session.execute(statement.group_by(Blob.state))}))


def shown(session: Session, caller: Caller, photo_id: UUID) -> Shown:
    """What there is to see. Raises NotFound, and DoesNotApply for a photo that nothing can be seen of."""
    statement = select(Blob.sha256, Blob.state, Blob.reason, Blob.thumbnail)
    statement = statement.select_from(Photo).join(Home, at_home(Photo)).join(Blob, Blob.sha256 == Photo.sha256)
    row = session.execute(narrow(statement, Photo, caller).where(Home.id == photo_id)).first()
    if row is None:
        raise NotFound(NO_PHOTO, kind="photo")
    if row.thumbnail is None:
        raise DoesNotApply(NOT_SHOWN[BlobState(row.state)], state=row.state, reason=row.reason)
    return Shown(bytes(row.sha256), bytes(row.thumbnail))


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {**row, "sha256": bytes(row["sha256"]).hex()}


def _completeness(count: Counter[str]) -> dict[str, Any]:
    missing = count[BlobState.EXPECTED.value]
    return {
        "complete": missing == 0,
        "count": count.total(),
        "missing": missing,
        "refused": count[BlobState.REFUSED.value],
    }
