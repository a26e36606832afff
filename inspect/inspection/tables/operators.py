"""Organisations that answer for facilities (субъект контроля)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import Placed, Regional, one_of


class Ownership(StrEnum):
    """Who owns the organisation."""

    STATE = "state"
    PRIVATE = "private"
    UNKNOWN = "unknown"


class SizeClass(StrEnum):
    """Class of business by size; the law's four classes."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    UNKNOWN = "unknown"


class Operator(Base, Regional, Placed):
    """One organisation as a region knows it; a national one has a row in each region it works in."""

    __tablename__ = "operators"
    __table_args__ = (
        Index("uq_operators_home_region_tax_id", "home_region", "tax_id", unique=True),
        one_of("ownership", Ownership),
        one_of("size_class", SizeClass),
    )
    tax_id: Mapped[str | None] = mapped_column(String(14), comment="BIN, IIN or INN, its check digit tested")
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    ownership: Mapped[str] = mapped_column(String(8), default=Ownership.UNKNOWN)
    size_class: Mapped[str] = mapped_column(String(8), default=SizeClass.UNKNOWN)
    notice_email: Mapped[str | None] = mapped_column(comment="where remediation notices go")
    notice_email_failed_at: Mapped[datetime | None] = mapped_column(
        comment="when a mail server said that it does not exist; null again once it is written anew"
    )
    notice_address: Mapped[str | None] = mapped_column(comment="postal address for letters")
    notice_language: Mapped[str] = mapped_column(String(2), default="kk")
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
