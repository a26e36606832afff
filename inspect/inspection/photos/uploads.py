"""The rows of resumable uploads: who began one, what its sender told, and what became of it.

The bytes lie in a file of the process that receives them until they are complete; only then there is a blob.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from inspection.access import Act, Caller
from inspection.errors import Forbidden, InspectionError, NotFound
from inspection.grant_histories import ever_held
from inspection.photos.blobs import record_stored
from inspection.tables.people import Device
from inspection.tables.photos import Upload, UploadState
from inspection.unit import Unit

NO_UPLOAD = "there is no such upload"


class UploadGone(InspectionError):
    """The upload was there and is not any more: expired, ended by its sender, or refused."""

    slug = "upload-gone"


@dataclass(frozen=True, slots=True)
class Begun:
    """What somebody says when they begin an upload. length: bytes, None if told later; told: as it came."""

    id: UUID
    secret: str
    length: int | None
    told: str
    sha256: bytes | None
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload as it stood when it was read."""

    id: UUID
    length: int | None
    received: int
    told: str
    sha256: bytes | None
    complete: bool
    expires_at: datetime


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret: secrets are long and random, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def begin(unit: Unit, caller: Caller, begun: Begun, *, life: timedelta) -> UploadRow:
    """Open an upload. Raises Forbidden for who never might send audits anywhere.

    Who might once brings home what was photographed then; whether the photo counts is decided by its row.
    """
    if not ever_held(unit.session, caller.person_id, Act.SUBMIT_AUDIT, now=unit.now):
        raise Forbidden("this needs a role that may send audits", act=Act.SUBMIT_AUDIT.value)
    row = Upload(
        id=begun.id,
        secret_hash=secret_hash(begun.secret),
        person_id=caller.person_id,
        device_id=begun.device_id,
        home_region=_region(unit.session, caller, begun.device_id),
        length=begun.length,
        received=0,
        told=begun.told,
        sha256=begun.sha256,
        state=UploadState.OPEN.value,
        created_at=unit.now,
        expires_at=unit.now + life,
    )
    unit.session.add(row)
    return _plain(row)


def _region(session: Session, caller: Caller, device_id: UUID | None) -> str | None:
    own = (Device.id == device_id) & (Device.person_id == caller.person_id)
    return session.scalar(select(Device.region_code).where(own)) if device_id else None


def find_upload(session: Session, upload_id: UUID, secret: str, *, now: datetime) -> UploadRow:
    """The upload behind an address.

    Raises NotFound for one that never was or whose secret is another, UploadGone for one that ended.
    """
    row = session.get(Upload, upload_id)
    if row is None or not compare_digest(bytes(row.secret_hash), secret_hash(secret)):
        raise NotFound(NO_UPLOAD)
    if row.state == UploadState.REFUSED.value:
        raise UploadGone(row.reason or "this upload was refused")
    if row.state == UploadState.ENDED.value or row.expires_at <= now:
        raise UploadGone("this upload has ended or expired")
    return _plain(row)


def rest(unit: Unit, upload_id: UUID, received: int, *, length: int | None, life: timedelta) -> datetime:
    """Remember how much has come, and the length once it is told. Returns when the upload expires now."""
    expires_at = unit.now + life
    values = {"received": received, "expires_at": expires_at, **({} if length is None else {"length": length})}
    unit.session.execute(update(Upload).where(_open(upload_id)).values(values))
    return expires_at


def complete(unit: Unit, upload_id: UUID, sha256: bytes, size: int) -> bool:
    """Remember that all bytes of an upload are stored. True if nobody had stored these before."""
    done = {"state": UploadState.COMPLETE.value, "sha256": sha256, "length": size, "received": size}
    unit.session.execute(update(Upload).where(_open(upload_id)).values(**done, completed_at=unit.now))
    return record_stored(unit, sha256, size)


def refuse(unit: Unit, upload_id: UUID, reason: str) -> None:
    """Remember why the bytes of an upload were thrown away."""
    refused = {"state": UploadState.REFUSED.value, "reason": reason}
    unit.session.execute(update(Upload).where(_open(upload_id)).values(refused))


def end(unit: Unit, upload_id: UUID) -> None:
    """End an upload at its sender's wish. Bytes that are stored already stay: others may have sent them too."""
    unit.session.execute(update(Upload).where(Upload.id == upload_id).values(state=UploadState.ENDED.value))


def expired(session: Session, *, now: datetime, limit: int = 500) -> Sequence[UUID]:
    """Uploads past their time, whatever became of them."""
    statement = select(Upload.id).where(Upload.expires_at <= now).order_by(Upload.expires_at, Upload.id)
    return session.scalars(statement.limit(limit)).all()


def forget(unit: Unit, upload_ids: Sequence[UUID]) -> None:
    """Delete the rows of expired uploads."""
    past = Upload.id.in_(upload_ids) & (Upload.expires_at <= unit.now)
    unit.session.execute(delete(Upload).where(past))


def known(session: Session, upload_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these uploads have a row."""
    return set(session.scalars(select(Upload.id).where(Upload.id.in_(upload_ids))))


def _open(upload_id: UUID) -> ColumnElement[bool]:
    return (Upload.id == upload_id) & (Upload.state == UploadState.OPEN.value)


def _plain(row: Upload) -> UploadRow:
    complete = row.state == UploadState.COMPLETE.value
    return UploadRow(row.id, row.length, row.received, row.told, row.sha256, complete, row.expires_at)
