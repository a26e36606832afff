"""What ranking remembers between two runs: of whom something new is known, and what it expected."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import Regional


class RankDue(Base, Regional):
    """A facility of which something is known that is in no rank yet; id is the facility's.

    Its rev counts what became known, so that a run takes away only the marks that it has seen.
    """

    __tablename__ = "ranks_due"


class RankBasis(Base):
    """What was expected of a kind of facility in a country when it was ranked last."""

    __tablename__ = "rank_bases"
    __table_args__ = (CheckConstraint("(shape IS NULL) = (rate IS NULL)", name="a_prior_is_whole"),)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    shape: Mapped[float | None] = mapped_column(comment="of the Gamma prior; null: nobody counted")
    rate: Mapped[float | None] = mapped_column(comment="of the Gamma prior, months")
    placeholder: Mapped[bool]
    sites: Mapped[int] = mapped_column(comment="counted facilities that the prior rests on")
    typical: Mapped[float | None] = mapped_column(comment="mean catchment")
    registered: Mapped[float | None] = mapped_column(comment="mean number of clients on registers")
    measured: Mapped[int] = mapped_column(comment="audited facilities whose barriers are known")
    obstructed: Mapped[list[Any]] = mapped_column(comment="their obstructed shares added up, by group")
    ranked_at: Mapped[datetime]
