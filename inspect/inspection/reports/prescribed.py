"""Prescriptions that were issued in a period."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from inspection.prescriptions import number_text
from inspection.reports.asked import Asked, By, Count
from inspection.reports.listing import Listing, What, listed
from inspection.tables.facilities import Facility
from inspection.tables.prescriptions import Department, Prescription

OF_FACILITY = and_(Facility.home_region == Prescription.home_region, Facility.id == Prescription.facility_id)


def counts(asked: Asked) -> Iterator[Count]:
    """Prescriptions by the day on which they were issued."""
    key = _key(asked)
    statement = select(key, func.count()).select_from(Prescription)
    if asked.by is By.KIND:
        statement = statement.join(Facility, OF_FACILITY)
    for row, number in asked.rows(statement.where(_issued(asked)).group_by(key), Prescription):
        yield row, ("prescriptions",), number


def listing(asked: Asked) -> Listing:
    """The prescriptions that are counted."""
    p, of = Prescription, Department
    statement = listed(_key(asked), p, p.id, p.facility_id, p.issued_on, p.year, p.number, p.audit_id, of.code)
    same = and_(of.home_region == p.home_region, of.id == p.department_id)
    # A department is looked for and not asked for: the figure counts prescriptions, whoever numbered them.
    joined = statement.select_from(p).join(Facility, OF_FACILITY).outerjoin(of, same)
    return Listing(What.PRESCRIPTION, joined.where(_issued(asked)), p, _said)


def _key(asked: Asked) -> Any:
    return Facility.kind if asked.by is By.KIND else asked.key(Prescription)


def _issued(asked: Asked) -> ColumnElement[bool]:
    return Prescription.issued_on.between(asked.period.first, asked.period.last)


def _said(row: Any) -> tuple[date, Mapping[str, Any]]:
    number = number_text(row.code, row.year, row.number) if row.code else str(row.number)
    return row.issued_on, {"number": number, "audit_id": row.audit_id}
