"""Reading prescriptions: one with its items, and pages of them, as plain documents."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, RowMapping, Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.countries import local_date
from inspection.errors import NotFound
from inspection.homes import at_home
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.prescription_facts import acknowledgements, case_facts
from inspection.prescription_states import CaseFacts, CaseState, case_state, item_state
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
SOUGHT = 2000  # among how many prescriptions one page looks for cases that stand in a given way
AT_A_TIME = 200


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
    states: Collection[CaseState] = (),
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page:
    """Prescriptions that the caller may see, issued last first, each with where its case stands now.

    states: only cases that stand so. Where a case stands is computed, so they are sought among the next SOUGHT
    prescriptions: a page may then be short, or empty, and have another behind it.
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
    looked_at = SOUGHT if states else limit
    order = (Prescription.issued_on.desc(), Prescription.id.desc())
    found = session.execute(statement.order_by(*order).limit(looked_at + 1)).mappings().all()
    rows: list[dict[str, Any]] = []
    seen = 0
    for document in _documents(session, found[:looked_at], now):
        seen += 1
        if not states or document["case_state"] in states:
            rows.append(document)
        if len(rows) == limit:
            break
    if seen == len(found):
        return Page(rows, None)
    return Page(rows, write_cursor(SORT, (found[seen - 1]["issued_on"], found[seen - 1]["id"])))


def _documents(session: Session, found: Sequence[RowMapping], now: datetime) -> Iterator[dict[str, Any]]:
    """The document of each row; the facts of some at a time, for whoever needs only a few of them."""
    for first in range(0, len(found), AT_A_TIME):
        some = found[first : first + AT_A_TIME]
        facts = case_facts(session, [(row["home_region"], row["id"]) for row in some])
        for row in some:
            yield _document(dict(row), facts[row["home_region"], row["id"]], now)


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
