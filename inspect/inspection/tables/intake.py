"""What tablets and imports sent, as it came: first keep, then understand."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base
from inspection.tables.columns import one_of


class IntakeState(StrEnum):
    """How far a received row has come."""

    KEPT = "kept"
    WAITING = "waiting"
    TAKEN = "taken"
    MERGED = "merged"
    CONFLICT = "conflict"
    QUARANTINED = "quarantined"


# Something was made of the row, or it lost for good against what is held: trying it again changes nothing.
FINAL = (IntakeState.TAKEN, IntakeState.MERGED, IntakeState.CONFLICT)


class IntakeDecision(StrEnum):
    """What a person did about a row that nothing was made of, or that lost against what was held."""

    REPLAY = "replay"  # tried again, and taken this time
    TAKE = "take"  # some of its values were taken after all
    KEEP = "keep"  # what was held stays
    DISMISS = "dismiss"  # nothing is to be made of it


@dataclass(frozen=True, slots=True, order=True)
class IntakeKey:
    """What makes two received documents the same: collection, id and content."""

    home_region: str
    collection: str
    document_id: UUID
    content_hash: bytes


class IntakeRow(Base):
    """One document as received. Another body under the same id is another row, kept apart."""

    __tablename__ = "intake"
    __table_args__ = (
        one_of("state", IntakeState),
        one_of("decision", IntakeDecision),
        Index(None, "state", "received_at"),
        Index(None, "home_region", "waiting_for"),
    )
    home_region: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    collection: Mapped[str] = mapped_column(String(20), primary_key=True)
    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), primary_key=True, comment="SHA-256 of canonical JSON of the client-owned fields"
    )
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="as it came")
    schema_version: Mapped[int]
    person_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    device_time: Mapped[datetime | None] = mapped_column(comment="the tablet's clock when it sent")
    received_at: Mapped[datetime] = mapped_column(comment="the server's clock")
    state: Mapped[str] = mapped_column(String(11), default=IntakeState.KEPT)
    reason: Mapped[str | None] = mapped_column(comment="why it waits or is quarantined, for a person")
    waiting_for: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(default=0)
    understood_at: Mapped[datetime | None]
    outcome_rev: Mapped[int] = mapped_column(
        default=1, server_default="1", comment="one more at every change of state"
    )
    held: Mapped[str | None] = mapped_column(comment="of a conflict: the document that was held, as it is sent")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decision: Mapped[str | None] = mapped_column(String(7), comment="null: nobody decided about it")
    decision_fields: Mapped[list[Any] | None] = mapped_column(comment="of `take`: the fields that were taken")
    decision_reason: Mapped[str | None]
