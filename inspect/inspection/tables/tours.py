"""Tours that people plan, and the links under which their calendars read them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base
from inspection.tables.columns import one_of


class TourState(StrEnum):
    """Where a tour stands."""

    PROPOSED = "proposed"
    PLANNED = "planned"
    CANCELLED = "cancelled"


class Tour(Base):
    """One day's visits in order, as proposed. Its author's alone; times are seconds of the local day."""

    __tablename__ = "tours"
    __table_args__ = (
        one_of("state", TourState),
        Index(None, "person_id", "day"),
        Index(
            "uq_tours_one_planned_a_day",
            "person_id",
            "day",
            unique=True,
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, comment="made by the client")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    country: Mapped[str] = mapped_column(String(2), comment="whose clock the times are of")
    region_code: Mapped[str] = mapped_column(AreaCode, comment="of the first stop: whose journal it stands in")
    day: Mapped[date]
    state: Mapped[str] = mapped_column(String(9), default=TourState.PROPOSED)
    asked: Mapped[dict[str, Any]] = mapped_column(comment="start, hours and break, as asked for")
    stops: Mapped[list[Any]] = mapped_column(comment="home region, facility, times, prize and duty of each visit")
    found: Mapped[dict[str, Any]] = mapped_column(comment="what the tour collects, and what it rests on")
    made_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]


class CalendarLink(Base):
    """A secret address under which one person's tours can be read, and nothing else. Only its hash is kept."""

    __tablename__ = "calendar_links"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True, comment="SHA-256 of the token")
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
