"""How sure the position of each facility is, and what a person is asked about it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base
from inspection.tables.columns import OfFacility, Regional, one_of


class About(StrEnum):
    """What is in question."""

    POSITION = "position"  # the fixes of later visits lie far from the held position
    DISTRICT = "district"  # the coordinates lie in another district than the one held or given


class QuestionState(StrEnum):
    """What became of a question."""

    OPEN = "open"
    KEPT = "kept"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"  # nothing speaks for it any more


class Position(Base, Regional):
    """What a facility's position rests on; id is the facility's.

    base: the position that was not made of fixes; set: the one that weighing made of base and fixes. Where the
    facility holds another one than set, somebody has changed it since, and that is the new base.
    """

    __tablename__ = "positions"
    __table_args__ = (
        Index("ix_positions_due", "home_region", "id", postgresql_where=text("due"), sqlite_where=text("due")),
    )
    due: Mapped[bool] = mapped_column(default=False, comment="evidence came that nobody has weighed yet")
    base_lat: Mapped[float | None]
    base_lon: Mapped[float | None]
    base_accuracy_m: Mapped[float | None]
    base_method: Mapped[str | None] = mapped_column(String(8))
    set_lat: Mapped[float | None]
    set_lon: Mapped[float | None]
    set_accuracy_m: Mapped[float | None]
    settled_visits: Mapped[list[Any] | None] = mapped_column(comment="audits about whose fixes a person decided")
    weighed_at: Mapped[datetime | None]


class PositionQuestion(Base, OfFacility):
    """A facility may lie elsewhere than it is held to lie, and a person says whether it does."""

    __tablename__ = "position_questions"
    __table_args__ = (
        one_of("about", About),
        one_of("state", QuestionState),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_or_open"),
        Index(None, "home_region", "facility_id"),
        Index(None, "country", "state", "opened_at", "id"),
        Index(
            "uq_position_questions_open",
            *("home_region", "facility_id", "about"),
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
    )
    about: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(9), default=QuestionState.OPEN)
    held_lat: Mapped[float | None]
    held_lon: Mapped[float | None]
    held_accuracy_m: Mapped[float | None]
    held_area: Mapped[str] = mapped_column(AreaCode, comment="district, or region where none is known")
    proposed_lat: Mapped[float | None]
    proposed_lon: Mapped[float | None]
    proposed_radius_m: Mapped[float | None]
    proposed_area: Mapped[str | None] = mapped_column(AreaCode, comment="null: outside every outline")
    distance_m: Mapped[float | None]
    why: Mapped[str] = mapped_column(comment="a sentence for a person")
    fixes: Mapped[list[Any]] = mapped_column(comment="that speak for it, and whether each counts")
    visits: Mapped[list[Any]] = mapped_column(comment="ids of the audits they are of")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    reason: Mapped[str | None] = mapped_column(comment="of who decided")
