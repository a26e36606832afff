"""Administrative units of KATO (Kazakhstan) and SOATE (Kyrgyzstan), and the editions of their boundaries."""

from datetime import date, datetime
from enum import IntEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base


class Level(IntEnum):
    """Depth in the tree of areas."""

    COUNTRY = 0
    REGION = 1
    DISTRICT = 2


class Area(Base):
    """A country, region or district under its code, as the newest edition names it."""

    __tablename__ = "areas"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 2", name="level_known"),
        CheckConstraint("(level = 0) = (parent_code IS NULL)", name="only_a_country_has_no_parent"),
    )
    code: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    level: Mapped[int]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"), index=True)
    classifier: Mapped[str] = mapped_column(String(8), comment="KATO or SOATE")
    name_kk: Mapped[str] = mapped_column(comment="the local state language: Kazakh, or Kyrgyz in Kyrgyzstan")
    name_ru: Mapped[str | None]
    name_en: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(default=False)


class AreaEdition(Base):
    """One published set of boundaries of a country and level, valid for a time."""

    __tablename__ = "area_editions"
    id: Mapped[str] = mapped_column(String(40), primary_key=True, comment="for example kz-2024")
    country: Mapped[str] = mapped_column(String(2))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    attribution: Mapped[str]
    imported_at: Mapped[datetime]
    imported_by: Mapped[UUID | None]


class AreaBoundary(Base):
    """The outline of an area in one edition."""

    __tablename__ = "area_boundaries"
    edition_id: Mapped[str] = mapped_column(ForeignKey("area_editions.id"), primary_key=True)
    code: Mapped[str] = mapped_column(ForeignKey("areas.code"), primary_key=True)
    boundary: Mapped[bytes] = mapped_column(LargeBinary, comment="WKB polygon or multipolygon, WGS 84 lon/lat")
    west: Mapped[float]
    south: Mapped[float]
    east: Mapped[float]
    north: Mapped[float]
