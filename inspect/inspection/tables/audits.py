"""Signed audits (проверка) with their findings."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.clocks import TimeSource
from inspection.database import AreaCode, Base
from inspection.tables.columns import OfFacility, one_of

PLACES = (
    ("country", "country", ("region_code",)),
    ("region", "region_code", ("district_code",)),
    ("district", "district_code", ()),
)


class Ground(StrEnum):
    """Why the visit took place."""

    PREVENTIVE = "preventive"
    UNSCHEDULED = "unscheduled"
    PROSECUTOR = "prosecutor"
    FOLLOW_UP = "follow_up"


class Audit(Base, OfFacility):
    """One signed visit; nothing in it changes but a time that a person has to set."""

    __tablename__ = "audits"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index(None, "home_region", "corrects_id"),
        # For lists in order of observation; at the end what overviews count by, so that no row is fetched for it.
        *(
            Index(f"ix_audits_seen_{place}", column, "observed_on", "id", *part, "ground", "corrects_id")
            for place, column, part in PLACES
        ),
        one_of("ground", Ground),
        one_of("time_source", TimeSource),
    )
    kind: Mapped[str] = mapped_column(String(40), comment="kind of the facility when it was audited")
    checklist_id: Mapped[UUID]
    checklist_key: Mapped[str] = mapped_column(String(60))
    checklist_version: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[UUID]
    device_id: Mapped[UUID | None]
    corrects_id: Mapped[UUID | None]
    ground: Mapped[str] = mapped_column(String(12))
    appointment_number: Mapped[str | None] = mapped_column(comment="акт о назначении")
    appointment_date: Mapped[date | None]
    ersop_number: Mapped[str | None] = mapped_column(comment="registration with the prosecutor (ЕРСОП)")
    ersop_date: Mapped[date | None]
    started_at: Mapped[datetime] = mapped_column(comment="the tablet's clock")
    finished_at: Mapped[datetime] = mapped_column(comment="the tablet's clock")
    signed_at: Mapped[datetime] = mapped_column(comment="the tablet's clock")
    anchor: Mapped[dict[str, Any] | None]
    observed_at: Mapped[datetime | None] = mapped_column(comment="corrected; null: nobody knows yet")
    observed_on: Mapped[date | None] = mapped_column(comment="corrected, local date of the area")
    signed_true_at: Mapped[datetime | None] = mapped_column(comment="corrected time of the signature")
    time_source: Mapped[str] = mapped_column(String(9))
    received_at: Mapped[datetime] = mapped_column(comment="the server's clock")
    findings: Mapped[list[Any]] = mapped_column(comment="one per criterion and place, with limit and value")
    failed: Mapped[int] = mapped_column(comment="number of fails among the findings")
    alternatives: Mapped[dict[str, Any]] = mapped_column(comment="group to the working alternative tested")
    fixes: Mapped[list[Any]] = mapped_column(comment="positions the tablet measured")
    use: Mapped[dict[str, Any] | None] = mapped_column(comment="evidence of visits brought home")
    content_hash: Mapped[str] = mapped_column(String(64), comment="of the intake row it was understood from")
    intake_region: Mapped[str | None] = mapped_column(
        AreaCode, comment="of that intake row; null: the home region"
    )
    demo: Mapped[bool] = mapped_column(default=False)
