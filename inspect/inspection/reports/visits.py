"""Checks of a period by ground, the facilities that were checked, and re-checks of what was declared adapted."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, select

from inspection.reports.asked import Asked, Count, Path
from inspection.reports.listing import Listing, What, listed
from inspection.tables.audits import Audit, Ground
from inspection.tables.facilities import Facility

BUT_NOT = "declared_adapted_but_not"
# The owner had said by then that it is adapted, and the visit measured something else.
DECLARED_BUT_NOT = and_(Facility.adaptation_declared_on <= Audit.observed_on, Audit.failed > 0)


def counts(asked: Asked) -> Iterator[Count]:
    """Visits. A correction is the same visit once more, so it counts for nothing here."""
    key = asked.key(Audit)
    yield from by_ground(asked)
    yield from _rechecks(asked)
    kinds = select(key, Audit.kind, func.count(distinct(Audit.facility_id))).where(_visited(asked))
    for row, kind, number in asked.rows(kinds.group_by(key, Audit.kind), Audit):
        yield row, ("facilities_checked", "by_kind", kind), number
    objects = select(key, func.count(distinct(Audit.facility_id))).where(_visited(asked)).group_by(key)
    for row, number in asked.rows(objects, Audit):
        yield row, ("facilities_checked", "total"), number


def by_ground(asked: Asked) -> Iterator[Count]:
    """Of `counts` the checks, in one statement that an index answers by itself."""
    key = asked.key(Audit)
    grounds = select(key, Audit.ground, func.count()).where(_visited(asked)).group_by(key, Audit.ground)
    for row, ground, number in asked.rows(grounds, Audit):
        yield row, ("checks", "total"), number
        yield row, ("checks", ground), number


def _rechecks(asked: Asked) -> Iterator[Count]:
    key = asked.key(Audit)
    but_not = func.sum(case((DECLARED_BUT_NOT, 1), else_=0))
    rechecks = _at_facility(select(key, func.count(), but_not).select_from(Audit)).group_by(key)
    rechecks = rechecks.where(_visited(asked), Audit.ground == Ground.FOLLOW_UP)
    for row, number, declared_but_not in asked.rows(rechecks, Audit):
        yield row, ("rechecks", "total"), number
        yield row, ("rechecks", BUT_NOT), declared_but_not


def listing(asked: Asked, figure: Path) -> Listing:
    """The visits, or the facilities, that one of these figures counts."""
    match figure:
        case ("facilities_checked", "by_kind", kind):
            return _facilities(asked, Audit.kind == kind)
        case ("facilities_checked", *_):
            return _facilities(asked)
        case ("rechecks", *which):
            found = [DECLARED_BUT_NOT] if which == [BUT_NOT] else []
            return _visits(asked, Audit.ground == Ground.FOLLOW_UP, *found)
        case (_, "total"):
            return _visits(asked)
        case _:
            return _visits(asked, Audit.ground == figure[-1])


def _visited(asked: Asked) -> ColumnElement[bool]:
    return and_(Audit.observed_on.between(asked.period.first, asked.period.last), Audit.corrects_id.is_(None))


def _at_facility(statement: Select[Any]) -> Select[Any]:
    same = (Facility.home_region == Audit.home_region) & (Facility.id == Audit.facility_id)
    return statement.join(Facility, same)


def _visits(asked: Asked, *where: ColumnElement[bool]) -> Listing:
    shown = Audit.observed_on, Audit.ground, Audit.failed, Facility.adaptation_declared_on
    statement = listed(asked.key(Audit), Audit, Audit.id, Audit.facility_id, *shown)
    statement = _at_facility(statement.select_from(Audit)).where(_visited(asked), *where)
    return Listing(What.AUDIT, statement, Audit, _of_visit)


def _of_visit(row: Any) -> tuple[date, Mapping[str, Any]]:
    said = {"ground": row.ground, "failed": row.failed, "adaptation_declared_on": row.adaptation_declared_on}
    return row.observed_on, said


def _facilities(asked: Asked, *where: ColumnElement[bool]) -> Listing:
    """Facilities with a visit, once in each row of the report: a facility can have been checked as two kinds."""
    key = asked.key(Audit)
    shown = func.max(Audit.observed_on).label("last_on"), func.count().label("checks")
    statement = listed(
        key, Audit, Audit.facility_id, Audit.facility_id, *shown, mark=func.coalesce(key, "")
    ).where(_visited(asked), *where)
    grouped = statement.group_by(key, Audit.home_region, Audit.facility_id)
    return Listing(What.FACILITY, grouped, Audit, lambda row: (row.last_on, {"checks": row.checks}))
