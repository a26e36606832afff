"""What may become of a task: who takes it, when it is given up, whether it can be cancelled."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from inspection.tables.tasks import TaskState
from inspection.task_rules import (
    LEASE,
    MOST_ATTEMPTS,
    OVER,
    Turn,
    is_due,
    is_given_up,
    may_cancel,
    narrowed,
    pause_after,
    quarters,
    share,
)
from tests.clock import NOW

ASKED = Turn(TaskState.ASKED, 0, NOW, NOW, in_force=False, cancel_at=None)
RUNNING = replace(ASKED, state=TaskState.RUNNING, attempts=1)


def test_what_was_asked_for_is_due_at_once_and_after_a_pause_then() -> None:
    assert is_due(ASKED, NOW)
    assert not is_due(replace(ASKED, not_before=NOW + timedelta(seconds=1)), NOW)


def test_whoever_is_silent_for_too_long_has_lost_it() -> None:
    assert not is_due(RUNNING, NOW + LEASE - timedelta(seconds=1))
    assert is_due(RUNNING, NOW + LEASE)


@given(st.sampled_from(sorted(OVER)), st.integers(0, 10_000))
def test_what_is_over_is_never_due_and_never_cancelled(state: TaskState, seconds: int) -> None:
    turn = replace(ASKED, state=state)
    assert not is_due(turn, NOW + timedelta(seconds=seconds))
    assert not may_cancel(turn)


def test_what_is_in_force_goes_on_to_its_end() -> None:
    assert may_cancel(ASKED)
    assert may_cancel(RUNNING)
    assert not may_cancel(replace(RUNNING, in_force=True))
    assert not may_cancel(replace(RUNNING, cancel_at=NOW))


def test_nobody_tries_for_ever() -> None:
    assert not is_given_up(replace(RUNNING, attempts=MOST_ATTEMPTS - 1))
    assert is_given_up(replace(RUNNING, attempts=MOST_ATTEMPTS))
    assert pause_after(1) < pause_after(2) == pause_after(9)


@given(st.integers(0, 10**6), st.one_of(st.none(), st.integers(0, 10**6)))
def test_how_far_it_is_lies_between_nothing_and_all(done: int, total: int | None) -> None:
    said = share(done, total)
    assert said is None or 0 <= said <= 1
    assert 0 <= quarters(done, total) <= 4
    assert (said is None) == (not total)


def test_a_file_can_hold_what_was_asked_for_or_all_that_its_person_reads() -> None:
    assert narrowed({"b", "a"}, None) == ["a", "b"]
    assert narrowed({"b", "a"}, "b") == ["b"]
