"""Queued re-checks (повторная проверка, постконтроль)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import OfFacility, one_of


class FollowUpState(StrEnum):
    """Where a re-check stands."""

    QUEUED = "queued"
    ASSIGNED = "assigned"
    DONE = "done"
    CANCELLED = "cancelled"


class FollowUp(Base, OfFacility):
    """One open re-check per facility, listing all items due; settling never touches the assignee."""

    __tablename__ = "followups"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index(
            "uq_followups_one_open_per_facility",
            "home_region",
            "facility_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'assigned')"),
            postgresql_where=text("state IN ('queued', 'assigned')"),
        ),
        one_of("state", FollowUpState),
    )
    state: Mapped[str] = mapped_column(String(9), default=FollowUpState.QUEUED)
    items: Mapped[list[Any]] = mapped_column(comment="violation id and reasons, sorted")
    wanted_from: Mapped[date] = mapped_column(comment="first day on which an item was due")
    assignee_id: Mapped[UUID | None]
    planned_on: Mapped[date | None] = mapped_column(comment="the day the assignee means to go")
    note: Mapped[str | None]
    postponed_until: Mapped[date | None] = mapped_column(comment="not due before that day")
    postponed_why: Mapped[str | None]
    cancelled_why: Mapped[str | None] = mapped_column(comment="of who said that nobody has to go")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(comment="the audit that did it, or who cancelled it")
