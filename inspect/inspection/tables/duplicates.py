"""Facilities that may be one and the same place, and which of them stands for which."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base
from inspection.tables.columns import Regional, one_of


class PairState(StrEnum):
    """What became of a pair."""

    OPEN = "open"
    MERGED = "merged"
    DIFFERENT = "different"  # two places; asked again only when one of them has changed


class DuplicatePair(Base, Regional):
    """Two facilities that look like one; home_region is the first's, the id follows from both.

    Where they lie is read from the facilities themselves: a pair may lie in two districts.
    """

    __tablename__ = "duplicate_pairs"
    __table_args__ = (
        one_of("state", PairState),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_or_open"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score_is_a_share"),
        Index(None, "home_region", "first_id"),
        Index(None, "second_region", "second_id"),
        Index(None, "state", "score", "id"),
    )
    first_id: Mapped[UUID] = mapped_column(comment="of the two the lower by home region and id")
    second_region: Mapped[str] = mapped_column(AreaCode, comment="home region of the second")
    second_id: Mapped[UUID]
    score: Mapped[float] = mapped_column(comment="0 to 1")
    reasons: Mapped[list[Any]] = mapped_column(comment="[code, number] of each fact behind the score")
    compared: Mapped[str] = mapped_column(String(64), comment="hash of the names, addresses and positions of both")
    state: Mapped[str] = mapped_column(String(9), default=PairState.OPEN)
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(comment="of who decided")


class FacilityMerge(Base, Regional):
    """One facility stands for another, from merged_at until it is ended. `facilities.merged_into` says the same of
    today; both are written by `facility_merges.py` alone."""

    __tablename__ = "facility_merges"
    __table_args__ = (
        CheckConstraint("facility_id <> survivor_id", name="two_facilities"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        Index(
            "uq_facility_merges_open",
            *("home_region", "facility_id"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index(None, "home_region", "facility_id"),
    )
    facility_id: Mapped[UUID] = mapped_column(comment="the one that is stood for")
    survivor_id: Mapped[UUID] = mapped_column(comment="the one that stands for it; of the same home region")
    was_active: Mapped[bool] = mapped_column(comment="whether the merged one was in use, for when they part")
    merged_at: Mapped[datetime]
    merged_by: Mapped[UUID]
    reason: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
    end_reason: Mapped[str | None]
