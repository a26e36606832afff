"""Reading prescriptions: one with its items, and pages of them, as plain documents."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.errors import NotFound
from inspection.homes import at_home
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.prescriptions import Department, Prescription, PrescriptionItem
from inspection.tables.regions import Home
from inspection.tables.violations import Violation

LISTED = (
    *(
        Prescription.id,
        Prescription.rev,
        Prescription.facility_id,
        Prescription.audit_id,
        Prescription.operator_id,
    ),
    *(Prescription.country, Prescription.region_code, Prescription.district_code),
    *(Prescription.year, Prescription.number, Department.code.label("department")),
    *(Prescription.issued_at, Prescription.issued_on, Prescription.issued_by),
)
SORT = "issued"


def number_text(department: str, year: int, number: int) -> str:
    """The number as it stands on the document, for example `АЛ-2026-000017`."""
    return f"{department}-{year}-{number:06d}"


def one(session: Session, caller: Caller, prescription_id: UUID) -> dict[str, Any]:
    """The prescription with this id and its items in order, each with the state its violation has now.

    Raises NotFound, also for one that the caller may not see.
    """
    statement = narrow(_listed().join(Home, at_home(Prescription)), Prescription, caller)
    row = session.execute(statement.where(Home.id == prescription_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("there is no such prescription", kind="prescription")
    same = (Violation.home_region == PrescriptionItem.home_region) & (
        Violation.id == PrescriptionItem.violation_id
    )
    home = select(Home.region).where(Home.id == prescription_id).scalar_subquery()
    items = session.execute(
        select(
            *(PrescriptionItem.position, PrescriptionItem.violation_id, PrescriptionItem.remediation_days),
            PrescriptionItem.due_on.label("told_due_on"),
            *(Violation.criterion, Violation.place, Violation.severity, Violation.state, Violation.due_on),
        )
        .join(Violation, same)
        .where(PrescriptionItem.home_region == home, PrescriptionItem.prescription_id == prescription_id)
        .order_by(PrescriptionItem.position)
    ).mappings()
    return {**_document(dict(row)), "items": [dict(item) for item in items]}


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    facility_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Prescriptions that the caller may see, issued last first.

    Raises InvalidInput for an area that is not known and a cursor that is not of this list.
    """
    statement = narrow(_listed(), Prescription, caller)
    if area is not None:
        statement = statement.where(lies_in(session, Prescription, area))
    if facility_id is not None:
        statement = statement.where(Prescription.facility_id == facility_id)
    if cursor is not None:
        day, last = read_cursor(cursor, SORT, (date, UUID))
        reached = tuple_(literal(day, Date()), literal(last, Uuid()))
        statement = statement.where(tuple_(Prescription.issued_on, Prescription.id) < reached)
    order = (Prescription.issued_on.desc(), Prescription.id.desc())
    found = session.execute(statement.order_by(*order).limit(limit + 1)).mappings().all()
    rows = [_document(dict(row)) for row in found[:limit]]
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["issued_on"], rows[-1]["id"])) if more else None)


def _listed() -> Any:
    of_department = (Department.home_region == Prescription.home_region) & (
        Department.id == Prescription.department_id
    )
    return select(*LISTED).join(Department, of_department)


def _document(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "number_text": number_text(row["department"], row["year"], row["number"])}
