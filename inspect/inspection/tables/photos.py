"""Photos: what a tablet says of each, the bytes held once by their hash, and uploads on their way."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base
from inspection.tables.columns import OfFacility, one_of


class BlobState(StrEnum):
    """How far the bytes of a photo have come."""

    EXPECTED = "expected"
    STORED = "stored"
    EXAMINED = "examined"
    REFUSED = "refused"


class UploadState(StrEnum):
    """What became of an upload."""

    OPEN = "open"
    COMPLETE = "complete"
    ENDED = "ended"
    REFUSED = "refused"


class Photo(Base, OfFacility):
    """One photo of an audit, as the tablet described it. Only its `rev` changes, with the state of its bytes."""

    __tablename__ = "photos"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index(None, "home_region", "audit_id"),
        Index(None, "sha256"),
    )
    audit_id: Mapped[UUID]
    criterion: Mapped[str | None] = mapped_column(String(64))
    place: Mapped[str | None] = mapped_column(String(64))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32), comment="of the bytes; they are in the table of blobs")
    size: Mapped[int] = mapped_column(BigInteger, comment="bytes, as the tablet says")
    media_type: Mapped[str] = mapped_column(String(64), comment="as the tablet says")
    taken_at: Mapped[datetime] = mapped_column(comment="the tablet's clock")
    note: Mapped[str | None]
    author_id: Mapped[UUID]
    device_id: Mapped[UUID | None]
    received_at: Mapped[datetime] = mapped_column(comment="the server's clock")
    content_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), comment="of the intake row it was understood from"
    )


class Blob(Base):
    """Bytes under their SHA-256, and what was seen in them.

    A photo's row makes the blob it expects, so that whoever comes second, row or bytes, waits for the first.
    """

    __tablename__ = "blobs"
    __table_args__ = (
        one_of("state", BlobState),
        CheckConstraint("(exif_lat IS NULL) = (exif_lon IS NULL)", name="both_coordinates_or_none"),
        Index(None, "state", "stored_at"),
    )
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(8), default=BlobState.EXPECTED)
    reason: Mapped[str | None] = mapped_column(comment="why it was refused, for a person")
    size: Mapped[int | None] = mapped_column(BigInteger, comment="bytes, counted")
    media_type: Mapped[str | None] = mapped_column(String(64), comment="as decoded, whatever the name says")
    width: Mapped[int | None] = mapped_column(comment="pixels, upright")
    height: Mapped[int | None] = mapped_column(comment="pixels, upright")
    thumbnail: Mapped[bytes | None] = mapped_column(LargeBinary, comment="JPEG, longest side 160 pixels")
    exif_taken_at: Mapped[str | None] = mapped_column(
        String(32), comment="the camera's local time; its offset from UTC only where the camera knew it"
    )
    exif_lat: Mapped[float | None] = mapped_column(comment="where the camera says it was: evidence")
    exif_lon: Mapped[float | None]
    stored_at: Mapped[datetime | None]
    examined_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, comment="examinations begun")
    claimed_until: Mapped[datetime | None] = mapped_column(comment="until then somebody is examining it")


class Upload(Base):
    """One resumable upload. Whoever holds its secret may continue, watch and end it, and nothing else."""

    __tablename__ = "uploads"
    __table_args__ = (
        one_of("state", UploadState),
        CheckConstraint("length >= 0", name="length_not_negative"),
        CheckConstraint("received <= length", name="not_more_than_its_length"),
        Index(None, "expires_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), comment="SHA-256 of the secret in its address")
    person_id: Mapped[UUID]
    device_id: Mapped[UUID | None]
    home_region: Mapped[str | None] = mapped_column(AreaCode, comment="of the tablet; null: sent without one")
    length: Mapped[int | None] = mapped_column(BigInteger, comment="bytes; null: not told yet")
    received: Mapped[int] = mapped_column(
        BigInteger, default=0, comment="bytes when it last rested; the file itself is what counts"
    )
    told: Mapped[str] = mapped_column(comment="Upload-Metadata as it came")
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32), comment="told, then computed")
    state: Mapped[str] = mapped_column(String(8), default=UploadState.OPEN)
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
