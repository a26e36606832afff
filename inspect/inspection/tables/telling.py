"""The ledger of what people were told, and the cases in which it is no longer true."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import OfFacility, one_of
from inspection.telling import Say, Why


class ToldRow(Base, OfFacility):
    """One thing that was told about one violation. Only ever added to."""

    __tablename__ = "told"
    __table_args__ = (Index(None, "home_region", "facility_id"), one_of("say", Say))
    violation_id: Mapped[UUID]
    criterion: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(64))
    stood_at: Mapped[datetime] = mapped_column(comment="observation on which the item rested; names the episode")
    say: Mapped[str] = mapped_column(String(10))
    due_on: Mapped[date | None]
    told_at: Mapped[datetime]
    document_id: Mapped[UUID] = mapped_column(comment="prescription, decision or letter that told it")


class ReviewCase(Base, OfFacility):
    """Something told is no longer true; a person looks at it and a correction letter follows."""

    __tablename__ = "review_cases"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index("uq_review_cases_case", "home_region", "violation_id", "why", "stood_at", unique=True),
        one_of("why", Why),
    )
    violation_id: Mapped[UUID]
    why: Mapped[str] = mapped_column(String(11), comment="reopened, vanished or due_changed")
    stood_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
