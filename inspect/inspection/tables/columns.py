"""Columns that many tables share."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode


class Regional:
    """A row of one region: its home region for ever, and its id made by the client."""

    home_region: Mapped[str] = mapped_column(
        AreaCode, primary_key=True, comment="where it was born; never changes"
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, comment="made by the client")
    rev: Mapped[int] = mapped_column(default=1, comment="owned by the server; one more at every change")


class Placed:
    """Where the facility lies now. Every query for a caller is narrowed by these three (`access.py`)."""

    country: Mapped[str] = mapped_column(String(2))
    region_code: Mapped[str] = mapped_column(AreaCode)
    district_code: Mapped[str | None] = mapped_column(AreaCode, comment="null: the district is not known")


class OfFacility(Regional, Placed):
    """A row that belongs to a facility and lies where the facility lies."""

    facility_id: Mapped[UUID]


def one_of(column: str, values: type[StrEnum], name: str | None = None) -> CheckConstraint:
    """The database itself refuses a word that the enumeration does not know."""
    listed = ", ".join(f"'{v.value}'" for v in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or f"{column}_known")
