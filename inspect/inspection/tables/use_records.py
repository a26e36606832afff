"""Evidence of visits by people with disabilities."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import OfFacility, one_of


class UseSource(StrEnum):
    """Where evidence comes from. Only the first four count visits over a period."""

    COUNTED = "counted"
    TICKETS = "tickets"
    OBSERVED = "observed"
    STATEMENT = "statement"
    REGISTER = "register"
    COMPLAINT = "complaint"


class UseRecord(Base, OfFacility):
    """Visits counted over a period, clients on a register, a complaint of one visit, or an attested zero.

    Never changed and never deleted: a statement is countersigned once, and what was wrong is withdrawn.
    """

    __tablename__ = "use_records"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        one_of("source", UseSource),
        CheckConstraint("visits >= 0", name="visits_not_negative"),
        CheckConstraint("clients >= 0", name="clients_not_negative"),
        CheckConstraint("(source = 'register') = (clients IS NOT NULL)", name="clients_are_of_a_register"),
        CheckConstraint("(source = 'register') = (visits IS NULL)", name="a_register_counts_no_visits"),
        CheckConstraint(
            "period_to > period_from OR (period_to = period_from AND source IN ('register', 'complaint'))",
            name="period_not_empty",
        ),
        CheckConstraint("completeness > 0 AND completeness <= 1", name="completeness_is_a_share"),
        CheckConstraint(
            "NOT attested_zero OR (visits = 0 AND source = 'statement')", name="attested_zero_counts_nothing"
        ),
        CheckConstraint("attested_zero = (signed_on IS NOT NULL)", name="only_a_zero_is_signed"),
        CheckConstraint(
            "source <> 'complaint' OR (visits = 1 AND period_to = period_from)",
            name="a_complaint_is_of_one_visit",
        ),
        CheckConstraint("(countersigned_by IS NULL) = (countersigned_at IS NULL)", name="countersigned_whole"),
        CheckConstraint("countersigned_by IS NULL OR attested_zero", name="only_a_zero_is_countersigned"),
        CheckConstraint("countersigned_by <> author_id", name="nobody_signs_twice"),
        CheckConstraint(
            "(withdrawn_by IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by IS NULL) = (withdrawn_why IS NULL)",
            name="withdrawn_whole",
        ),
    )
    source: Mapped[str] = mapped_column(String(20), comment="counted, tickets, observed, register, ...")
    visits: Mapped[int | None] = mapped_column(comment="by people with disabilities; null: of a register")
    clients: Mapped[int | None] = mapped_column(comment="people with disabilities on a register; no visits")
    groups: Mapped[dict[str, Any] | None] = mapped_column(comment="visits or clients by group; null: not split")
    period_from: Mapped[date] = mapped_column(comment="first day of counting")
    period_to: Mapped[date] = mapped_column(
        comment="the day after the last one counted; of a statement, the last day on which it holds"
    )
    completeness: Mapped[float] = mapped_column(comment="share of visits that were counted, 0 < c <= 1")
    attested_zero: Mapped[bool] = mapped_column(default=False)
    signed_on: Mapped[date | None] = mapped_column(comment="day of the statement; null: it is none")
    source_text: Mapped[str | None] = mapped_column(comment="where it was read; never who complained")
    reference: Mapped[str | None] = mapped_column(String(120), comment="number of the document or case")
    argument: Mapped[str | None] = mapped_column(comment="why nobody lives around who would come")
    audit_id: Mapped[UUID | None] = mapped_column(comment="the audit that brought it home")
    author_id: Mapped[UUID | None] = mapped_column(comment="null: whoever runs the service")
    recorded_at: Mapped[datetime]
    countersigned_by: Mapped[UUID | None] = mapped_column(comment="a zero counts with a second signature only")
    countersigned_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(comment="null: it stands")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(default=False)
