"""Operators of concern: with many gross violations that stand, or about whose facilities people complained.

What is counted, all of it where the caller may read:
- gross violations that an operator has neither remedied, as an audit measured, nor been waived;
- complaints of a visit that failed, as evidence of use keeps them, of the last 365 days. The act of a visit does
  not say whether somebody's complaint caused it, so unscheduled visits of these days are shown beside and decide
  nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Uuid,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.countries import COUNTRIES, local_date
from inspection.criteria import Severity
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.audits import Audit, Ground
from inspection.tables.facilities import Facility
from inspection.tables.operators import Operator
from inspection.tables.use_records import UseRecord, UseSource
from inspection.tables.violations import STANDING, Violation

LATELY = timedelta(days=365)
LEAST = 3
MOST_FACILITIES = 10
SORT = "concerning"
V, U, A, F = Violation, UseRecord, Audit, Facility
COUNTS = ("gross", "facilities", "complaints", "unscheduled_audits")
NAMED = (
    *(Operator.id, Operator.name_kk, Operator.name_ru, Operator.tax_id, Operator.ownership),
    *(Operator.country, Operator.region_code, Operator.district_code),
)


def page(
    session: Session,
    caller: Caller,
    *,
    now: datetime,
    area: str | None = None,
    least: int = LEAST,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Operators with at least so many gross violations, or so many complaints: those with most violations first.

    Raises InvalidInput for an area that is not known and a cursor that is not of this list.
    """
    counted = _counted(session, caller, now, area).subquery().c
    same = and_(counted.home_region == Operator.home_region, counted.operator_id == Operator.id)
    shown = [getattr(counted, name) for name in (*COUNTS, "oldest_overdue_on")]
    statement = select(*NAMED, Operator.home_region, *shown).select_from(Operator).join(counted.gross.table, same)
    statement = statement.where(or_(counted.gross >= least, counted.complaints >= least))
    if cursor is not None:
        statement = statement.where(_behind(cursor, counted))
    ordered = statement.order_by(counted.gross.desc(), counted.complaints.desc(), Operator.id)
    found = [dict(row) for row in session.execute(ordered.limit(limit + 1)).mappings()]
    keys = [(row.pop("home_region"), row["id"]) for row in found]
    worst = _worst(session, caller, now, area, keys[:limit])
    rows = [row | {"worst": worst.get(row["id"], [])} for row in found[:limit]]
    key = ("gross", "complaints", "id")
    more = write_cursor(SORT, [rows[-1][name] for name in key]) if len(found) > limit else None
    return Page(rows, more)


def gross_and_standing() -> ColumnElement[bool]:
    """The condition that a violation is gross and neither remedied nor waived."""
    return and_(V.severity == Severity.GROSS, V.state.in_(STANDING))


def complained(now: datetime) -> ColumnElement[bool]:
    """The condition that a row of evidence is a complaint of the last 365 days."""
    lately = each_country(U.country, now, lambda today: U.period_from > today - LATELY)
    return and_(U.source == UseSource.COMPLAINT, U.withdrawn_at.is_(None), lately)


def unscheduled(now: datetime) -> ColumnElement[bool]:
    """The condition that an audit is an unscheduled visit of the last 365 days."""
    lately = each_country(A.country, now, lambda today: A.observed_on > today - LATELY)
    return and_(A.ground == Ground.UNSCHEDULED, A.corrects_id.is_(None), lately)


def overdue(now: datetime) -> ColumnElement[bool]:
    """The condition that the told date of a violation is over."""
    return each_country(V.country, now, lambda today: V.due_on < today)


def each_country(
    column: Any, now: datetime, condition: Callable[[date], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """A condition on the date of today, by the calendar of each row's country."""
    return or_(*(and_(column == code, condition(local_date(now, code))) for code in COUNTRIES))


def of_operator(model: Any) -> ColumnElement[bool]:
    """The condition to join rows of a facility to it, whose operator answers."""
    return and_(F.home_region == model.home_region, F.id == model.facility_id, F.operator_id.is_not(None))


def _counted(session: Session, caller: Caller, now: datetime, area: str | None) -> Select[Any]:
    """Every operator of whom there is something to count, with COUNTS and the oldest date that is over."""
    nothing, never = literal(0, Integer()), type_coerce(null(), Date())
    oldest = func.min(case((overdue(now), V.due_on)))
    violations: Any = select(
        *(V.home_region, V.operator_id, func.count().label("gross")),
        *(func.count(distinct(V.facility_id)).label("facilities"), oldest.label("oldest_overdue_on")),
        *(nothing.label("complaints"), nothing.label("unscheduled_audits")),
    ).where(V.operator_id.is_not(None), gross_and_standing())
    parts: list[tuple[Select[Any], Any]] = [(violations.group_by(V.home_region, V.operator_id), V)]
    for model, condition, place in ((U, complained(now), 0), (A, unscheduled(now), 1)):
        numbers = [func.count() if place == each else nothing for each in (0, 1)]
        counted: Any = select(F.home_region, F.operator_id, nothing, nothing, never, *numbers)
        joined = counted.join_from(model, F, of_operator(model)).where(condition)
        parts.append((joined.group_by(F.home_region, F.operator_id), model))
    every = union_all(*(_within(session, caller, part, model, area) for part, model in parts)).subquery().c
    # Whole, where PostgreSQL adds up integers to decimals.
    sums = [cast(func.sum(getattr(every, name)), Integer).label(name) for name in COUNTS]
    last = func.min(every.oldest_overdue_on).label("oldest_overdue_on")
    return select(every.home_region, every.operator_id, *sums, last).group_by(every.home_region, every.operator_id)


def _within(session: Session, caller: Caller, statement: Select[Any], model: Any, area: str | None) -> Select[Any]:
    narrowed = narrow(statement, model, caller)
    return narrowed if area is None else narrowed.where(lies_in(session, model, area))


def _behind(cursor: str, counted: Any) -> ColumnElement[bool]:
    gross, complaints, last = read_cursor(cursor, SORT, (int, int, UUID))
    fewer = tuple_(counted.gross, counted.complaints) < tuple_(literal(gross), literal(complaints))
    same = and_(counted.gross == gross, counted.complaints == complaints)
    return or_(fewer, and_(same, Operator.id > literal(last, Uuid())))


def _worst(
    session: Session, caller: Caller, now: datetime, area: str | None, operators: Sequence[tuple[str, UUID]]
) -> Mapping[UUID, Sequence[Any]]:
    """Of each operator the facilities with most gross violations, MOST_FACILITIES at most."""
    number, oldest = func.count().label("gross"), func.min(case((overdue(now), V.due_on)))
    place = func.row_number().over(partition_by=V.operator_id, order_by=(func.count().desc(), V.facility_id))
    grouped = select(
        *(V.home_region, V.operator_id, V.facility_id, number),
        *(oldest.label("oldest_overdue_on"), place.label("place")),
    ).where(gross_and_standing(), V.operator_id.in_([made for _, made in operators]))
    grouped = grouped.where(V.home_region.in_(sorted({region for region, _ in operators})))
    grouped = _within(session, caller, grouped, V, area)
    of = grouped.group_by(V.home_region, V.operator_id, V.facility_id).subquery().c
    same = and_(F.home_region == of.home_region, F.id == of.facility_id)
    statement = select(of.operator_id, F.id, F.name_kk, F.name_ru, of.gross, of.oldest_overdue_on)
    found = session.execute(
        statement.join_from(F, of.gross.table, same).where(of.place <= MOST_FACILITIES).order_by(of.place)
    )
    listed: dict[UUID, list[Any]] = defaultdict(list)
    for row in found.mappings():
        listed[row["operator_id"]].append({name: row[name] for name in row if name != "operator_id"})
    return listed
