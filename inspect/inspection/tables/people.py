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
    """A tablet: one person's, in one region."""

    __tablename__ = "devices"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    enrolled_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None] = mapped_column(comment="lost: it is told to stop, and given nothing")
