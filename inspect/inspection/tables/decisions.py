"""What officials decided."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.history import DecisionKind
from inspection.tables.columns import OfFacility, one_of


class DecisionRow(Base, OfFacility):
    """One act of an official; never changed, only revoked by another."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "home_region", "facility_id"), one_of("kind", DecisionKind))
    kind: Mapped[str] = mapped_column(String(8))
    violation_id: Mapped[UUID | None]
    criterion: Mapped[str | None] = mapped_column(String(80))
    place: Mapped[str | None] = mapped_column(String(64))
    based_on: Mapped[UUID | None] = mapped_column(comment="the audit the official had in front of them")
    until: Mapped[date | None]
    revokes: Mapped[UUID | None]
    reason: Mapped[str]
    author_id: Mapped[UUID]
    decided_at: Mapped[datetime]
