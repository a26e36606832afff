"""Notices (уведомление) and the letters that carry them: the outbox."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import OfFacility, one_of
from inspection.tables.outgoing import Outgoing


class NoticeState(StrEnum):
    """What became of a notice."""

    WAITING = "waiting"  # for its letter
    IN_LETTER = "in_letter"  # the letter's state says the rest
    SUPERSEDED = "superseded"  # a later stage took its place; never sent
    WITHDRAWN = "withdrawn"  # no longer true when its letter was about to go out; never sent


class LetterState(StrEnum):
    """How far a letter has come: as any mail, or on paper."""

    QUEUED = "queued"
    HELD = "held"  # a backup was restored: it may have gone out before, and a person says
    SENT = "sent"  # a mail server took it
    CANCELLED = "cancelled"  # nothing in it was true any more
    FAILED = "failed"  # no mail server will take it: to be delivered on paper
    BY_HAND = "by_hand"  # there is no address to write to: to be delivered on paper
    DELIVERED = "delivered"  # on paper, as a person says


class Notice(Base, OfFacility):
    """One thing to be told about one violation to one recipient. Its id follows from its key: made once."""

    __tablename__ = "notices"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index(None, "home_region", "violation_id", "stage"),
        Index(
            "ix_notices_waiting",
            "region_code",
            "recipient",
            "facility_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(None, "home_region", "letter_id"),
        one_of("state", NoticeState),
    )
    violation_id: Mapped[UUID]
    stage: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date | None] = mapped_column(comment="as told; null: nothing is due any more")
    document_id: Mapped[UUID | None] = mapped_column(comment="the act it tells; null: a date brought it")
    recipient: Mapped[str] = mapped_column(String(48), comment="operator:<id>, person:<id>, or nobody:<kind>")
    state: Mapped[str] = mapped_column(String(10))
    letter_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Letter(Base, OfFacility, Outgoing):
    """One mail: the notices of one recipient about one facility on one local date, and its way."""

    __tablename__ = "letters"
    __table_args__ = (
        Index("uq_letters_key", "home_region", "facility_id", "recipient", "local_date", "part", unique=True),
        Index(
            "ix_letters_queued",
            "next_try_at",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(None, "region_code", "state", "queued_at", "id"),
        CheckConstraint("part > 0", name="part_counts_from_one"),
        one_of("state", LetterState),
    )
    local_date: Mapped[date] = mapped_column(comment="of the area, when it was queued")
    part: Mapped[int] = mapped_column(comment="1, or more when one was on its way already that day")
    delivered_on: Mapped[date | None] = mapped_column(comment="on paper")
    delivered_by: Mapped[UUID | None] = mapped_column(comment="who says so")
    delivery: Mapped[str | None] = mapped_column(String(500), comment="how, in their words")
