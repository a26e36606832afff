"""The figures of a report, counted once more by plain loops over random rows."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.criteria import GROUPS
from inspection.errors import InvalidInput
from inspection.history import DecisionKind
from inspection.periods import Period
from inspection.reports.asked import By
from inspection.reports.figures import report
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Facility, Standing
from inspection.tables.fines import Fine
from inspection.tables.people import Role
from inspection.tables.prescriptions import Prescription
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import Violation
from tests.clock import NOW
from tests.inspection.report_scene import PERIODS, Rows, local, make, of, put
from tests.inspection.violation_samples import Row
from tests.inspection.world import (
    COUNTRY,
    DISTRICT,
    FAILS,
    OTHER_REGION,
    PASSES,
    REGION,
    STEP,
    World,
)


def within(period: Period, day: date | None) -> bool:
    return day is not None and period.first <= day <= period.last


@pytest.fixture
def rows(world: World, session: Session) -> Rows:
    """Rows of every table a report counts, with dates around the periods and midnights."""
    made = make(world, random.Random(3))
    put(session, made)
    return made


@pytest.fixture
def ministry(world: World) -> Caller:
    return world.caller(world.person(Role.MINISTRY, COUNTRY))


@pytest.mark.parametrize("by", list(By))
def test_every_figure_is_what_loops_over_the_rows_give(
    session: Session, rows: Rows, ministry: Caller, by: By
) -> None:
    column = {By.REGION: "region_code", By.DISTRICT: "district_code", By.KIND: "kind"}[by]
    for period in PERIODS:
        found = report(session, ministry, period=period, now=NOW, by=by)
        assert _flat(found["total"]) == _loops(rows, period, lambda _: True)
        assert {row["key"] for row in found["rows"]} == {f[column] for f in rows[Facility]}
        for row in found["rows"]:
            assert _flat(row) == _loops(rows, period, _holding(column, row["key"])), row["key"]


@pytest.mark.parametrize("area", [COUNTRY, REGION, DISTRICT])
def test_a_report_of_an_area_counts_only_what_lies_in_it(
    session: Session, rows: Rows, ministry: Caller, area: str
) -> None:
    found = report(session, ministry, period=PERIODS[0], now=NOW, area=area)
    placed = ("country", "region_code", "district_code")
    assert _flat(found["total"]) == _loops(rows, PERIODS[0], lambda r: area in {r[name] for name in placed})


def test_a_report_counts_only_what_the_caller_may_see(world: World, session: Session, rows: Rows) -> None:
    head = world.caller(world.head)
    found = report(session, head, period=PERIODS[0], now=NOW)
    assert _flat(found["total"]) == _loops(rows, PERIODS[0], lambda r: r["region_code"] == REGION)
    assert _flat(report(session, head, period=PERIODS[0], now=NOW, area=OTHER_REGION)["total"]) == {}


def test_obstructed_visits_that_nobody_ranked_are_absent_and_not_zero(session: Session, ministry: Caller) -> None:
    total = report(session, ministry, period=PERIODS[0], now=NOW)["total"]
    obstructed = {"state": "not_recorded", "now": None, "at_start": None, "placeholder_share": None}
    assert total["obstructed_visits"] == obstructed


@pytest.mark.parametrize(
    "period", [Period(date(2026, 3, 2), date(2026, 3, 1)), Period(date(1990, 1, 1), date(2026, 1, 1))]
)
def test_a_period_that_is_backwards_or_too_long_is_refused(
    session: Session, ministry: Caller, period: Period
) -> None:
    with pytest.raises(InvalidInput) as refused:
        report(session, ministry, period=period, now=NOW)
    assert [fault.pointer for fault in refused.value.faults] == ["/to"]


def test_an_execution_stays_in_the_report_of_its_time_when_the_violation_comes_back(
    world: World, session: Session
) -> None:
    facility = world.facility()
    found_on, remedied_on, back_on = (NOW - timedelta(days=days) for days in (90, 30, 2))
    for at, answers in ((found_on, FAILS), (remedied_on, PASSES), (back_on, {**PASSES, STEP: 0.05})):
        world.clock.now = at + timedelta(hours=1)
        audit = world.audited(facility, answers, at=at)
        if at == found_on:
            world.prescribe(audit)
    head = world.caller(world.head)
    then = report(session, head, period=Period(local(found_on), local(remedied_on)), now=NOW)["total"]
    assert then["violations_found"]["total"] == len(FAILS)
    assert then["items"]["executed_in_time"] + then["items"]["executed_late"] == len(FAILS)
    since = report(session, head, period=Period(local(back_on), local(back_on)), now=NOW)["total"]
    assert since["violations_found"]["total"] == 1
    assert since["items"] == dict.fromkeys(since["items"], 0)


# Days after the due date: declared by the operator, seen failing once more, measured as a pass.
EXECUTIONS = (
    (None, None, 0, "executed_in_time"),
    (None, None, 1, "executed_late"),
    (-5, None, 20, "executed_in_time"),
    (0, None, 20, "executed_in_time"),
    (1, None, 20, "executed_late"),
    (-5, 3, 20, "executed_late"),
)


@pytest.mark.parametrize(("declared", "failed", "passed", "figure"), EXECUTIONS)
@pytest.mark.parametrize("came_back", [False, True])
def test_what_was_declared_by_its_day_and_measured_later_was_executed_in_time(
    world: World,
    session: Session,
    *,
    declared: int | None,
    failed: int | None,
    passed: int,
    figure: str,
    came_back: bool,
) -> None:
    facility = world.facility()
    prescription = world.prescribe(world.audited(facility, {**PASSES, STEP: FAILS[STEP]}))
    due = world.violation(facility, STEP).due_on
    assert due is not None

    def on(days: int) -> datetime:
        world.clock.now = datetime.combine(due + timedelta(days=days), NOW.timetz())
        return world.clock.now

    if declared is not None:
        on(declared)
        world.decide(facility, STEP, DecisionKind.DECLARE)
    if failed is not None:
        at = on(failed)
        world.audited(facility, {STEP: FAILS[STEP]}, at=at - timedelta(hours=1))
    at = on(passed)
    world.audited(facility, {STEP: PASSES[STEP]}, at=at - timedelta(hours=1))
    if came_back:
        at = on(passed + 30)
        world.audited(facility, {STEP: FAILS[STEP]}, at=at - timedelta(hours=1))
    period = Period(prescription.issued_on, local(world.clock()))
    items = report(session, world.caller(world.head), period=period, now=world.clock())["total"]["items"]
    assert {name: number for name, number in items.items() if number and name != "overdue"} == {figure: 1}


def _holding(column: str, value: str | None) -> Callable[[Row], bool]:
    return lambda row: bool(row[column] == value)


def _flat(figures: Mapping[str, Any], path: str = "") -> Counter[str]:
    """Figures by their path, zeros left out."""
    flat: Counter[str] = Counter()
    for name, value in figures.items():
        if isinstance(value, Mapping):
            flat += _flat(value, f"{path}{name}.")
        elif isinstance(value, int) and value:
            flat[f"{path}{name}"] = value
    return flat


def _loops(rows: Rows, period: Period, holds: Callable[[Row], bool]) -> Counter[str]:
    kinds = {f["id"]: f["kind"] for f in rows[Facility]}
    told: list[str] = []
    for model, count in ((Audit, _checks), (Violation, _violations), (Facility, _facilities)):
        told += [name for row in rows[model] if holds(row) for name in count(rows, row, period)]
    visited = {a["facility_id"]: a["kind"] for a in rows[Audit] if holds(a) and _visit(a, period)}
    told += ["facilities_checked.total" for _ in visited]
    told += [f"facilities_checked.by_kind.{kind}" for kind in visited.values()]
    prescribed = [p | {"kind": kinds[p["facility_id"]]} for p in rows[Prescription]]
    fined = [f | {"kind": kinds[f["facility_id"]]} for f in rows[Fine] if f["withdrawn_at"] is None]
    sums = [f["sum"] for f in fined if holds(f) and within(period, f["imposed_on"])]
    told += ["prescriptions" for p in prescribed if holds(p) and within(period, p["issued_on"])]
    return Counter(told) + Counter({"fines.number": len(sums), "fines.sum": sum(sums)})


def _visit(audit: Row, period: Period) -> bool:
    return within(period, audit["observed_on"]) and audit["corrects_id"] is None


def _checks(rows: Rows, audit: Row, period: Period) -> Iterator[str]:
    if not _visit(audit, period):
        return
    yield "checks.total"
    yield f"checks.{audit['ground']}"
    if audit["ground"] == "follow_up":
        yield "rechecks.total"
        (declared,) = (f["adaptation_declared_on"] for f in rows[Facility] if f["id"] == audit["facility_id"])
        if declared and declared <= audit["observed_on"] and audit["failed"]:
            yield "rechecks.declared_adapted_but_not"


def _violations(rows: Rows, v: Row, period: Period) -> Iterator[str]:
    opened, ended, due = local(v["opened_at"]), v["ended_at"] and local(v["ended_at"]), v["due_on"]
    by_audit = any(audit["id"] == v["opened_by"] for audit in rows[Audit])
    if v["state"] != "withdrawn" and by_audit and within(period, opened):
        yield "violations_found.total"
        yield f"violations_found.by_severity.{v['severity']}"
        yield f"violations_found.by_zone.{v['zone']}"
        yield from (f"violations_found.by_group.{g}" for n, g in enumerate(GROUPS) if v["groups"] & 1 << n)
    if due and v["ended_by"] == "measured_pass" and within(period, ended):
        refuted = [episode for episode in v["episodes"] if "refuted_at" in episode]
        done = local(v["declared_at"]) if v["declared_at"] and not refuted else ended
        yield "items.executed_in_time" if done <= due else "items.executed_late"
    asked_on = min(period.last + timedelta(days=1), local(NOW))
    stood = opened <= period.last and (ended is None or ended > period.last)
    if due and v["state"] != "withdrawn" and due < asked_on and stood:
        yield "items.overdue"
    revoked = {d["revokes"] for d in rows[DecisionRow]}
    of_it = [d for d in rows[DecisionRow] if d["violation_id"] == v["id"] and d["id"] not in revoked]
    if any(d["kind"] == "extend" and within(period, local(d["decided_at"])) for d in of_it):
        yield "items.extended"


def _facilities(rows: Rows, f: Row, period: Period) -> Iterator[str]:
    if not f["active"]:
        return
    if f["adaptation_plan_year"] and f["adaptation_plan_year"] <= period.last.year:
        yield "adapted.plan"
    if f["adaptation_declared_on"] and f["adaptation_declared_on"] <= period.last:
        yield "adapted.declared"
    sites = [s["passport"]["site"] for s in rows[Standing] if s["id"] == f["id"]]
    if any(all(site[group] == "full" for group in GROUPS) for site in sites):
        yield "adapted.verified"
    yield f"use.{_use(rows, f, period)}"


def _use(rows: Rows, f: Row, period: Period) -> str:
    records = [u for u in rows[UseRecord] if u["facility_id"] == f["id"] and u["period_from"] <= period.last]
    records = [u for u in records if u["withdrawn_at"] is None]
    counts = [u for u in records if u["source"] in ("tickets", "counted")]
    seen = [u["period_to"] for u in records if u["visits"] and u["period_to"] <= period.last]
    for statement in (u for u in records if u["attested_zero"]):
        signed = statement["signed_on"]
        fresh = signed <= period.last <= min(statement["period_to"], signed + timedelta(days=365))
        if fresh and statement["countersigned_at"] and not any(day > signed for day in seen):
            return "attested_zero"
    if counts:
        return "counted"
    registered = any(u["clients"] for u in records)
    return "unknown" if f["catchment"] is None and not registered else "estimated"


def test_a_year_old_statement_that_nobody_comes_no_longer_holds(
    world: World, session: Session, ministry: Caller
) -> None:
    last = PERIODS[0].last
    facility = _row_of(world, world.facility(catchment=None))
    signed_twice = {"countersigned_by": world.head, "countersigned_at": NOW}
    statement = {"source": "statement", "visits": 0, "attested_zero": True, "completeness": 1.0, **signed_twice}
    for days, expected in ((366, "unknown"), (365, "attested_zero")):
        signed = last - timedelta(days=days)
        about = {"id": world.new_id(), "period_from": signed, "period_to": last, "signed_on": signed}
        record = {**of(facility), **statement, **about, "author_id": world.inspector, "recorded_at": NOW}
        session.execute(insert(UseRecord), [record])
        use = report(session, ministry, period=PERIODS[0], now=NOW)["total"]["use"]
        assert [name for name, number in use.items() if number] == [expected]


def _row_of(world: World, facility: UUID) -> Row:
    (row,) = world.rows(Facility, Facility.id == facility)
    return {column.name: getattr(row, column.name) for column in Facility.__table__.columns}
