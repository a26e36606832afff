from collections.abc import Mapping
from uuid import UUID

import pytest

from inspection.history import DecisionKind, EndedBy, Episode, Outcome, Settled, Spot
from tests.inspection.events import (
    COLLEAGUE,
    DOOR,
    FAIL,
    NA,
    NOT_CHECKED,
    PASS,
    RAMP,
    a_confirmation,
    a_decision,
    a_prescription,
    a_revocation,
    an_audit,
    day,
    settled,
)

FAILED = an_audit(1, 1, {RAMP: FAIL})


def the_episode(state: Settled) -> Episode:
    (episode,) = state.violations[RAMP].episodes
    return episode


def test_a_correction_stands_at_its_originals_time_and_place() -> None:
    state = settled(FAILED, an_audit(9, 7, {RAMP: PASS}, corrects=1), an_audit(2, 3, {RAMP: FAIL}))
    assert state.effective == (UUID(int=9), UUID(int=2))
    assert the_episode(state).opened_at == day(3)
    assert state.awaiting == {UUID(int=1): "superseded"}


def test_the_last_signed_of_several_corrections_wins() -> None:
    earlier = an_audit(9, 1, {RAMP: PASS}, corrects=1, signed=2)
    later = an_audit(8, 1, {RAMP: FAIL}, corrects=1, signed=3)
    state = settled(FAILED, earlier, later)
    assert state.effective == (UUID(int=8),)
    assert state.awaiting == {UUID(int=1): "superseded", UUID(int=9): "superseded"}


def test_corrections_signed_at_one_moment_are_decided_by_id() -> None:
    one, other = (an_audit(n, 1, {RAMP: PASS}, corrects=1, signed=2) for n in (8, 9))
    assert settled(FAILED, other, one).effective == (UUID(int=9),)


@pytest.mark.parametrize("said", [{}, {RAMP: NOT_CHECKED}])
def test_what_a_correction_does_not_judge_stands_as_the_audit_found_it(said: Mapping[Spot, Outcome]) -> None:
    state = settled(FAILED, an_audit(2, 1, {**said, DOOR: FAIL}, corrects=1, signed=3, version="2"))
    assert state.effective == (UUID(int=2),)
    assert the_episode(state).fails == (UUID(int=2),)
    assert (state.latest[RAMP].audit, state.latest[DOOR].audit) == (UUID(int=2), UUID(int=2))
    assert (state.latest[RAMP].checklist[1], state.latest[DOOR].checklist[1]) == ("1", "2")
    assert (state.violations[RAMP].checklist[1], state.violations[DOOR].checklist[1]) == ("1", "2")


@pytest.mark.parametrize("outcome", [PASS, NA])
def test_what_a_correction_does_judge_overrides_the_audit(outcome: Outcome) -> None:
    both = an_audit(1, 1, {RAMP: FAIL, DOOR: FAIL})
    state = settled(both, an_audit(2, 1, {RAMP: outcome}, corrects=1, signed=3))
    assert (set(state.violations), state.latest[RAMP].finding.outcome) == ({DOOR}, outcome)


def test_corrections_lie_upon_each_other_in_the_order_of_their_signatures() -> None:
    both = an_audit(1, 1, {RAMP: FAIL, DOOR: FAIL})
    middle = an_audit(9, 1, {RAMP: PASS}, corrects=1, signed=3)
    last = an_audit(8, 1, {RAMP: NOT_CHECKED}, corrects=1, signed=4)
    assert set(settled(both, middle, last).violations) == {DOOR}


def test_a_correction_that_waits_gives_nothing_to_the_one_after_it() -> None:
    bribed = an_audit(2, 1, {RAMP: PASS}, corrects=1, author=COLLEAGUE, signed=3)
    state = settled(FAILED, bribed, an_audit(3, 1, {DOOR: PASS}, corrects=2, signed=4))
    assert state.effective == (UUID(int=3),)
    assert the_episode(state).fails == (UUID(int=3),)


def test_a_decision_based_on_an_audit_whose_correction_says_nothing_of_it_stands() -> None:
    waiver = a_decision(50, DecisionKind.WAIVE, 3, based_on=1)
    state = settled(FAILED, an_audit(2, 1, {}, corrects=1, signed=4), waiver)
    assert (the_episode(state).ended_by, state.without_effect) == (EndedBy.WAIVER, {})


def test_a_correction_of_a_correction_stands_in_the_place_of_the_first() -> None:
    chain = (FAILED, an_audit(2, 4, {}, corrects=1), an_audit(3, 6, {RAMP: FAIL}, corrects=2))
    state = settled(*chain)
    assert state.effective == (UUID(int=3),)
    assert the_episode(state).opened_at == day(1)


def test_a_correction_without_its_original_waits_for_it() -> None:
    state = settled(an_audit(2, 4, {RAMP: FAIL}, corrects=1))
    assert (state.effective, state.awaiting) == ((), {UUID(int=2): "original"})


def test_corrections_that_correct_each_other_wait_for_an_original() -> None:
    state = settled(an_audit(1, 1, {RAMP: FAIL}, corrects=2), an_audit(2, 1, {RAMP: FAIL}, corrects=1))
    assert set(state.awaiting.values()) == {"original"}


def test_a_correction_by_another_author_waits_for_the_head_of_department() -> None:
    bribed = an_audit(2, 2, {RAMP: PASS}, corrects=1, author=COLLEAGUE)
    state = settled(FAILED, bribed)
    assert (state.effective, state.awaiting) == ((UUID(int=1),), {UUID(int=2): "confirmation"})
    assert settled(FAILED, bribed, a_confirmation(50, 3, of=2)).effective == (UUID(int=2),)


def test_a_correction_after_a_prescription_waits_for_the_head_of_department() -> None:
    correction = an_audit(2, 1, {RAMP: PASS}, corrects=1, signed=6)
    state = settled(FAILED, a_prescription(5, on_audit=1), correction)
    assert state.awaiting == {UUID(int=2): "confirmation"}
    assert settled(FAILED, a_prescription(7, on_audit=1), correction).effective == (UUID(int=2),)


def test_a_correction_signed_at_the_very_moment_of_issuing_waits() -> None:
    correction = an_audit(2, 1, {RAMP: PASS}, corrects=1, signed=5)
    assert settled(FAILED, a_prescription(5, on_audit=1), correction).awaiting == {UUID(int=2): "confirmation"}


def test_a_correction_dated_before_the_prescription_but_received_after_it_waits() -> None:
    backdated = an_audit(2, 1, {RAMP: PASS}, corrects=1, signed=2, received=6)
    state = settled(FAILED, a_prescription(5, on_audit=1), backdated)
    assert (state.effective, state.awaiting) == ((UUID(int=1),), {UUID(int=2): "confirmation"})
    confirmed = settled(FAILED, a_prescription(5, on_audit=1), backdated, a_confirmation(50, 7, of=2))
    assert confirmed.effective == (UUID(int=2),)


def test_a_correction_that_a_clock_runs_ahead_dates_after_the_prescription_waits_though_received_before() -> None:
    ahead = an_audit(2, 1, {RAMP: PASS}, corrects=1, signed=6, received=4)
    assert settled(FAILED, a_prescription(5, on_audit=1), ahead).awaiting == {UUID(int=2): "confirmation"}


def test_a_correction_dated_before_a_prescription_on_another_correction_and_received_after_it_waits() -> None:
    first = an_audit(2, 1, {RAMP: FAIL}, corrects=1, signed=2)
    second = an_audit(3, 1, {RAMP: PASS}, corrects=1, signed=3, received=6)
    state = settled(FAILED, first, a_prescription(5, on_audit=2), second)
    assert (state.effective, state.awaiting[UUID(int=3)]) == ((UUID(int=2),), "confirmation")


def test_the_prescription_on_a_correction_received_at_that_moment_does_not_guard_against_it() -> None:
    """A department may issue at once for what has just been received."""
    correction = an_audit(2, 1, {RAMP: FAIL}, corrects=1, signed=4, received=5)
    assert settled(FAILED, correction, a_prescription(5, on_audit=2)).effective == (UUID(int=2),)


def test_the_first_of_several_prescriptions_guards() -> None:
    correction = an_audit(2, 1, {RAMP: PASS}, corrects=1, signed=6)
    issued = (a_prescription(5, on_audit=1), a_prescription(8, on_audit=1))
    assert settled(FAILED, *issued, correction).awaiting == {UUID(int=2): "confirmation"}


def test_a_prescription_on_a_correction_guards_the_original_too() -> None:
    first = an_audit(2, 1, {RAMP: FAIL}, corrects=1, signed=2)
    second = an_audit(3, 1, {RAMP: PASS}, corrects=1, signed=6)
    state = settled(FAILED, first, a_prescription(5, on_audit=2), second)
    assert (state.effective, state.awaiting[UUID(int=3)]) == ((UUID(int=2),), "confirmation")


def test_a_revoked_confirmation_lets_the_correction_wait_again() -> None:
    bribed = an_audit(2, 2, {RAMP: PASS}, corrects=1, author=COLLEAGUE)
    state = settled(FAILED, bribed, a_confirmation(50, 3, of=2), a_revocation(51, 4, of=50))
    assert state.awaiting == {UUID(int=2): "confirmation"}
    assert state.without_effect == {UUID(int=50): "revoked"}


def test_a_confirmation_of_what_needs_none_confirms_nothing() -> None:
    state = settled(FAILED, an_audit(2, 2, {}, corrects=1), a_confirmation(50, 3, of=2))
    assert state.without_effect == {UUID(int=50): "nothing_to_confirm"}


def test_a_decision_based_on_a_corrected_audit_follows_the_correction() -> None:
    waiver = a_decision(50, DecisionKind.WAIVE, 3, based_on=1)
    still = settled(FAILED, an_audit(2, 1, {RAMP: FAIL}, corrects=1, signed=4), waiver)
    assert the_episode(still).ended_by is EndedBy.WAIVER
    gone = settled(
        FAILED, an_audit(2, 1, {RAMP: PASS}, corrects=1, signed=4), waiver, an_audit(3, 2, {RAMP: FAIL})
    )
    assert the_episode(gone).ended_at is None
    assert gone.without_effect == {UUID(int=50): "based_on_superseded_audit"}
