"""Offices (управление / басқарма) of an akimat: who sees to it that violations are remedied."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import Placed, Regional


class Office(Base, Regional, Placed):
    """An office of one region, such as the one of health; never deleted, closed instead.

    No department: that word names the territorial department, which issues prescriptions.
    """

    __tablename__ = "offices"
    __table_args__ = (Index(None, "region_code", "name_ru", "id"),)
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    email: Mapped[str | None]
    closed_on: Mapped[date | None] = mapped_column(comment="from this day on nothing is assigned to it")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
