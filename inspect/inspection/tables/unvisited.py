"""Places that nobody has audited, by what is to be expected there."""

from sqlalchemy import Index, String, desc
from sqlalchemy import column as sql_column
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import Placed, Regional
from inspection.tables.facilities import PLACES


class Unvisited(Base, Regional, Placed):
    """One place that was never audited; id is the facility's. Computed from others, gone with its first audit."""

    __tablename__ = "unvisited"
    __table_args__ = tuple(
        Index(f"ix_unvisited_{place}", column, desc(sql_column("obstructed")), "id") for place, column in PLACES
    )
    use_state: Mapped[str] = mapped_column(String(13), comment="counted, estimated or unknown")
    visits: Mapped[float] = mapped_column(comment="by people with disabilities, a month")
    visits_low: Mapped[float] = mapped_column(comment="of nine tenths of what may be")
    visits_high: Mapped[float]
    placeholder: Mapped[bool] = mapped_column(comment="whether the visits rest on an invented prior")
    obstructed: Mapped[float] = mapped_column(comment="visits a month, if it is as its neighbours are")
    audited_nearby: Mapped[int] = mapped_column(comment="audited places of its kind in its district")
    audited: Mapped[int] = mapped_column(comment="audited places of its kind in the country")
