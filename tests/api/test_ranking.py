"""Ranks right after something became known: what is due comes to the same as ranking everything anew."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from api import ranking
from api.ranking import update_all, update_due
from api.work import Units
from inspection import facilities, rank_scopes, use_records
from inspection.sync.touched import noticing
from inspection.tables.district_ranks import DistrictRanks
from inspection.tables.facilities import RANKED, Facility, Standing
from inspection.tables.ranks import RankBasis, RankDue
from inspection.tables.unvisited import Unvisited
from inspection.tables.use_records import UseSource
from inspection.tables.violations import Violation
from inspection.use_claims import Claim
from tests.inspection.merges import known, merge
from tests.inspection.world import FAILS, NEIGHBOUR, PASSES, STEP, TACTILE, World

KINDS = ("pharmacy", "polyclinic")


@pytest.fixture
def units(app: Flask) -> Units:
    """Units of work on the application's database."""
    made: Units = app.extensions["pandus"].units
    return made


def count(world: World, facility: UUID, visits: int, kind: UseSource = UseSource.COUNTED, **more: Any) -> UUID:
    today, made = world.clock().date(), world.new_id()
    begins, ends = today - timedelta(days=60), today
    known: dict[str, Any] = {"visits": visits}
    if kind is UseSource.REGISTER:
        known = {"clients": visits + 1}
    elif kind is UseSource.STATEMENT:
        known, begins, ends = {}, today, today + timedelta(days=300)
    with world.unit(world.inspector) as unit:
        use_records.enter(unit, world.caller(world.inspector), facility, made, Claim(kind, begins, ends, **known))
    return made


def numbers(world: World) -> dict[str, Any]:
    """All that ranking writes, as it stands."""
    return {
        "places": {(row.id, *(getattr(row, name) for name in RANKED)) for row in world.rows(Standing)},
        "violations": {(row.id, row.obstructed) for row in world.rows(Violation)},
        "unvisited": {(row.id, row.visits, row.obstructed, row.audited) for row in world.rows(Unvisited)},
        "districts": {
            (row.district_code, str(row.places), str(row.unvisited), row.ranked)
            for row in world.rows(DistrictRanks)
        },
    }


def anew(world: World, units: Units) -> dict[str, Any]:
    """What everything comes to when it is computed from nothing."""
    with world.unit() as unit:
        unit.session.execute(update(Standing).values(dict.fromkeys(RANKED)))
        with noticing():
            unit.session.execute(update(Violation).values(obstructed=None))
    update_all(units)
    return numbers(world)


def something_happens(world: World, source: Random, places: list[UUID]) -> None:
    facility, act = source.choice(places), source.random()
    if act < 0.3:
        fails = {STEP: source.choice((PASSES, FAILS))[STEP], TACTILE: source.choice((PASSES, FAILS))[TACTILE]}
        world.audited(facility, fails)
    elif act < 0.7:
        sources = (UseSource.COUNTED, UseSource.TICKETS, UseSource.REGISTER, UseSource.STATEMENT)
        made = count(world, facility, source.randrange(400), source.choice(sources))
        if source.random() < 0.3:
            with world.unit(world.head) as unit:
                use_records.withdraw(unit, world.caller(world.head), made, "ошибка")
    elif act < 0.9:
        held = world.rows(Facility, Facility.id == facility)[0]
        fields: Any = source.choice(
            ({"catchment": source.randrange(9_000)}, {"kind": source.choice(KINDS)}, {"active": not held.active})
        )
        with world.unit(world.head) as unit:
            facilities.change(unit, world.caller(world.head), facility, held.rev, fields)
    else:
        places.append(known(world, kind=source.choice(KINDS), catchment=source.choice((None, 3_000))))
        world.audited(places[-1], FAILS)


@pytest.mark.parametrize("seed", range(3))
def test_ranking_what_is_due_after_each_act_comes_to_what_ranking_everything_does(
    world: World, units: Units, seed: int
) -> None:
    source = Random(seed)
    places = [known(world, kind=source.choice(KINDS), catchment=1_000 * n or None) for n in range(24)]
    for facility in places[:10]:
        count(world, facility, source.randrange(300))
    for facility in places[:16]:
        world.audited(facility, source.choice((PASSES, FAILS)))
    update_all(units)
    for _ in range(12):
        something_happens(world, source, places)
        update_due(units)
        assert world.rows(RankDue) == []
    kept = numbers(world)
    assert kept["places"]
    assert kept["unvisited"]
    assert anew(world, units) == kept


def test_where_nothing_became_known_nothing_is_computed(
    world: World, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.audited(known(world), FAILS)
    assert update_due(units) > 0
    monkeypatch.setattr(ranking, "expected", lambda *_: pytest.fail("there was nothing to rank"))
    assert update_due(units) == 0


def test_a_violation_is_ranked_as_soon_as_its_audit_is_and_others_are_not_touched(
    world: World, units: Units
) -> None:
    first, second = known(world), known(world)
    world.audited(first, FAILS)
    update_all(units)
    before = world.standing(first)
    world.audited(second, FAILS)
    assert world.violation(second, STEP).obstructed is None
    update_due(units)
    assert world.violation(second, STEP).obstructed == world.violation(first, STEP).obstructed
    assert world.standing(first).rev == before.rev


def test_what_becomes_known_while_a_run_goes_on_is_due_to_the_next(
    world: World, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = known(world)
    world.audited(facility, FAILS)
    meanwhile(monkeypatch, lambda: count(world, facility, 900))
    update_due(units)
    assert [row.id for row in world.rows(RankDue)] == [facility]
    update_due(units)
    kept = numbers(world)
    assert world.rows(RankDue) == []
    assert anew(world, units) == kept


def test_two_runs_at_once_come_to_the_same(world: World, units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    large, small = known(world, catchment=3_000), known(world, catchment=1_000)
    for facility in (large, small):
        world.audited(facility, FAILS)

    def another() -> None:
        with world.unit(world.head) as unit:
            facilities.change(unit, world.caller(world.head), large, 1, {"catchment": 9_000})
        update_due(units)

    meanwhile(monkeypatch, another)
    update_due(units)
    kept = numbers(world)
    assert world.rows(RankDue) == []
    assert anew(world, units) == kept


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have something happen once, after a run has read what it ranks by and before it ranks."""
    honest = ranking._region

    def disturbed(*args: Any) -> int:
        monkeypatch.setattr(ranking, "_region", honest)
        act()
        return honest(*args)

    monkeypatch.setattr(ranking, "_region", disturbed)


def test_a_run_that_is_killed_before_its_end_is_done_again(
    world: World, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = known(world)
    world.audited(facility, FAILS)
    with monkeypatch.context() as patched:
        patched.setattr(rank_scopes, "keep", _killed)
        with pytest.raises(KeyboardInterrupt):
            update_due(units)
    assert [row.id for row in world.rows(RankDue)] == [facility]
    update_due(units)
    assert (world.rows(RankDue), len(world.rows(RankBasis))) == ([], 1)


def _killed(*_: Any, **__: Any) -> bool:
    raise KeyboardInterrupt


def test_an_audited_place_that_moves_changes_what_is_expected_in_both_districts(
    world: World, units: Units
) -> None:
    audited, here, there = known(world), known(world), known(world, district_code=NEIGHBOUR)
    world.audited(known(world), PASSES)
    world.audited(audited, FAILS)
    update_all(units)
    before = {row.id: row.obstructed for row in world.rows(Unvisited)}
    with world.unit(world.head) as unit:
        held = world.rows(Facility, Facility.id == audited)[0]
        facilities.change(unit, world.caller(world.head), audited, held.rev, {}, area_code=NEIGHBOUR)
    update_due(units)
    kept = numbers(world)
    after = {row.id: row.obstructed for row in world.rows(Unvisited)}
    assert (after[here] < before[here], after[there] > before[there]) == (True, True)
    assert anew(world, units) == kept


def test_a_count_at_a_merged_place_moves_the_one_that_stands_for_it(world: World, units: Units) -> None:
    survivor, merged = known(world), known(world)
    world.audited(survivor, FAILS)
    merge(world, merged, survivor)
    count(world, merged, 90)
    update_all(units)
    before = world.standing(survivor).visits or 0.0
    count(world, merged, 900)
    update_due(units)
    assert (world.standing(survivor).visits or 0.0) > before
    kept = numbers(world)
    assert anew(world, units) == kept
