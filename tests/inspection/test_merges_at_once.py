"""Merges, separations and audits of the same facilities at once, each on its own connection."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine

from api.work import Units
from inspection import facility_merges
from inspection.aliases import lock_merged
from inspection.dossiers import open_dossiers
from inspection.heads import lock_facilities
from inspection.intake import keep
from inspection.journal_proof import verify
from inspection.settling import write_settled
from inspection.tables.audits import Audit
from inspection.understanding import understand
from tests.clock import Clock
from tests.inspection.histories import picture
from tests.inspection.merges import facility, known, merge
from tests.inspection.world import DESK, DOOR, REGION, STEP, TACTILE, World

PATIENCE = 30  # seconds; what takes longer waits for ever
ROUNDS = 3


@pytest.fixture
def world(own_world: World) -> World:
    """The small world with real commits."""
    return own_world


@pytest.fixture
def units(fresh_database: Engine, clock: Clock) -> Units:
    """Units of the product, which run again when they lose a race."""
    return Units(fresh_database, clock=clock)


def at_once(*acts: Callable[[], object]) -> None:
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        barrier.wait(PATIENCE)
        act()

    with ThreadPoolExecutor(len(acts)) as threads:
        for future in [threads.submit(run, act) for act in acts]:
            future.result(PATIENCE)


def pushing(world: World, units: Units, made: UUID, answers: dict[str, object], days: int) -> Callable[[], object]:
    document = world.document(made, answers, at=world.clock() - timedelta(days=days))
    received = world.received(document)
    with world.unit() as unit:
        keep(unit, [received])
    return lambda: units.write(lambda work: understand(work, [received.key]))


def merging(world: World, units: Units, merged: UUID, survivor: UUID) -> Callable[[], object]:
    caller = world.caller(world.head)

    def act(work: object) -> None:
        held, _ = lock_merged(work.session, [(REGION, merged), (REGION, survivor)])  # type: ignore[attr-defined]
        facility_merges.merge(work, caller, held[merged], held[survivor], "Одно место.")  # type: ignore[arg-type]

    return lambda: units.write(act)


def check(world: World, survivor: UUID, merged: UUID) -> None:
    """What was written at once is what settling gives when nobody else is there."""
    said = [picture(world, each) for each in (survivor, merged)]
    with world.unit() as unit:
        write_settled(unit, open_dossiers(unit, [(REGION, survivor)]).values())
    assert [picture(world, each) for each in (survivor, merged)] == said
    with world.open_session() as session:
        assert list(verify(session, REGION)) == []


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_audits_of_both_that_come_while_they_are_merged_all_count_for_the_survivor(
    world: World, units: Units, turn: int
) -> None:
    survivor, merged = (known(world) for _ in range(2))
    world.audited(merged, {DESK: "high"}, at=world.clock() - timedelta(days=9))
    at_once(
        pushing(world, units, merged, {STEP: 0.05}, 7),
        merging(world, units, merged, survivor),
        pushing(world, units, survivor, {STEP: 0.0, DOOR: 0.75}, 5),
        pushing(world, units, merged, {TACTILE: False}, 3 + turn),
    )
    assert len(world.rows(Audit)) == 4
    assert facility(world, merged).merged_into == survivor
    states = {spot.criterion: row.state for spot, row in world.violations(survivor).items()}
    assert states == {DESK: "open", STEP: "released", DOOR: "open", TACTILE: "open"}
    assert {row.state for row in world.violations(merged).values()} <= {"withdrawn"}
    check(world, survivor, merged)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_audits_of_both_that_come_while_they_part_count_where_they_were_made(
    world: World, units: Units, turn: int
) -> None:
    survivor, merged = (known(world) for _ in range(2))
    merge(world, merged, survivor)
    caller = world.caller(world.head)
    at_once(
        pushing(world, units, merged, {STEP: 0.05}, 7),
        lambda: units.write(lambda work: facility_merges.separate(work, caller, merged, "Два места.")),
        pushing(world, units, survivor, {STEP: 0.0, DOOR: 0.75}, 5),
        pushing(world, units, merged, {TACTILE: False}, 3 + turn),
    )
    of = {each: world.violations(each) for each in (survivor, merged)}
    states = {
        each: {s.criterion: v.state for s, v in held.items() if v.state != "withdrawn"}
        for each, held in of.items()
    }
    assert states == {survivor: {DOOR: "open"}, merged: {STEP: "open", TACTILE: "open"}}
    check(world, survivor, merged)
    check(world, merged, survivor)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)  # SQLite lets nobody in beside a writer
def test_a_batch_steps_aside_from_both_where_somebody_works_on_one(world: World) -> None:
    survivor, merged, other = (known(world) for _ in range(3))
    merge(world, merged, survivor)
    keys = world.keep(*(world.document(each, {STEP: 0.05}) for each in (survivor, merged, other)))
    with world.open_session() as session:
        lock_facilities(session, [(REGION, survivor)])
        with world.unit() as unit:
            outcomes = understand(unit, keys, patient=False)
        assert [outcomes[key].state for key in keys] == ["kept", "kept", "taken"]
