"""Places that are audited (объект), and what is held to be true of each."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, String, desc, text
from sqlalchemy import column as sql_column
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import Placed, Regional, one_of


class LocationMethod(StrEnum):
    """How the coordinates became known."""

    IMPORTED = "imported"
    FIX = "fix"
    GEOCODED = "geocoded"
    CENTROID = "centroid"
    PERSON = "person"
    UNKNOWN = "unknown"


class Facility(Base, Regional, Placed):
    """A clinic, pharmacy, service centre, ...; its kind is a word of the catalogue, not of this table."""

    __tablename__ = "facilities"
    __table_args__ = (
        ForeignKeyConstraint(["home_region", "operator_id"], ["operators.home_region", "operators.id"]),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="both_coordinates_or_none"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="coordinates_on_earth"),
        CheckConstraint("accuracy_m >= 0", name="accuracy_not_negative"),
        one_of("location_method", LocationMethod),
        Index("uq_facilities_home_region_source_external_id", "home_region", "source", "external_id", unique=True),
        Index(None, "home_region", "operator_id"),
        Index(None, "region_code", "district_code", "kind", "id"),
        Index(None, "country", "name_ru", "id"),
        Index(
            "ix_facilities_merged_into",
            *("home_region", "merged_into"),
            sqlite_where=text("merged_into IS NOT NULL"),
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
    )
    kind: Mapped[str] = mapped_column(String(40))
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    address_kk: Mapped[str | None]
    address_ru: Mapped[str | None]
    operator_id: Mapped[UUID | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    accuracy_m: Mapped[float | None] = mapped_column(comment="radius in metres; null: not known")
    location_method: Mapped[str] = mapped_column(String(8), default=LocationMethod.UNKNOWN)
    area_certainty: Mapped[str] = mapped_column(
        String(10), default="unknown", comment="inside, nearest, uncertain, given or unknown"
    )
    building_year: Mapped[int | None]
    catchment: Mapped[int | None] = mapped_column(comment="people attached or living around")
    adaptation_declared_on: Mapped[date | None] = mapped_column(comment="the owner says it is adapted")
    adaptation_plan_year: Mapped[int | None]
    adaptation_plan_sum: Mapped[int | None] = mapped_column(BigInteger, comment="whole units of the currency")
    source: Mapped[str | None] = mapped_column(String(60), comment="register the row was imported from")
    external_id: Mapped[str | None] = mapped_column(String(120), comment="its id in that register")
    search: Mapped[str] = mapped_column(default="", comment="names and addresses, folded for searching")
    active: Mapped[bool] = mapped_column(default=True)
    merged_into: Mapped[UUID | None] = mapped_column(comment="the facility that stands for this one, if any")
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


PLACES = (("country", "country"), ("region", "region_code"), ("district", "district_code"))
# By which a sum is split, at the end of an index: so it is counted without fetching a row.
PARTS: dict[str, tuple[str, ...]] = {"country": ("region_code",), "region": ("district_code",), "district": ()}
# Written by whoever ranks (`ranks.py`); settling leaves them as they are.
RANKED = ("use_state", "visits", "visits_low", "visits_high", "placeholder", "obstructed")


class Standing(Base, Regional, Placed):
    """What settling a facility's history gave; id is the facility's. Can be recomputed at any time."""

    __tablename__ = "standings"
    __table_args__ = (
        Index(None, "country", "changes_on"),
        Index(None, "country", "settled_at"),
        Index(
            "ix_standings_news",
            "region_code",
            "id",
            sqlite_where=text("has_news"),
            postgresql_where=text("has_news"),
        ),
        *(
            Index(
                f"ix_standings_ranked_{place}",
                column,
                desc(sql_column("obstructed")),
                *map(sql_column, ("id", "placeholder", *PARTS[place])),
                sqlite_where=text("obstructed IS NOT NULL"),
                postgresql_where=text("obstructed IS NOT NULL"),
            )
            for place, column in PLACES
        ),
    )
    passport: Mapped[dict[str, Any]] = mapped_column(comment="state by group, and by group and zone")
    barriers: Mapped[list[Any]] = mapped_column(comment="spots whose newest finding is a fail, waived or not")
    without_effect: Mapped[dict[str, Any]] = mapped_column(comment="decisions that no longer apply, and why")
    awaiting: Mapped[dict[str, Any]] = mapped_column(comment="corrections that do not count, and why")
    obstruction: Mapped[dict[str, Any] | None] = mapped_column(comment="shares of visits that barriers obstruct")
    use_state: Mapped[str | None] = mapped_column(
        String(13), comment="counted, estimated, ...; null: not ranked yet"
    )
    visits: Mapped[float | None] = mapped_column(comment="by people with disabilities, a month")
    visits_low: Mapped[float | None] = mapped_column(comment="of nine tenths of what may be")
    visits_high: Mapped[float | None]
    placeholder: Mapped[bool | None] = mapped_column(comment="whether the visits rest on an invented prior")
    obstructed: Mapped[float | None] = mapped_column(comment="visits a month; null: not known, or nobody comes")
    audited_at: Mapped[datetime | None] = mapped_column(comment="newest observation")
    changes_on: Mapped[date | None] = mapped_column(comment="next day on which time alone changes something")
    has_news: Mapped[bool] = mapped_column(default=False, comment="an extension or a release is still to be told")
    settled_at: Mapped[datetime]
