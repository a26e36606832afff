"""People who sign in, what they may do where, and their tablets."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import one_of


class Role(StrEnum):
    """What kind of work a grant is for."""

    INSPECTOR = "inspector"
    HEAD = "head_of_department"
    AKIMAT = "akimat_official"
    MINISTRY = "ministry_viewer"
    ADMIN = "admin"


class DigestWish(StrEnum):
    """How often an official wants to hear of their areas."""

    WEEKLY = "weekly"
    NEVER = "never"


class Person(Base):
    """Somebody with a token. Only the hash of the token is kept."""

    __tablename__ = "people"
    __table_args__ = (one_of("digest", DigestWish),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(2), default="kk")
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True, comment="SHA-256 of the token")
    access_made_by: Mapped[UUID | None] = mapped_column(comment="who made the token; null: the command line")
    digest: Mapped[str] = mapped_column(
        String(6), default=DigestWish.WEEKLY, server_default=DigestWish.WEEKLY, comment="of officials, by mail"
    )
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Grant(Base):
    """A role in one area, and everything below it, from one moment to another."""

    __tablename__ = "grants"
    __table_args__ = (one_of("role", Role),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str] = mapped_column(String(24))
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None] = mapped_column(comment="null: until further notice")


class Device(Base):
    """A tablet: one person's, in one region.

    generation: of the newest refresh token that was handed out; null: it was enrolled by hand, and its person's
    token is all it has.
    """

    __tablename__ = "devices"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    enrolled_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None] = mapped_column(comment="lost: it is told to stop, and given nothing")
    stolen: Mapped[bool] = mapped_column(
        default=False, comment="stopped because an old token of it was used again"
    )
    generation: Mapped[int | None]
    renewed_at: Mapped[datetime | None] = mapped_column(comment="when it last asked for tokens")
    app_version: Mapped[str | None] = mapped_column(String(40), comment="as it says")
    unsent: Mapped[int | None] = mapped_column(comment="documents that wait on it, as it says")


class Pairing(Base):
    """A code by which one tablet can be enrolled, once and soon. Only a keyed hash of the code is kept."""

    __tablename__ = "pairings"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    device_id: Mapped[UUID | None] = mapped_column(comment="the tablet it enrolled")
