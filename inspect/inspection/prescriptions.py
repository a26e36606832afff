"""Reading prescriptions: one with its items, and pages of them, as plain documents."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.countries import local_date
from inspection.errors import NotFound
from inspection.homes import at_home
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.prescription_facts import acknowledgements, case_facts
from inspection.prescription_states import CaseFacts, case_state, item_state
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.regions import Home

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


def one(session: Session, caller: Caller, prescription_id: UUID, *, now: datetime) -> dict[str, Any]:
    """The prescription with this id, its items in order, each with where it stands now, and who acknowledged it.

    Raises NotFound, also for one that the caller may not see.
    """
    statement = narrow(_listed().join(Home, at_home(Prescription)), Prescription, caller)
    row = session.execute(statement.where(Home.id == prescription_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("there is no such prescription", kind="prescription")
    key = (row["home_region"], prescription_id)
    facts = case_facts(session, [key])
    document = _document(dict(row), facts[key], now)
    items = [
        {**item.shown, "item_state": item_state(item, local_date(now, row["country"])).value}
        for item in facts[key].items
    ]
    return {**document, "items": items, "acknowledgements": acknowledgements(session, key)}


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    facility_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page:
    """Prescriptions that the caller may see, issued last first, each with where its case stands now.

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
    facts = case_facts(session, [(row["home_region"], row["id"]) for row in found[:limit]])
    rows = [_document(dict(row), facts[row["home_region"], row["id"]], now) for row in found[:limit]]
    more = len(found) > limit
    return Page(rows, write_cursor(SORT, (rows[-1]["issued_on"], rows[-1]["id"])) if more else None)


def _listed() -> Any:
    of_department = (Department.home_region == Prescription.home_region) & (
        Department.id == Prescription.department_id
    )
    return select(Prescription.home_region, *LISTED).join(Department, of_department)


def _document(row: dict[str, Any], facts: CaseFacts, now: datetime) -> dict[str, Any]:
    number = number_text(row["department"], row["year"], row["number"])
    state = case_state(facts, local_date(now, row["country"]))
    shown = {name: value for name, value in row.items() if name != "home_region"}
    return {**shown, "number_text": number, "case_state": state.value}
