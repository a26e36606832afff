"""Facilities that are planned, declared and verified to be adapted, and what is known of their use."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from inspection.countries import local_date
from inspection.criteria import GROUPS
from inspection.passport import Access
from inspection.reports.asked import Asked, Count, Path
from inspection.reports.listing import Listing, What, listed
from inspection.tables.facilities import Facility, Standing
from inspection.tables.use_records import UseRecord
from inspection.use_evidence import NO_COUNTS
from inspection.use_states import STATEMENT_HOLDS, UseState

F = Facility
PLACED = F.country, F.region_code, F.district_code


def counts(asked: Asked) -> Iterator[Count]:
    """Facilities that are in use."""
    yield from _adapted(asked)
    yield from _use(asked)


def listing(asked: Asked, figure: Path) -> Listing:
    """The facilities that one of these figures counts."""
    if figure[0] == "adapted":
        return _adapted_listing(asked, figure[-1])
    of_each = _with_state(asked, F.home_region, F.id, F.catchment).subquery().c
    shown = of_each.state, of_each.catchment
    statement = listed(of_each.key, of_each, of_each.id, of_each.id, *shown)
    return Listing(What.FACILITY, statement.where(of_each.state == figure[-1]), of_each, _of_use)


def _adapted(asked: Asked) -> Iterator[Count]:
    """Facilities planned to be adapted by the year of the last day, declared so by then, and found so by now."""
    key, facts = asked.key(F), _facts(asked)
    sums = [func.sum(case((fact, 1), else_=0)) for fact in facts.values()]
    statement = select(key, *sums).select_from(F).outerjoin(Standing, _of_facility()).where(F.active)
    for row, *numbers in asked.rows(statement.group_by(key), F):
        for name, number in zip(facts, numbers, strict=True):
            yield row, ("adapted", name), number


def _facts(asked: Asked) -> Mapping[str, ColumnElement[bool]]:
    last = asked.period.last
    full = and_(*(Standing.passport["site"][group].as_string() == Access.FULL for group in GROUPS))
    return {
        "plan": F.adaptation_plan_year <= last.year,
        "declared": F.adaptation_declared_on <= last,
        "verified": full,
    }


def _of_facility() -> ColumnElement[bool]:
    return and_(Standing.home_region == F.home_region, Standing.id == F.id)


def _adapted_listing(asked: Asked, fact: str) -> Listing:
    shown = F.country, F.adaptation_plan_year, F.adaptation_declared_on, Standing.audited_at
    statement = listed(asked.key(F), F, F.id, F.id, *shown).select_from(F)
    statement = statement.outerjoin(Standing, _of_facility()).where(F.active, _facts(asked)[fact])

    def said(row: Any) -> tuple[date | None, Mapping[str, Any]]:
        audited_on = None if row.audited_at is None else local_date(row.audited_at, row.country)
        days = {"declared": row.adaptation_declared_on, "verified": audited_on}
        plan = {"adaptation_plan_year": row.adaptation_plan_year}
        return days.get(fact), {
            **plan,
            "adaptation_declared_on": row.adaptation_declared_on,
            "audited_on": audited_on,
        }

    return Listing(What.FACILITY, statement, F, said)


def _use(asked: Asked) -> Iterator[Count]:
    of_each = _with_state(asked).subquery().c
    statement = select(of_each.key, of_each.state, func.count()).group_by(of_each.key, of_each.state)
    for row, name, number in asked.rows(statement, of_each):
        yield row, ("use", name), number


def _of_use(row: Any) -> tuple[None, Mapping[str, Any]]:
    return None, {"use_state": row.state, "catchment": row.catchment}


def _with_state(asked: Asked, *columns: Any) -> Select[Any]:
    """What is known of visits by people with disabilities, in states of their own (domain notes 4.3).

    A statement that there are none holds for a year if it has two signatures, and not beyond a visit that was
    counted or complained of later. What was withdrawn says nothing.
    """
    last, u = asked.period.last, UseRecord
    known = and_(u.period_from <= last, u.withdrawn_at.is_(None))
    of_facility = and_(u.home_region == F.home_region, u.facility_id == F.id)
    signed_twice = or_(u.audit_id.is_not(None), u.countersigned_at.is_not(None))
    in_force = and_(u.signed_on <= last, u.signed_on >= last - STATEMENT_HOLDS, u.period_to >= last)
    still_holds = and_(u.attested_zero, signed_twice, in_force, ~_visited_since(last))
    counts = and_(~u.attested_zero, u.source.not_in(NO_COUNTS))
    state = case(
        (exists().where(of_facility, known, still_holds), UseState.ATTESTED_ZERO.value),
        (exists().where(of_facility, known, counts), UseState.COUNTED.value),
        (
            or_(F.catchment.is_not(None), exists().where(of_facility, known, u.clients > 0)),
            UseState.ESTIMATED.value,
        ),
        else_=UseState.UNKNOWN.value,
    )
    return select(asked.key(F).label("key"), state.label("state"), *PLACED, *columns).where(F.active)


def _visited_since(last: date) -> ColumnElement[bool]:
    """That somebody came after the statement was signed."""
    visit, u = aliased(UseRecord), UseRecord
    return exists().where(
        visit.home_region == u.home_region,
        visit.facility_id == u.facility_id,
        visit.withdrawn_at.is_(None),
        visit.visits > 0,
        visit.period_to > u.signed_on,
        visit.period_to <= last,
    )
