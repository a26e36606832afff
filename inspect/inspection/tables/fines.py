"""Fines (айыппұл / штраф), as somebody enters them from their papers."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import OfFacility


class Fine(Base, OfFacility):
    """One fine; never changed: what was wrong is withdrawn with a reason and entered anew."""

    __tablename__ = "fines"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index(
            "uq_fines_number",
            "home_region",
            "department_id",
            "year",
            "number_key",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(None, "country", "imposed_on", "id"),
        Index(None, "region_code", "imposed_on", "id"),
        Index(None, "district_code", "imposed_on", "id"),
        Index(None, "department_id", "recorded_at"),
        CheckConstraint("sum > 0", name="sum_above_zero"),
        CheckConstraint(
            "(withdrawn_by IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by IS NULL) = (withdrawn_why IS NULL)",
            name="withdrawn_whole",
        ),
    )
    department_id: Mapped[UUID] = mapped_column(comment="whose papers the number runs in")
    year: Mapped[int] = mapped_column(comment="of imposed_on")
    number: Mapped[str] = mapped_column(String(60), comment="as on the paper")
    number_key: Mapped[str] = mapped_column(String(120), comment="the same for all its spellings")
    imposed_on: Mapped[date] = mapped_column(comment="as on the paper")
    sum: Mapped[int] = mapped_column(BigInteger, comment="whole units of the currency of the country")
    operator_id: Mapped[UUID]
    prescription_id: Mapped[UUID | None]
    author_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(comment="null: it stands")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str | None]
