"""The figures of a period: checks, violations, prescriptions and their execution, adaptation, evidence of use.

Source of the set of figures: what the ministry publishes (domain notes 3.5 and 5.3). A day is a local date of the
area. Everything is counted from rows a caller may see, by region, district or kind of facility. What nobody
records yet (fines, obstructed visits of the past) is null with a state, never zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.countries import COUNTRIES, local_date
from inspection.criteria import GROUPS, Severity
from inspection.errors import Fault, InvalidInput
from inspection.history import DecisionKind, EndedBy
from inspection.passport import Access
from inspection.past_episodes import past_episodes, word_that_held
from inspection.periods import Period, starts
from inspection.report_obstruction import NOTHING, Obstructed, figures, statement
from inspection.tables.areas import Area
from inspection.tables.audits import Audit, Ground
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Facility, Standing
from inspection.tables.prescriptions import Prescription
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import Violation, ViolationState
from inspection.use_evidence import NO_COUNTS
from inspection.use_states import STATEMENT_HOLDS

PLACED = Facility.country, Facility.region_code, Facility.district_code
LONGEST = timedelta(days=10 * 366)
ITEMS = ("executed_in_time", "executed_late", "extended", "overdue")
Figures = dict[str, Any]
Count = tuple[str | None, tuple[str, ...], int]  # key of the row, path of the figure, number


class By(StrEnum):
    """What the rows of a report are."""

    REGION = "region"
    DISTRICT = "district"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class _Report:
    """What a report is asked for."""

    session: Session
    caller: Caller
    period: Period
    by: By
    area: str | None
    now: datetime

    def judged_on(self, country: str) -> date:
        """The day on which it is asked what is overdue: after the last day, but never after today."""
        return min(self.period.last + timedelta(days=1), local_date(self.now, country))

    def key(self, model: Any) -> Any:
        """The column that says which row of the report something belongs to."""
        return getattr(model, {By.REGION: "region_code", By.DISTRICT: "district_code", By.KIND: "kind"}[self.by])

    def rows(self, statement: Select[Any], placed: Any) -> Iterator[Any]:
        """Rows of a statement, for what lies in the area and the caller may see. placed: the table that lies."""
        narrowed = narrow(statement, placed, self.caller)
        if self.area is not None:
            narrowed = narrowed.where(lies_in(self.session, placed, self.area))
        return iter(self.session.execute(narrowed))


def report(
    session: Session,
    caller: Caller,
    *,
    period: Period,
    now: datetime,
    area: str | None = None,
    by: By = By.REGION,
) -> Figures:
    """The figures of a period in an area, by region, district or kind, and of all rows together.

    Raises InvalidInput for an unknown area and for a period that ends before it begins or is over ten years long.
    """
    if not timedelta(0) <= period.last - period.first <= LONGEST:
        raise InvalidInput([Fault("/to", "the period ends before it begins, or is too long", "ten years at most")])
    asked = _Report(session, caller, period, by, area, now)
    found: dict[str | None, Figures] = defaultdict(_nothing)
    total = _nothing()
    for key, path, number in _counts(asked):
        _add(found[key], path, number)
        _add(total, path, number)
    obstructed = list(_obstructed(asked))
    for each in obstructed:
        found[each.key]["obstructed_visits"] = figures([each])
    total["obstructed_visits"] = figures(obstructed)
    names = _names(session, by, found)
    rows = [
        {"key": key, **names.get(key, {}), **found[key]}
        for key in sorted(found, key=lambda k: (k is None, k or ""))
    ]
    return {"from": period.first, "to": period.last, "area": area, "by": by, "rows": rows, "total": total}


def _nothing() -> Figures:
    """A row in which nothing was counted. Zones and kinds are data: only those that occur are named."""
    return {
        "checks": {"total": 0, **{ground.value: 0 for ground in Ground}},
        "facilities_checked": {"total": 0, "by_kind": {}},
        "violations_found": {
            "total": 0,
            "by_severity": {severity.value: 0 for severity in Severity},
            "by_group": dict.fromkeys(GROUPS, 0),
            "by_zone": {},
        },
        "prescriptions": 0,
        "items": dict.fromkeys(ITEMS, 0),
        "rechecks": {"total": 0, "declared_adapted_but_not": 0},
        "adapted": {"plan": 0, "declared": 0, "verified": 0},
        "use": {"counted": 0, "estimated": 0, "unknown": 0, "attested_zero": 0},
        "fines": {"state": "not_recorded", "number": None, "sum": None},
        "obstructed_visits": dict(NOTHING),
    }


def _add(figures: Figures, path: tuple[str, ...], number: int) -> None:
    *way, last = path
    for step in way:
        figures = figures[step]
    figures[last] = figures.get(last, 0) + number


def _counts(asked: _Report) -> Iterator[Count]:
    yield from _checks(asked)
    yield from _found(asked)
    yield from _prescriptions(asked)
    yield from _items(asked)
    yield from _extended(asked)
    yield from _past(asked)
    yield from _adapted(asked)
    yield from _use(asked)


def _checks(asked: _Report) -> Iterator[Count]:
    """Visits. A correction is the same visit once more, so it counts for nothing here."""
    visited = and_(Audit.observed_on.between(asked.period.first, asked.period.last), Audit.corrects_id.is_(None))
    key = asked.key(Audit)
    but_not = and_(Facility.adaptation_declared_on <= Audit.observed_on, Audit.failed > 0)
    grounds = (
        select(key, Audit.ground, func.count(), func.sum(case((but_not, 1), else_=0)))
        .join(Facility, (Facility.home_region == Audit.home_region) & (Facility.id == Audit.facility_id))
        .where(visited)
        .group_by(key, Audit.ground)
    )
    for row, ground, number, declared_but_not in asked.rows(grounds, Audit):
        yield row, ("checks", "total"), number
        yield row, ("checks", ground), number
        if ground == Ground.FOLLOW_UP:
            yield row, ("rechecks", "total"), number
            yield row, ("rechecks", "declared_adapted_but_not"), declared_but_not
    kinds = select(key, Audit.kind, func.count(distinct(Audit.facility_id))).where(visited)
    for row, kind, number in asked.rows(kinds.group_by(key, Audit.kind), Audit):
        yield row, ("facilities_checked", "by_kind", kind), number
    objects = select(key, func.count(distinct(Audit.facility_id))).where(visited).group_by(key)
    for row, number in asked.rows(objects, Audit):
        yield row, ("facilities_checked", "total"), number


def _found(asked: _Report) -> Iterator[Count]:
    """Violations whose newest episode an audit opened in the period: what a waiver left behind was not found."""
    by_audit = exists().where(Audit.home_region == Violation.home_region, Audit.id == Violation.opened_by)
    key = asked.key(Violation)
    statement = (
        select(key, Violation.severity, Violation.zone, Violation.groups, func.count())
        .where(asked.period.holds_moment(Violation.opened_at, Violation.country), by_audit)
        .where(Violation.state != ViolationState.WITHDRAWN)
        .group_by(key, Violation.severity, Violation.zone, Violation.groups)
    )
    for row, severity, zone, groups, number in asked.rows(statement, Violation):
        yield from _as_found(row, severity, zone, groups, number)


def _as_found(row: str | None, severity: str, zone: str, groups: int, number: int) -> Iterator[Count]:
    yield row, ("violations_found", "total"), number
    yield row, ("violations_found", "by_severity", severity), number
    yield row, ("violations_found", "by_zone", zone), number
    for bit, group in enumerate(GROUPS):
        if groups >> bit & 1:
            yield row, ("violations_found", "by_group", group), number


def _prescriptions(asked: _Report) -> Iterator[Count]:
    same = (Facility.home_region == Prescription.home_region) & (Facility.id == Prescription.facility_id)
    key = Facility.kind if asked.by is By.KIND else asked.key(Prescription)
    issued = Prescription.issued_on.between(asked.period.first, asked.period.last)
    statement = (
        select(key, func.count()).select_from(Prescription).join(Facility, same).where(issued).group_by(key)
    )
    for row, number in asked.rows(statement, Prescription):
        yield row, ("prescriptions",), number


def _items(asked: _Report) -> Iterator[Count]:
    """Told items: executed in the period, and overdue when its last day was over."""
    key, period, v = asked.key(Violation), asked.period, Violation
    declared = case((v.declared_at.is_not(None), v.episodes))  # long, and needed of few
    executed = (
        select(key, v.country, v.due_on, v.ended_at, declared)
        .where(v.due_on.is_not(None), v.ended_by == EndedBy.MEASURED_PASS)
        .where(period.holds_moment(v.ended_at, v.country))
    )
    for row, country, due_on, ended_at, episodes in asked.rows(executed, v):
        word = word_that_held(episodes[-1]) if episodes else None
        yield row, ("items", _execution(country, due_on, ended_at, word)), 1
    late = or_(*(and_(v.country == code, *_late(asked, code)) for code in COUNTRIES))
    overdue = select(key, func.count()).where(late, v.state != ViolationState.WITHDRAWN).group_by(key)
    for row, number in asked.rows(overdue, v):
        yield row, ("items", "overdue"), number


def _execution(country: str, due_on: date, ended_at: datetime, declared_at: datetime | None) -> str:
    # Who said in time that it is done, and was found right, does not answer for when somebody came to look.
    return "executed_in_time" if local_date(declared_at or ended_at, country) <= due_on else "executed_late"


def _late(asked: _Report, country: str) -> Sequence[ColumnElement[bool]]:
    end, v = asked.period.end(country), Violation
    return (v.due_on < asked.judged_on(country), v.opened_at < end, or_(v.ended_at.is_(None), v.ended_at >= end))


def _extended(asked: _Report) -> Iterator[Count]:
    """Items with a later date decided in the period, unless that was taken back."""
    key = asked.key(Violation)
    revoked = select(DecisionRow.revokes).where(DecisionRow.revokes.is_not(None))
    same = (Violation.home_region == DecisionRow.home_region) & (Violation.id == DecisionRow.violation_id)
    statement = (
        select(key, func.count(distinct(DecisionRow.violation_id)))
        .select_from(DecisionRow)
        .join(Violation, same)
        .where(DecisionRow.kind == DecisionKind.EXTEND, DecisionRow.id.not_in(revoked))
        .where(asked.period.holds_moment(DecisionRow.decided_at, DecisionRow.country))
        .group_by(key)
    )
    for row, number in asked.rows(statement, Violation):
        yield row, ("items", "extended"), number


def _past(asked: _Report) -> Iterator[Count]:
    """What the rows of violations no longer say: episodes before the newest."""
    for past in past_episodes(
        asked.session, lambda statement: asked.rows(statement, Violation), asked.key(Violation)
    ):
        first, end = starts(asked.period.first, past.country), asked.period.end(past.country)
        if past.found and first <= past.opened_at < end:
            yield from _as_found(past.key, past.severity, past.zone, past.groups, 1)
        if past.due_on is None:
            continue
        if past.executed and first <= past.ended_at < end:
            execution = _execution(past.country, past.due_on, past.ended_at, past.declared_at)
            yield past.key, ("items", execution), 1
        if past.due_on < asked.judged_on(past.country) and past.opened_at < end <= past.ended_at:
            yield past.key, ("items", "overdue"), 1


def _adapted(asked: _Report) -> Iterator[Count]:
    """Facilities planned to be adapted by the year of the last day, declared so by then, and found so by now."""
    key, last = asked.key(Facility), asked.period.last
    same = (Standing.home_region == Facility.home_region) & (Standing.id == Facility.id)
    full = and_(*(Standing.passport["site"][group].as_string() == Access.FULL for group in GROUPS))
    facts = {
        "plan": Facility.adaptation_plan_year <= last.year,
        "declared": Facility.adaptation_declared_on <= last,
        "verified": full,
    }
    sums = [func.sum(case((fact, 1), else_=0)) for fact in facts.values()]
    statement = select(key, *sums).outerjoin(Standing, same).where(Facility.active).group_by(key)
    for row, *numbers in asked.rows(statement, Facility):
        for name, number in zip(facts, numbers, strict=True):
            yield row, ("adapted", name), number


def _use(asked: _Report) -> Iterator[Count]:
    """What is known of visits by people with disabilities, in states of their own (domain notes 4.3).

    A statement that there are none holds for a year if it has two signatures, and not beyond a visit that was
    counted or complained of later. What was withdrawn says nothing.
    """
    key, last, u = asked.key(Facility), asked.period.last, UseRecord
    known = and_(u.period_from <= last, u.withdrawn_at.is_(None))
    of_facility = and_(u.home_region == Facility.home_region, u.facility_id == Facility.id)
    visit = aliased(UseRecord)
    visited_since = exists().where(
        visit.home_region == u.home_region,
        visit.facility_id == u.facility_id,
        visit.withdrawn_at.is_(None),
        visit.visits > 0,
        visit.period_to > u.signed_on,
        visit.period_to <= last,
    )
    signed_twice = or_(u.audit_id.is_not(None), u.countersigned_at.is_not(None))
    in_force = and_(u.signed_on <= last, u.signed_on >= last - STATEMENT_HOLDS, u.period_to >= last)
    still_holds = and_(u.attested_zero, signed_twice, in_force, ~visited_since)
    counts = and_(~u.attested_zero, u.source.not_in(NO_COUNTS))
    state = case(
        (exists().where(of_facility, known, still_holds), "attested_zero"),
        (exists().where(of_facility, known, counts), "counted"),
        (or_(Facility.catchment.is_not(None), exists().where(of_facility, known, u.clients > 0)), "estimated"),
        else_="unknown",
    )
    of_each = select(key.label("key"), state.label("state"), *PLACED).where(Facility.active).subquery().c
    statement = select(of_each.key, of_each.state, func.count()).group_by(of_each.key, of_each.state)
    for row, name, number in asked.rows(statement, of_each):
        yield row, ("use", name), number


def _obstructed(asked: _Report) -> Iterator[Obstructed]:
    key = Facility.kind if asked.by is By.KIND else asked.key(Standing)
    return (Obstructed(*row) for row in asked.rows(statement(key), Standing))


def _names(session: Session, by: By, keys: Iterable[str | None]) -> Mapping[str | None, Figures]:
    """Names of the areas that the rows are about."""
    if by is By.KIND:
        return {}
    named = select(Area.code, Area.name_kk, Area.name_ru, Area.name_en)
    codes = [key for key in keys if key is not None]
    found = session.execute(named.where(Area.code.in_(codes)))
    return {code: {"name_kk": kk, "name_ru": ru, "name_en": en} for code, kk, ru, en in found}
