"""Days that are worked, or not, against the calendar the library knows."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base


class WorkdayOverride(Base):
    """A moved working Saturday, a day off declared by the government."""

    __tablename__ = "workday_overrides"
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    note: Mapped[str]
