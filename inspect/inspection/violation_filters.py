"""What the violation list can be narrowed to, as values and as conditions, and the areas a list covers."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, and_, case, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, within
from inspection.countries import COUNTRIES, local_date
from inspection.criteria import GROUPS, Severity
from inspection.criterion_titles import criteria_titled
from inspection.errors import Fault, InvalidInput
from inspection.searching import finds
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.operators import Ownership
from inspection.tables.violations import STANDING, Violation, ViolationState

V = Violation.__table__.c
COLUMN_OF = {Level.COUNTRY: V.country, Level.REGION: V.region_code, Level.DISTRICT: V.district_code}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; None asks for nothing.

    area: code of any level. states: at least one; what stands if nothing is said. overdue: standing, and told for
    a day before today in the area. group: one of criteria.GROUPS. text: words of the facility's names and
    addresses or of the criterion's title, of each the beginning. due_before, due_after: the told date is earlier,
    or later, than this. prescribed: a prescription tells it. office: it is assigned to this office.
    explanation_overdue: standing, and an explanation that was wanted by a day before today has not come.
    """

    area: str | None = None
    states: tuple[ViolationState, ...] = STANDING
    overdue: bool | None = None
    severity: Severity | None = None
    group: str | None = None
    kind: str | None = None
    operator_id: UUID | None = None
    ownership: Ownership | None = None
    zone: str | None = None
    criterion: str | None = None
    text: str | None = None
    facility: UUID | None = None
    due_before: date | None = None
    due_after: date | None = None
    prescribed: bool | None = None
    office: UUID | None = None
    explanation_overdue: bool | None = None

    def wants_only_told(self) -> bool:
        """Whether a violation without a told date can never be meant."""
        return bool(self.overdue or self.due_before or self.due_after)

    def fingerprint(self) -> str:
        """Short and the same for the same filters: binds a cursor to them."""
        asked = {f.name: getattr(self, f.name) for f in fields(self)}
        asked["states"] = sorted(set(self.states))
        return hashlib.blake2s(orjson.dumps(asked), digest_size=9).hexdigest()


@dataclass(frozen=True, slots=True)
class Scope:
    """An area that a list covers."""

    level: Level
    code: str

    def holds(self) -> ColumnElement[bool]:
        """The condition that a violation lies there."""
        return COLUMN_OF[self.level] == self.code


def scopes(session: Session, caller: Caller, area: str | None) -> tuple[Scope, ...]:
    """The areas of the caller's list, none within another. At most one query, and none for a simple grant.

    Raises InvalidInput for an area that is not known.
    """
    granted = [Scope(level, code) for level in Level for code in caller.reach(Act.READ, level)]
    if area is None and len({scope.level for scope in granted}) < 2:
        return tuple(granted)
    around = _around(session, {scope.code for scope in granted} | ({area} if area else set()))
    if area is not None:
        if area not in around:
            accepted = "the code of a country, region or district"
            raise InvalidInput([Fault("/area", "there is no area with this code", accepted)])
        asked = Scope(Level(len(around[area]) - 1), area)
        if any(scope.code in around[area] for scope in granted):
            return (asked,)
        granted = [scope for scope in granted if area in around[scope.code]]
    codes = {scope.code for scope in granted}
    return tuple(scope for scope in granted if len(codes.intersection(around[scope.code])) == 1)


def _around(session: Session, codes: set[str]) -> Mapping[str, tuple[str, ...]]:
    """For each code that is known: the area itself, then its region and country as far as they lie around it."""
    rows = session.execute(select(Area.code, Area.parent_code, Area.country).where(Area.code.in_(codes)))
    return {
        code: tuple(dict.fromkeys(part for part in (code, parent, country) if part))
        for code, parent, country in rows
    }


def has_passed(day: ColumnElement[Any], today: Mapping[str, date]) -> ColumnElement[bool]:
    """The condition that a day has passed where the violation lies. today: local date by country."""
    latest = max(today.values())
    if len(set(today.values())) == 1:
        return day < latest
    local = case(*((V.country == country, date) for country, date in today.items()))
    return and_(day < latest, day < local)  # the first for an index, the second for the hour between


def local_dates(now: datetime) -> Mapping[str, date]:
    """Today in every country we serve."""
    return {country: local_date(now, country) for country in COUNTRIES}


def conditions(filters: Filters, today: Mapping[str, date]) -> Iterator[ColumnElement[bool]]:
    """Conditions of everything but area, states, operator, facility and text."""
    for day, wanted in ((V.due_on, filters.overdue), (V.answer_by, filters.explanation_overdue)):
        if wanted is not None:
            late = has_passed(day, today)
            if not set(filters.states) <= set(STANDING):  # else it is said already
                late = and_(late, V.state.in_([state.value for state in STANDING]))
            yield late if wanted else or_(day.is_(None), ~late)
    if filters.group is not None:
        yield V.groups.bitwise_and(1 << GROUPS.index(filters.group)) != 0
    for column, value in (
        (V.office_id, filters.office),
        (V.severity, filters.severity),
        (V.kind, filters.kind),
        (V.ownership, filters.ownership),
        (V.zone, filters.zone),
        (V.criterion, filters.criterion),
    ):
        if value is not None:
            yield column == value
    if filters.due_before is not None:
        yield V.due_on < filters.due_before
    if filters.due_after is not None:
        yield V.due_on > filters.due_after
    if filters.prescribed is not None:
        yield V.prescription_id.is_not(None) if filters.prescribed else V.prescription_id.is_(None)


def at_few_facilities(session: Session, caller: Caller, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Conditions that name facilities instead of columns of a violation: by operator, by id and by words."""
    facilities = select(Facility.home_region, Facility.id).where(within(Facility, caller))
    spot = tuple_(V.home_region, V.facility_id)
    if filters.operator_id is not None:
        yield spot.in_(facilities.where(Facility.operator_id == filters.operator_id))
    if filters.facility is not None:
        yield spot.in_(facilities.where(Facility.id == filters.facility))
    if filters.text is not None:
        named = spot.in_(facilities.where(finds(Facility.search, filters.text)))
        criteria = criteria_titled(session, filters.text)
        yield or_(named, V.criterion.in_(sorted(criteria))) if criteria else named
