"""What officials do about a violation besides deciding."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import OfFacility, one_of


class ActKind(StrEnum):
    """What was done. None of it changes the state of a violation, its dates or its priority."""

    ASSIGN = "assign"  # an office is to see to it
    PLAN_WORKS = "plan_works"  # works stand in a plan
    ASK = "ask"  # the operator is asked for an explanation
    TAKE_BACK = "take_back"  # another of these acts holds no longer


class ViolationAct(Base, OfFacility):
    """One act of an official; never changed, only taken back by another."""

    __tablename__ = "violation_acts"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index(
            "uq_violation_acts_takes_back",
            "home_region",
            "takes_back",
            unique=True,
            sqlite_where=text("takes_back IS NOT NULL"),
            postgresql_where=text("takes_back IS NOT NULL"),
        ),
        one_of("kind", ActKind),
        CheckConstraint("(kind = 'assign') = (office_id IS NOT NULL)", name="an_assignment_names_an_office"),
        CheckConstraint("(kind = 'plan_works') = (year IS NOT NULL)", name="works_have_a_year"),
        CheckConstraint("sum IS NULL OR (kind = 'plan_works' AND sum >= 0)", name="only_works_have_a_sum"),
        CheckConstraint("(kind = 'ask') = (answer_by IS NOT NULL)", name="a_question_has_a_date"),
        CheckConstraint("(kind = 'take_back') = (takes_back IS NOT NULL)", name="takes_back_whole"),
    )
    violation_id: Mapped[UUID]
    criterion: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(String(2000), comment="why; of a question what is asked")
    office_id: Mapped[UUID | None]
    year: Mapped[int | None] = mapped_column(comment="in whose plan the works stand")
    sum: Mapped[int | None] = mapped_column(BigInteger, comment="whole units of the currency; null: not known")
    answer_by: Mapped[date | None] = mapped_column(comment="local day by which an answer is wanted")
    takes_back: Mapped[UUID | None]
    author_id: Mapped[UUID]
    acted_at: Mapped[datetime]
