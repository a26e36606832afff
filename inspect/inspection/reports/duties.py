"""Violations that were found in a period, and what became of the items that people were told of.

The row of a violation tells of its newest episode only; those before it are in `past_duties.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, or_, select, text

from inspection.countries import COUNTRIES, local_date
from inspection.criteria import GROUPS
from inspection.history import DecisionKind
from inspection.past_episodes import word_that_held
from inspection.reports import past_duties
from inspection.reports.asked import Asked, Count, Path
from inspection.reports.listing import Listing, What, listed
from inspection.reports.past_duties import as_found, execution
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.violations import Violation, ViolationState

V = Violation
STOOD = sorted(
    state.value for state in ViolationState if state is not ViolationState.WITHDRAWN
)  # ranges of an index
EXECUTED = text("violations.due_on IS NOT NULL AND violations.ended_by = 'measured_pass'")  # as the index says it
SHOWN = V.country, V.criterion, V.place, V.zone, V.severity, V.groups, V.opened_at, V.ended_at, V.due_on


def counts(asked: Asked) -> Iterator[Count]:
    """Violations found, and told items by what became of them."""
    yield from found_and_executed(asked)
    yield from _overdue(asked)
    yield from extended(asked)


def found_and_executed(asked: Asked) -> Iterator[Count]:
    """Of `counts` what the period itself brought: violations found, and told items executed."""
    yield from _found(asked)
    yield from _executed(asked)
    yield from past_duties.counts(asked)


def listing(asked: Asked, figure: Path) -> Listing:
    """The episodes that one of these figures counts."""
    statement = listed(asked.key(V), V, V.id, V.facility_id, *SHOWN)
    if figure[0] == "violations_found":
        found = statement.where(*_is_found(asked), *_is_of(figure))
        return _listing(asked, figure, found, "opened_at")
    match figure[-1]:
        case "overdue":
            return _listing(asked, figure, statement.where(*_is_overdue(asked)), "due_on")
        case "extended":
            return _extended_listing(asked, statement)
        case _:
            executed = statement.add_columns(_declared()).where(*_is_executed(asked))
            return _listing(asked, figure, executed, "ended_at", keeps=lambda row: _became(row) == figure[-1])


def _listing(asked: Asked, figure: Path, statement: Select[Any], day: str, **more: Any) -> Listing:
    further = past_duties.things(asked, figure)
    return Listing(What.VIOLATION, statement, V, lambda row: _said(row, day), further=further, **more)


def _said(row: Any, day: str) -> tuple[date, Mapping[str, Any]]:
    at = getattr(row, day)
    on = local_date(at, row.country) if isinstance(at, datetime) else at
    return on, past_duties.shown(row, newest=True)


def _found(asked: Asked) -> Iterator[Count]:
    key = asked.key(V)
    statement = select(key, V.severity, V.zone, V.groups, func.count()).where(*_is_found(asked))
    for row, severity, zone, groups, number in asked.rows(
        statement.group_by(key, V.severity, V.zone, V.groups), V
    ):
        yield from ((row, path, number) for path in as_found(severity, zone, groups))


def _is_found(asked: Asked) -> Sequence[ColumnElement[bool]]:
    """Whose newest episode an audit opened in the period: what a waiver left behind was not found."""
    by_audit = exists().where(Audit.home_region == V.home_region, Audit.id == V.opened_by)
    return asked.period.holds_moment(V.opened_at, V.country), by_audit, V.state.in_(STOOD)


def _is_of(figure: Path) -> Sequence[ColumnElement[bool]]:
    match figure[1:]:
        case ("by_severity", severity):
            return (V.severity == severity,)
        case ("by_zone", zone):
            return (V.zone == zone,)
        case ("by_group", group):
            return (V.groups.bitwise_and(1 << GROUPS.index(group)) != 0,)
        case _:
            return ()


def _executed(asked: Asked) -> Iterator[Count]:
    """Told items that were executed in the period."""
    key = asked.key(V)
    executed = select(key, V.country, V.due_on, V.ended_at, _declared()).where(*_is_executed(asked))
    for row in asked.rows(executed, V):
        yield row[0], ("items", _became(row)), 1


def _overdue(asked: Asked) -> Iterator[Count]:
    """Told items that were overdue when the last day of the period was over."""
    key = asked.key(V)
    overdue = select(key, func.count()).where(*_is_overdue(asked)).group_by(key)
    for row, number in asked.rows(overdue, V):
        yield row, ("items", "overdue"), number


def _declared() -> ColumnElement[Any]:
    return case((V.declared_at.is_not(None), V.episodes)).label("declared")  # long, and needed of few


def _is_executed(asked: Asked) -> Sequence[Any]:
    ended = asked.period.holds_moment(V.ended_at, V.country)
    return EXECUTED, ended


def _became(row: Any) -> str:
    word = word_that_held(row.declared[-1]) if row.declared else None
    return execution(row.country, row.due_on, row.ended_at, word)


def _is_overdue(asked: Asked) -> Sequence[ColumnElement[bool]]:
    late = or_(*(and_(V.country == code, *_late(asked, code)) for code in COUNTRIES))
    return late, V.state != ViolationState.WITHDRAWN


def _late(asked: Asked, country: str) -> Sequence[ColumnElement[bool]]:
    end = asked.period.end(country)
    return V.due_on < asked.judged_on(country), V.opened_at < end, or_(V.ended_at.is_(None), V.ended_at >= end)


def extended(asked: Asked) -> Iterator[Count]:
    """Items with a later date decided in the period, unless that was taken back."""
    key, later = asked.key(V), _later_dates(asked)
    statement = select(key, func.count()).join_from(V, later, _same(later)).group_by(key)
    for row, number in asked.rows(statement, V):
        yield row, ("items", "extended"), number


def _extended_listing(asked: Asked, statement: Select[Any]) -> Listing:
    later = _later_dates(asked)
    extended = statement.add_columns(later.c.decided_at).join_from(V, later, _same(later))
    return Listing(What.VIOLATION, extended, V, lambda row: _said(row, "decided_at"))


def _later_dates(asked: Asked) -> Subquery:
    """For each violation when its date was last moved in the period: a violation counts once."""
    d = DecisionRow
    revoked = select(d.revokes).where(d.revokes.is_not(None))
    decided = select(d.home_region, d.violation_id, func.max(d.decided_at).label("decided_at"))
    decided = decided.where(d.kind == DecisionKind.EXTEND, d.id.not_in(revoked))
    decided = decided.where(asked.period.holds_moment(d.decided_at, d.country))
    return decided.group_by(d.home_region, d.violation_id).subquery()


def _same(later: Subquery) -> ColumnElement[bool]:
    return and_(later.c.home_region == V.home_region, later.c.violation_id == V.id)
