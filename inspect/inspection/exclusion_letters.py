"""What a letter says that recommends to consider excluding a provider from the portal of social services.

It is a draft for somebody to sign: facts that stand in the tables today, of facilities where the reader may look.
It names no clause of a law, no fine and no term that nobody has read in the law itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.concerning import complained, gross_and_standing, of_operator, overdue, unscheduled
from inspection.countries import local_date
from inspection.criteria import Text
from inspection.criterion_titles import titles
from inspection.errors import DoesNotApply, NotFound
from inspection.homes import at_home
from inspection.operators import KIND, visible
from inspection.paper_sources import both
from inspection.prescriptions import number_text
from inspection.tables.areas import Area
from inspection.tables.audits import Audit
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.facilities import Facility
from inspection.tables.operators import Operator
from inspection.tables.prescriptions import Department, Prescription
from inspection.tables.regions import Home
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import STANDING, Violation, ViolationState
from inspection.taxpayers import organisation_number

WHERE_WRITTEN = "KZ"  # akimats and the portal are Kazakhstan's
MOST = 500  # violations in one letter; it says how many there are
V, F, U, A = Violation, Facility, UseRecord, Audit
NOTHING_TO_SAY = "no gross violation stands and nobody complained here within a year: nothing speaks for a letter"


@dataclass(frozen=True, slots=True)
class Told:
    """One gross violation that stands. due_on, prescription: None where nobody was told."""

    title: Text
    place: str
    opened_on: date
    due_on: date | None
    overdue: bool
    declared: bool
    prescription: str | None


@dataclass(frozen=True, slots=True)
class Site:
    """A facility with such violations."""

    name: Text
    address: Text
    violations: Sequence[Told]


@dataclass(frozen=True, slots=True)
class ExclusionLetter:
    """The content of a letter.

    department: None where the region has none yet; number: of an organisation, None for a person's. gross,
    overdue, others: violations that stand. The sites show MOST violations at most.
    """

    country: str
    made_on: date
    department: Text | None
    area: Text
    operator: Text
    number: str | None
    gross: int
    overdue: int
    oldest_due_on: date | None
    others: int
    complaints: int
    unscheduled: int
    sites: Sequence[Site]


def exclusion_letter(session: Session, caller: Caller, operator_id: UUID, *, now: datetime) -> ExclusionLetter:
    """The letter about an operator, over what the caller may read.

    Raises NotFound, also for an operator that the caller may not see, and DoesNotApply where there is nothing to
    say or no akimat to say it to.
    """
    wanted = select(Operator).join(Home, at_home(Operator)).where(Home.id == operator_id, visible(caller))
    operator = session.scalars(wanted).one_or_none()
    if operator is None:
        raise NotFound("there is no such operator", kind=KIND)
    if operator.country != WHERE_WRITTEN:
        raise DoesNotApply("this letter is written in Kazakhstan only", country=operator.country)
    number = {name: _number(session, caller, *what) for name, what in _counted(operator, now).items()}
    if not number["gross"] and not number["complaints"]:
        raise DoesNotApply(NOTHING_TO_SAY)
    today = local_date(now, operator.country)
    oldest = select(func.min(V.due_on)).where(_answers(operator), gross_and_standing(), overdue(now))
    return ExclusionLetter(
        country=operator.country,
        made_on=today,
        department=_department(session, operator),
        area=_area(session, operator),
        operator=both(operator.name_kk, operator.name_ru),
        number=organisation_number(operator.tax_id, operator.country),
        oldest_due_on=session.scalar(narrow(oldest, V, caller)),
        sites=_sites(session, caller, operator, today),
        **number,
    )


def _counted(operator: Operator, now: datetime) -> Mapping[str, tuple[Any, ColumnElement[bool]]]:
    """What is counted for a letter: in which table, and which rows."""
    stands = and_(_answers(operator), V.state.in_(STANDING))
    facility = and_(F.home_region == operator.home_region, F.operator_id == operator.id)
    return {
        "gross": (V, and_(stands, gross_and_standing())),
        "overdue": (V, and_(stands, gross_and_standing(), overdue(now))),
        "others": (V, and_(stands, ~gross_and_standing())),
        "complaints": (U, and_(facility, complained(now))),
        "unscheduled": (A, and_(facility, unscheduled(now))),
    }


def _number(session: Session, caller: Caller, model: Any, where: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(model)
    if model is not V:
        statement = statement.join(F, of_operator(model))
    return session.scalars(narrow(statement.where(where), model, caller)).one()


def _answers(operator: Operator) -> ColumnElement[bool]:
    return and_(V.home_region == operator.home_region, V.operator_id == operator.id)


def _sites(session: Session, caller: Caller, operator: Operator, today: date) -> Sequence[Site]:
    at = and_(F.home_region == V.home_region, F.id == V.facility_id)
    told = and_(Prescription.home_region == V.home_region, Prescription.id == V.prescription_id)
    by = and_(Department.home_region == V.home_region, Department.id == Prescription.department_id)
    version = and_(
        PublishedChecklist.home_region == V.country,
        PublishedChecklist.key == V.checklist_key,
        PublishedChecklist.version == V.checklist_version,
    )
    statement = (
        select(F.id, F.name_kk, F.name_ru, F.address_kk, F.address_ru, V.criterion, V.place, V.opened_at)
        .add_columns(V.due_on, V.state, Department.code, Prescription.year, Prescription.number)
        .add_columns(PublishedChecklist.content_hash)
        .join_from(V, F, at)
        .outerjoin(Prescription, told)
        .outerjoin(Department, by)
        .outerjoin(PublishedChecklist, version)
        .where(_answers(operator), gross_and_standing())
        .order_by(F.name_ru, F.id, V.due_on.is_(None), V.due_on, V.id)
    )
    rows = session.execute(narrow(statement, V, caller).limit(MOST)).all()
    called = titles(session, {row.content_hash for row in rows if row.content_hash is not None})
    of_each = groupby(rows, key=lambda row: row.id)
    return [_site(list(found), called, today, operator.country) for _, found in of_each]


def _site(rows: Sequence[Row[Any]], called: Mapping[bytes, Mapping[str, Text]], today: date, country: str) -> Site:
    first = rows[0]
    return Site(
        both(first.name_kk, first.name_ru),
        both(first.address_kk, first.address_ru),
        [
            Told(
                title=_title(row, called),
                place=row.place,
                opened_on=local_date(row.opened_at, country),
                due_on=row.due_on,
                overdue=row.due_on is not None and row.due_on < today,
                declared=row.state == ViolationState.DECLARED,
                prescription=number_text(row.code, row.year, row.number) if row.code else None,
            )
            for row in rows
        ],
    )


def _title(row: Row[Any], called: Mapping[bytes, Mapping[str, Text]]) -> Text:
    said = called.get(row.content_hash, {}).get(row.criterion, {})
    return both(said.get("kk"), said.get("ru")) or both(row.criterion, None)


def _department(session: Session, operator: Operator) -> Text | None:
    found = session.scalars(select(Department).where(Department.area_code == operator.region_code)).one_or_none()
    return None if found is None else both(found.name_kk, found.name_ru)


def _area(session: Session, operator: Operator) -> Text:
    area = session.get(Area, operator.region_code)
    return both(area.name_kk, area.name_ru) if area else both(operator.region_code, None)
