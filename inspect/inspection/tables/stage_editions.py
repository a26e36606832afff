"""Editions of the stages of notices: what a country changed about what Pandus comes with."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base


class StageEdition(Base):
    """The stages of a country from a local day on. Never changed; one that has not begun can be taken back."""

    __tablename__ = "stage_editions"
    __table_args__ = (
        UniqueConstraint("country", "number"),
        CheckConstraint("number > 0", name="number_counts_from_one"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, comment="made by the client")
    country: Mapped[str] = mapped_column(String(2))
    number: Mapped[int] = mapped_column(comment="1, 2, ... in each country; also of those that were taken back")
    valid_from: Mapped[date] = mapped_column(comment="first local day of the country; until the next one begins")
    stages: Mapped[list[Any]] = mapped_column(comment="name, days or act, and whom each tells")
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    taken_back_at: Mapped[datetime | None] = mapped_column(comment="before it began: it never told anybody")
    taken_back_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
