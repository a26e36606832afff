"""The order of visits as tablets carry it: one small document for each district."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import Placed, Regional


class DistrictRanks(Base, Regional, Placed):
    """What the places of a district obstruct, the most first. Its id follows from the district; never deleted."""

    __tablename__ = "district_ranks"
    __table_args__ = (Index(None, "region_code"),)
    places: Mapped[list[Any]] = mapped_column(
        comment="facility, visits obstructed a month, whether that rests on an invented prior"
    )
    unvisited: Mapped[list[Any]] = mapped_column(
        comment="the same of places that nobody has audited: what is expected"
    )
    ranked: Mapped[int] = mapped_column(
        comment="audited places of the district that have a rank; `places` may hold fewer"
    )
    updated_at: Mapped[datetime]
