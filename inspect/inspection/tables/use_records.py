"""Evidence of visits by people with disabilities."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import OfFacility


class UseRecord(Base, OfFacility):
    """Visits counted over a period, or a signed statement that there are none (attested zero)."""

    __tablename__ = "use_records"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        CheckConstraint("visits >= 0", name="visits_not_negative"),
        CheckConstraint("period_to > period_from", name="period_not_empty"),
        CheckConstraint("completeness > 0 AND completeness <= 1", name="completeness_is_a_share"),
        CheckConstraint("NOT attested_zero OR visits = 0", name="attested_zero_counts_nothing"),
    )
    source: Mapped[str] = mapped_column(String(20), comment="register, tickets, counted, statement")
    visits: Mapped[int]
    period_from: Mapped[date]
    period_to: Mapped[date]
    completeness: Mapped[float] = mapped_column(comment="share of visits that were counted, 0 < c <= 1")
    attested_zero: Mapped[bool] = mapped_column(default=False)
    audit_id: Mapped[UUID | None] = mapped_column(comment="the audit that brought it home")
    author_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(default=False)
