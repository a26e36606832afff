"""What operators answer to prescriptions, and the links by which they may."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import OfFacility, one_of


class ReplyKind(StrEnum):
    """What an operator says of one item."""

    REMEDIED = "remedied"  # a declaration: queues a follow-up, closes nothing
    EXTENSION = "extension"  # asks for a later date
    CONTEST = "contest"  # does not agree
    MESSAGE = "message"  # says something else


class ReplyState(StrEnum):
    """What became of a reply."""

    WAITING = "waiting"  # for an official
    GRANTED = "granted"
    REFUSED = "refused"
    NOTED = "noted"  # nothing is asked for, or an official has read it


class AnswerLink(Base, OfFacility):
    """An address at which one prescription can be answered without signing in; its secret is computed."""

    __tablename__ = "answer_links"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index(
            "uq_answer_links_letters",
            "home_region",
            "prescription_id",
            unique=True,
            sqlite_where=text("made_by IS NULL"),
            postgresql_where=text("made_by IS NULL"),
        ),
        CheckConstraint("(revoked_at IS NULL) = (revoked_why IS NULL)", name="revoked_whole"),
    )
    prescription_id: Mapped[UUID]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(comment="who asked for it; null: it goes out with letters")
    expires_at: Mapped[datetime] = mapped_column(comment="moved on by every letter that carries it")
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]
    revoked_why: Mapped[str | None] = mapped_column(String(500))


class OperatorReply(Base, OfFacility):
    """What was said of one item; what it says is never changed, an official's answer is given once."""

    __tablename__ = "operator_replies"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index(None, "home_region", "prescription_id"),
        Index(None, "region_code", "state", "received_at", "id"),
        Index(
            "ix_operator_replies_request",
            "home_region",
            "request_id",
            sqlite_where=text("request_id IS NOT NULL"),
            postgresql_where=text("request_id IS NOT NULL"),
        ),
        one_of("kind", ReplyKind),
        one_of("state", ReplyState),
        CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="answered_whole"),
    )
    submission_id: Mapped[UUID] = mapped_column(comment="of what was sent at once, made by the page")
    prescription_id: Mapped[UUID]
    violation_id: Mapped[UUID]
    link_id: Mapped[UUID] = mapped_column(comment="how they came in")
    kind: Mapped[str] = mapped_column(String(9))
    said: Mapped[str | None] = mapped_column(String(4000))
    until: Mapped[date | None] = mapped_column(comment="the date asked for")
    said_by: Mapped[str] = mapped_column(String(200), comment="who they say they are")
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(7))
    answer: Mapped[str | None] = mapped_column(String(2000))
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
    decision_id: Mapped[UUID | None] = mapped_column(comment="what was decided with it")
    request_id: Mapped[UUID | None] = mapped_column(comment="the question of an official that it answers")


class ReplyFile(Base, OfFacility):
    """A file that came with a submission; its bytes lie in the store of photos, under their hash."""

    __tablename__ = "reply_files"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index("uq_reply_files", "home_region", "submission_id", "sha256", unique=True),
    )
    prescription_id: Mapped[UUID]
    submission_id: Mapped[UUID]
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int] = mapped_column(BigInteger, comment="bytes")
    media_type: Mapped[str] = mapped_column(String(64), comment="by its first bytes, whatever the name says")
    name: Mapped[str] = mapped_column(String(200), comment="as it was called, for people only")
    received_at: Mapped[datetime]
