"""Settlements (населённый пункт): where people live, from a gazetteer."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base
from inspection.tables.columns import Placed


class Settlement(Base, Placed):
    """A city, village or other place where people live, as the newest gazetteer of its source names it."""

    __tablename__ = "settlements"
    __table_args__ = (
        CheckConstraint("population >= 0", name="population_not_negative"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="coordinates_on_earth"),
        Index(None, "country", "region_code", "district_code", "id"),
    )
    source: Mapped[str] = mapped_column(String(60), primary_key=True, comment="the gazetteer it comes from")
    id: Mapped[str] = mapped_column(String(60), primary_key=True, comment="its id there, for example a KATO code")
    kind: Mapped[str] = mapped_column(String(20), comment="city, town, village, hamlet, ... as the gazetteer says")
    name_kk: Mapped[str] = mapped_column(comment="the local state language: Kazakh, or Kyrgyz in Kyrgyzstan")
    name_ru: Mapped[str | None]
    name_en: Mapped[str | None]
    search: Mapped[str] = mapped_column(default="", comment="its names, folded for comparing")
    population: Mapped[int | None] = mapped_column(
        comment="people living there; null: not known, which is not zero"
    )
    lat: Mapped[float]
    lon: Mapped[float]
    area_certainty: Mapped[str] = mapped_column(String(10), comment="inside, nearest, uncertain, given or unknown")
    demo: Mapped[bool] = mapped_column(default=False)
    imported_at: Mapped[datetime]
    gone_at: Mapped[datetime | None] = mapped_column(comment="when a newer gazetteer no longer named it")
