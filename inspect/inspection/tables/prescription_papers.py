"""What a prescription says on paper, and who acknowledged that they received it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import OfFacility, one_of


class PrescriptionPaper(Base, OfFacility):
    """The content of a prescription as it was issued, under the prescription's own id; never rewritten."""

    __tablename__ = "prescription_papers"
    __table_args__ = (Index(None, "home_region", "facility_id"),)
    content: Mapped[dict[str, Any]] = mapped_column(comment="everything that is printed, but for the pictures")
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32), comment="SHA-256 of the content, keys sorted")
    frozen_at: Mapped[datetime] = mapped_column(
        comment="later than the issue where that came before papers were kept"
    )


class Channel(StrEnum):
    """How a prescription reached whoever acknowledges it."""

    ELECTRONIC = "electronic"
    PAPER = "paper"


class Acknowledgement(Base, OfFacility):
    """That somebody received a prescription. Electronic and on paper are two facts; neither is ever rewritten."""

    __tablename__ = "prescription_acknowledgements"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index(None, "home_region", "prescription_id"),
        one_of("channel", Channel),
        CheckConstraint(
            "(withdrawn_by IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by IS NULL) = (withdrawn_why IS NULL)",
            name="withdrawn_whole",
        ),
    )
    prescription_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(10))
    received_by: Mapped[str] = mapped_column(String(200), comment="name of the person who received it")
    position: Mapped[str | None] = mapped_column(String(200), comment="what they are there")
    received_on: Mapped[date] = mapped_column(comment="local date of the area")
    note: Mapped[str | None] = mapped_column(String(500), comment="by which post, or where the signed copy lies")
    entered_by: Mapped[UUID]
    entered_at: Mapped[datetime] = mapped_column(comment="the server's clock")
    withdrawn_by: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str | None] = mapped_column(String(500))
