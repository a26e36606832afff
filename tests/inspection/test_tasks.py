"""Tasks are made once, run by one, and never stay "at work" for ever."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from inspection import tasks
from inspection.errors import AlreadyDifferent, DoesNotApply, NotFound
from inspection.forgetting import forget
from inspection.tables.people import Grant, Role
from inspection.tables.tasks import Task, TaskKind, TaskState
from inspection.task_rules import KEPT, LEASE, MOST_ATTEMPTS, MOST_OPEN
from inspection.tasks import Made, NewTask
from tests.clock import Clock
from tests.inspection.world import DISTRICT, OTHER_REGION, REGION, World, always


@pytest.fixture
def world(session: Session, clock: Clock, new_id: Callable[[], UUID]) -> World:
    return World(always(session), clock, new_id)


def asked(world: World, made: UUID | None = None, who: UUID | None = None, **about: Any) -> UUID:
    given = {"kind": TaskKind.VIOLATIONS_CSV, "asked": {"query": {}}, "language": "kk", **about}
    with world.unit() as unit:
        return tasks.ask(unit, world.caller(who or world.head), NewTask(made or uuid4(), **given)).id


def claimed(world: World, task: UUID) -> int | None:
    with world.unit() as unit:
        taken = tasks.claim(unit, task)
        return None if taken is None else taken.attempts


def state(world: World, task: UUID) -> str:
    (row,) = world.rows(Task, Task.id == task)
    return row.state


def told(world: World, task: UUID, attempt: int, done: int, *, in_force: bool = False) -> bool:
    with world.unit() as unit:
        return tasks.tell(unit, task, attempt, done, 10, in_force=in_force)


def test_asking_twice_makes_one_and_another_wish_under_its_id_is_refused(world: World) -> None:
    made = asked(world)
    assert asked(world, made) == made
    assert len(world.rows(Task)) == 1
    with pytest.raises(AlreadyDifferent):
        asked(world, made, kind=TaskKind.VIOLATIONS_XLSX)
    with pytest.raises(AlreadyDifferent):
        asked(world, made, world.inspector)


def test_ten_at_once_are_enough_for_anybody(world: World) -> None:
    for _ in range(MOST_OPEN):
        asked(world)
    with pytest.raises(DoesNotApply):
        asked(world)
    asked(world, None, world.inspector)


def test_one_of_two_gets_it(world: World) -> None:
    made = asked(world)
    assert (claimed(world, made), claimed(world, made)) == (1, None)


def test_whoever_died_is_found_and_another_goes_on(world: World) -> None:
    made = asked(world)
    claimed(world, made)
    assert told(world, made, 1, 3)
    world.clock.advance(seconds=LEASE.seconds)
    with world.open_session() as session:
        assert tasks.due(session, world.clock()) == [made]
    assert claimed(world, made) == 2
    assert not told(world, made, 1, 4), "the first one was only slow, and is told to stop"
    with world.unit() as unit:
        assert not tasks.finish(unit, made, 1, Made("a"))
    assert told(world, made, 2, 1)


def test_what_kills_whoever_tries_it_fails_in_words(world: World) -> None:
    made = asked(world)
    for _ in range(MOST_ATTEMPTS):
        assert claimed(world, made)
        world.clock.advance(seconds=LEASE.seconds)
    assert claimed(world, made) is None
    (row,) = world.rows(Task)
    assert (row.state, row.said) == (TaskState.FAILED, [tasks.DIED])


def test_what_is_cancelled_before_it_began_is_over_and_what_runs_stops_at_its_next_word(world: World) -> None:
    waits, runs = asked(world), asked(world)
    claimed(world, runs)
    for made in (waits, runs, waits, runs):
        with world.unit() as unit:
            tasks.cancel(unit, world.caller(world.head), made)
    assert (state(world, waits), state(world, runs)) == (TaskState.CANCELLED, TaskState.RUNNING)
    assert not told(world, runs, 1, 4)
    with world.unit() as unit:
        tasks.give_back(unit, runs, 1, failed=False)
    assert state(world, runs) == TaskState.CANCELLED


def test_a_cancelled_task_whose_runner_died_is_cancelled_by_whoever_finds_it(world: World) -> None:
    made = asked(world)
    claimed(world, made)
    with world.unit() as unit:
        tasks.cancel(unit, world.caller(world.head), made)
    world.clock.advance(seconds=LEASE.seconds)
    assert claimed(world, made) is None
    assert state(world, made) == TaskState.CANCELLED


def test_what_is_in_force_is_not_cancelled_and_what_was_cancelled_does_not_come_into_force(world: World) -> None:
    first, second = asked(world), asked(world)
    claimed(world, first)
    claimed(world, second)
    assert told(world, first, 1, 0, in_force=True)
    with world.unit() as unit, pytest.raises(DoesNotApply):
        tasks.cancel(unit, world.caller(world.head), first)
    with world.unit() as unit:
        tasks.cancel(unit, world.caller(world.head), second)
    assert not told(world, second, 1, 0, in_force=True)


def test_what_was_away_is_tried_again_later_and_not_for_ever(world: World) -> None:
    made = asked(world)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert claimed(world, made) == attempt
        with world.unit() as unit:
            tasks.give_back(unit, made, attempt, failed=True)
        assert claimed(world, made) is None, "not at once"
        world.clock.advance(seconds=600)
    (row,) = world.rows(Task)
    assert (row.state, row.said) == (TaskState.FAILED, [tasks.AWAY])


def test_whoever_has_to_stop_gives_it_back_and_it_counts_for_nothing(world: World) -> None:
    made = asked(world)
    for _ in range(MOST_ATTEMPTS + 2):
        assert claimed(world, made) == 1
        with world.unit() as unit:
            tasks.give_back(unit, made, 1, failed=False)
    assert state(world, made) == TaskState.ASKED


def test_what_was_only_looked_at_begins_after_a_yes_and_is_forgotten_without_one(world: World) -> None:
    yes, no = asked(world, prepared=True), asked(world, prepared=True)
    assert claimed(world, yes) is None
    with world.unit() as unit:
        tasks.confirm(unit, world.caller(world.head), yes)
    world.clock.advance(days=2)
    with world.unit() as unit:
        assert tasks.expired(unit) == 1
    assert state(world, no) == TaskState.CANCELLED
    with world.unit() as unit, pytest.raises(DoesNotApply):
        tasks.confirm(unit, world.caller(world.head), no)
    assert claimed(world, yes) == 1


def test_a_file_is_kept_for_a_week(world: World) -> None:
    made = asked(world)
    claimed(world, made)
    with world.unit() as unit:
        assert tasks.finish(unit, made, 1, Made("place", "name.csv", bytes(32), 5))
    with world.open_session() as session:
        assert tasks.named_files(session) == {"place"}
    world.clock.advance(seconds=KEPT.total_seconds())
    with world.unit() as unit:
        assert (tasks.expired(unit), tasks.expired(unit)) == (1, 0)
    with world.open_session() as session:
        assert tasks.named_files(session) == set()


def test_a_task_is_its_persons_alone(world: World) -> None:
    made = asked(world)
    with world.open_session() as session, pytest.raises(NotFound):
        tasks.one(session, world.caller(world.inspector), made)
    with world.unit() as unit, pytest.raises(NotFound):
        tasks.cancel(unit, world.caller(world.inspector), made)
    with world.open_session() as session:
        assert tasks.own(session, world.caller(world.inspector)) == []


def test_who_has_lost_a_part_of_what_a_file_can_hold_does_not_get_it(world: World) -> None:
    person = world.person(Role.AKIMAT, REGION)
    made, narrow = asked(world, None, person), asked(world, None, person, area=DISTRICT)

    def may_have(task: UUID) -> bool:
        with world.open_session() as session:
            return tasks.may_have(session, world.caller(person), session.get_one(Task, task))

    assert may_have(made)
    assert may_have(narrow)
    with world.unit() as unit:
        (grant,) = unit.session.query(Grant).where(Grant.person_id == person)
        grant.valid_to = unit.now - timedelta(seconds=1)
    assert not may_have(made)
    world.grant(person, Role.AKIMAT, DISTRICT)
    assert not may_have(made)
    assert may_have(narrow)


def test_what_somebody_asked_who_is_erased_is_over_but_others_are_still_told(world: World) -> None:
    waits, runs, tells = asked(world), asked(world), asked(world, kind=TaskKind.ADDRESS_TOLD)
    attempt = claimed(world, runs)
    assert attempt
    with world.unit() as unit:
        forget(unit, [world.head])
    assert [state(world, each) for each in (waits, runs, tells)] == ["cancelled", "cancelled", "asked"]
    assert not told(world, runs, attempt, 1)
    rows = {row.id: row.asked for row in world.rows(Task)}
    assert (rows[waits], rows[runs], rows[tells]) == ({}, {}, {"query": {}})


def test_what_its_person_read_only_while_it_ran_closes_the_file_once_they_read_it_no_longer(world: World) -> None:
    all_of_theirs, one_area = asked(world), asked(world, asked={"query": {"area": DISTRICT}}, area=DISTRICT)
    for task in (all_of_theirs, one_area):
        attempt = claimed(world, task)
        assert attempt
        with world.unit() as unit:
            assert tasks.finish(unit, task, attempt, Made("x"), reach={REGION, OTHER_REGION})
    held = {row.id: row for row in world.rows(Task)}
    with world.unit() as unit:
        head = world.caller(world.head)
        assert not tasks.may_have(unit.session, head, held[all_of_theirs])
        assert tasks.may_have(unit.session, head, held[one_area])
    world.grant(world.head, Role.HEAD, OTHER_REGION)
    with world.unit() as unit:
        assert tasks.may_have(unit.session, world.caller(world.head), held[all_of_theirs])
