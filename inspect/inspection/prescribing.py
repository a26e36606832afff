"""Issuing prescriptions: the event that tells the operator what to remedy, and fixes each item's date.

Numbers run per department and year without gaps. A date is counted from the server's clock in the area's local
date and never moves by itself afterwards.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from inspection.access import Act, Caller
from inspection.bulk import insert_new_rows, insert_rows
from inspection.countries import local_date
from inspection.dossiers import Dossier, open_for
from inspection.errors import AlreadyDifferent, DoesNotApply
from inspection.history import Prescribed, SettledViolation
from inspection.homes import find
from inspection.journal import Change
from inspection.notices.announcing import announce_told
from inspection.prescription_papers import freeze
from inspection.settling import settle_dossier, write_settled
from inspection.tables.audits import Audit
from inspection.tables.prescriptions import Department, DepartmentCounter, Prescription, PrescriptionItem
from inspection.tables.regions import Home
from inspection.tables.telling import ToldRow
from inspection.telling import Say, Told, ToTell, to_tell
from inspection.unit import Unit
from inspection.violation_rows import violation_id


@dataclass(frozen=True, slots=True)
class _Item:
    """One violation to be told. remediation_days: of the criterion that last judged it."""

    case: ToTell
    remediation_days: int
    due_on: date


@dataclass(frozen=True, slots=True)
class _Plan:
    """A prescription that is about to be issued."""

    id: UUID
    dossier: Dossier
    department: Department
    audit_id: UUID
    issued_by: UUID
    items: tuple[_Item, ...]


def prescribe(unit: Unit, caller: Caller, audit_id: UUID, prescription_id: UUID) -> Prescription:
    """Issue the prescription of one audit. Asking again with the same id changes nothing.

    An audit gets a further one only when something that rests on it has to be told anew, such as a violation that
    stands again after people were told it is over.
    Raises NotFound, Forbidden, AlreadyDifferent (the id is taken), or DoesNotApply: when the audit does not count,
    when nothing open and untold rests on it (any more), or no department answers for the region.
    """
    audit = find(unit.session, Audit, audit_id)
    dossier = open_for(unit, caller, Act.PRESCRIBE, audit, what="audit")
    assert audit is not None  # noqa: S101 - or there would be no dossier
    issued_before = _of_audit(unit, audit)
    if repeated := next((held for held in issued_before if held.id == prescription_id), None):
        return repeated
    department = _departments(unit, {dossier.facility.region_code}).get(dossier.facility.region_code)
    if department is None:
        raise DoesNotApply("no department answers for this region", region=dossier.facility.region_code)
    items = _untold(unit, dossier, audit_id)
    if not items and issued_before:
        raise DoesNotApply("this audit has its prescription already", prescription=str(issued_before[-1].id))
    if not items:
        raise DoesNotApply("no open violation that rests on this audit is still to be told", audit=str(audit_id))
    plan = _Plan(prescription_id, dossier, department, audit_id, caller.person_id, items)
    issued = _issue(unit, [plan])
    write_settled(unit, [dossier])
    return issued[0]


def _of_audit(unit: Unit, audit: Audit) -> Sequence[Prescription]:
    of_audit = (Prescription.home_region == audit.home_region) & (Prescription.audit_id == audit.id)
    in_order = select(Prescription).where(of_audit).order_by(Prescription.issued_at, Prescription.id)
    return unit.session.scalars(in_order).all()


def prescribe_automatically(unit: Unit, dossiers: Collection[Dossier], audits: Mapping[UUID, UUID]) -> None:
    """Issue at once for these audits where the department wishes it so.

    audits: audit to its author, in whose name it is issued. The dossiers are not settled yet.
    """
    departments = _departments(unit, {d.facility.region_code for d in dossiers}) if dossiers else {}
    plans = []
    for dossier in dossiers:
        department = departments.get(dossier.facility.region_code)
        if department is None or not department.issues_automatically:
            continue
        told: set[Any] = set()
        for audit_id in sorted(audits.keys() & dossier.audits.keys()):
            items = tuple(i for i in _untold(unit, dossier, audit_id) if i.case.spot not in told)
            if items:
                told.update(item.case.spot for item in items)
                plans.append(_Plan(unit.new_id(), dossier, department, audit_id, audits[audit_id], items))
    if plans:
        _issue(unit, plans)


def _departments(unit: Unit, regions: Collection[str]) -> Mapping[str, Department]:
    rows = unit.session.scalars(select(Department).where(Department.area_code.in_(sorted(regions))))
    return {row.area_code: row for row in rows}


def _untold(unit: Unit, dossier: Dossier, audit_id: UUID) -> tuple[_Item, ...]:
    """What this audit found, still stands, and was not told yet; worst first."""
    settled = settle_dossier(dossier)
    country = dossier.facility.country
    today = local_date(unit.now, country)
    items = []
    for case in to_tell(settled, dossier.told, today, zone=dossier.country.time_zone):
        violation = settled.violations.get(case.spot)
        if case.say is Say.PRESCRIBED and violation and _rests_on(violation, audit_id, dossier.moment(unit.now)):
            days = violation.last.remediation_days
            items.append((violation.last.severity, _Item(case, days, dossier.workdays.due_date(today, days))))
    order = ["gross", "significant", "minor"]
    return tuple(item for _, item in sorted(items, key=lambda i: (order.index(i[0]), i[1].due_on, i[1].case.spot)))


def _rests_on(violation: SettledViolation, audit_id: UUID, moment: datetime) -> bool:
    episode = violation.open_at(moment)
    return episode is not None and audit_id in episode.fails


def _issue(unit: Unit, plans: Sequence[_Plan]) -> list[Prescription]:
    numbers = _numbers(unit, plans)
    prescriptions, items, told, announced = [], [], [], []
    for plan, number in zip(plans, numbers, strict=True):
        row = _prescription_row(unit, plan, number)
        prescriptions.append(row)
        entries = [
            Told(item.case.spot, item.case.stood_at, Say.PRESCRIBED, item.due_on, row["issued_at"], plan.id)
            for item in plan.items
        ]
        plan.dossier.prescribed.append(Prescribed(plan.id, plan.audit_id, row["issued_at"]))
        plan.dossier.told += entries
        items += _item_rows(plan)
        told += [told_row(unit, plan.dossier, entry) for entry in entries]
        announced += [(plan.dossier, entry) for entry in entries]
        facts = {"number": (None, number), "audit_id": (None, plan.audit_id), "items": (None, len(plan.items))}
        unit.journal.add(Change(row["home_region"], "prescription.issued", "prescription", str(plan.id), facts))
    homes = [{"id": row["id"], "region": row["home_region"], "kind": "prescription"} for row in prescriptions]
    if len(insert_new_rows(unit.session, Home, homes)) < len(homes):
        raise AlreadyDifferent("this id is taken by another document", prescription=str(plans[0].id))
    insert_rows(unit.session, Prescription, prescriptions)
    insert_rows(unit.session, PrescriptionItem, items)
    insert_rows(unit.session, ToldRow, told)
    freeze(unit, prescriptions)
    announce_told(unit, announced)
    return [Prescription(**row) for row in prescriptions]


def _numbers(unit: Unit, plans: Sequence[_Plan]) -> list[int]:
    """The next numbers of each department and year, in the order of the plans. Locks the counters, sorted."""
    keys = [
        (p.department.home_region, p.department.id, local_date(unit.now, p.dossier.facility.country).year)
        for p in plans
    ]
    insert = postgresql.insert if unit.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    next_free: dict[Any, int] = {}
    for key, wanted in sorted(Counter(keys).items()):
        row = dict(zip(("home_region", "department_id", "year"), key, strict=True))
        statement = insert(DepartmentCounter).values(**row, last_number=wanted)
        counted = DepartmentCounter.last_number + wanted
        statement = statement.on_conflict_do_update(index_elements=list(row), set_={"last_number": counted})
        last = unit.session.execute(statement.returning(DepartmentCounter.last_number)).scalar_one()
        next_free[key] = last - wanted + 1
    numbers = []
    for key in keys:
        numbers.append(next_free[key])
        next_free[key] += 1
    return numbers


def _prescription_row(unit: Unit, plan: _Plan, number: int) -> dict[str, Any]:
    facility = plan.dossier.facility
    issued_on = local_date(unit.now, facility.country)
    return {
        **plan.dossier.placed,
        "id": plan.id,
        "department_id": plan.department.id,
        "year": issued_on.year,
        "number": number,
        "audit_id": plan.audit_id,
        "operator_id": facility.operator_id,
        "issued_at": plan.dossier.next_moment(unit.now),
        "issued_on": issued_on,
        "issued_by": plan.issued_by,
    }


def _item_rows(plan: _Plan) -> list[dict[str, Any]]:
    return [
        {
            "home_region": plan.dossier.facility.home_region,
            "prescription_id": plan.id,
            "position": position,
            "violation_id": violation_id(plan.dossier.facility.id, item.case.spot),
            "remediation_days": item.remediation_days,
            "due_on": item.due_on,
        }
        for position, item in enumerate(plan.items, start=1)
    ]


def told_row(unit: Unit, dossier: Dossier, entry: Told) -> dict[str, Any]:
    """The row of one entry of the ledger."""
    return {
        **dossier.placed,
        "id": unit.new_id(),
        "violation_id": violation_id(dossier.facility.id, entry.spot),
        "criterion": entry.spot.criterion,
        "place": entry.spot.place,
        "stood_at": entry.stood_at,
        "say": entry.say.value,
        "due_on": entry.due_on,
        "told_at": entry.told_at,
        "document_id": entry.by,
    }
