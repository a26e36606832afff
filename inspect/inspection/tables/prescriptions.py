"""Prescriptions (предписание / нұсқама) and the departments that number them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import AreaCode, Base
from inspection.tables.columns import OfFacility


class Department(Base):
    """A territorial department: the authority of a region, with its name as data."""

    __tablename__ = "departments"
    home_region: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True, comment="stands in the numbers of its documents")
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    issues_automatically: Mapped[bool] = mapped_column(default=False)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), unique=True)


class DepartmentCounter(Base):
    """The last number a department gave in a year; locked before region heads."""

    __tablename__ = "department_counters"
    __table_args__ = (
        ForeignKeyConstraint(["home_region", "department_id"], ["departments.home_region", "departments.id"]),
    )
    home_region: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    department_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last_number: Mapped[int] = mapped_column(default=0)


class Prescription(Base, OfFacility):
    """The numbered document that told the operator violations of one audit; another may tell what stands again."""

    __tablename__ = "prescriptions"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        Index("uq_prescriptions_number", "home_region", "department_id", "year", "number", unique=True),
        Index(None, "home_region", "audit_id"),
    )
    department_id: Mapped[UUID]
    year: Mapped[int]
    number: Mapped[int]
    audit_id: Mapped[UUID]
    operator_id: Mapped[UUID | None]
    issued_at: Mapped[datetime] = mapped_column(comment="the server's clock")
    issued_on: Mapped[date] = mapped_column(comment="local date of the area")
    issued_by: Mapped[UUID]


class PrescriptionItem(Base):
    """One violation of a prescription and the date fixed for it; never rewritten."""

    __tablename__ = "prescription_items"
    __table_args__ = (
        ForeignKeyConstraint(
            ["home_region", "prescription_id"], ["prescriptions.home_region", "prescriptions.id"]
        ),
        Index(None, "home_region", "violation_id"),
    )
    home_region: Mapped[str] = mapped_column(AreaCode, primary_key=True)
    prescription_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, comment="1 for the first item")
    violation_id: Mapped[UUID]
    remediation_days: Mapped[int]
    due_on: Mapped[date]
