from datetime import date
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspection.history import DecisionKind, Settled, SignedAudit
from inspection.telling import Say, Told, ToTell, Why, by_spot, due_on, holding_due, to_tell, told_of
from tests.inspection.careers import Event, careers, ledgers
from tests.inspection.events import (
    ALMATY,
    DOOR,
    FAIL,
    NA,
    PASS,
    RAMP,
    a_confirmation,
    a_decision,
    a_prescription,
    a_revocation,
    an_audit,
    day,
    on,
    settled,
    told,
)

TODAY = on(10)
PRESCRIBED = told(Say.PRESCRIBED, 2, stood=1, due=40)
FAILED = an_audit(1, 1, {RAMP: FAIL})
PASSED = an_audit(2, 5, {RAMP: PASS})
EXTENDED = a_decision(50, DecisionKind.EXTEND, 6, until=on(60))
WAIVED = a_decision(51, DecisionKind.WAIVE, 6, until=on(20))


def cases(state: Settled, *ledger: Told, today: date = TODAY) -> tuple[ToTell, ...]:
    return to_tell(state, ledger, today, zone=ALMATY)


def the_case(state: Settled, *ledger: Told, today: date = TODAY) -> ToTell:
    (case,) = cases(state, *ledger, today=today)
    return case


def answered(case: ToTell, at: float) -> Told:
    """The entry a letter sent on day `at` leaves in the ledger; a date nobody fixed yet is day 90."""
    due = case.due_on if case.why is Why.DUE_CHANGED else on(90)
    closes = case.why in {Why.RELEASED, Why.VANISHED}
    return Told(case.spot, case.stood_at, case.say, None if closes else due, day(at), UUID(int=800))


class TestOpen:
    def test_an_open_violation_never_told_waits_for_a_prescription_and_is_no_review(self) -> None:
        case = the_case(settled(FAILED))
        assert (case.why, case.say, case.stood_at, case.due_on) == (Why.PRESCRIBE, Say.PRESCRIBED, day(1), None)
        assert not case.review

    def test_what_was_told_and_is_true_needs_no_telling(self) -> None:
        assert cases(settled(FAILED), PRESCRIBED) == ()

    def test_a_fail_found_again_needs_no_telling(self) -> None:
        assert cases(settled(FAILED, an_audit(2, 5, {RAMP: FAIL})), PRESCRIBED) == ()

    def test_not_applicable_releases_nobody(self) -> None:
        assert cases(settled(FAILED, an_audit(2, 5, {RAMP: NA})), PRESCRIBED) == ()

    def test_nothing_is_told_of_a_violation_that_was_over_before_anyone_was_told(self) -> None:
        assert cases(settled(FAILED, PASSED)) == ()

    def test_cases_come_by_spot(self) -> None:
        found = cases(settled(an_audit(1, 1, {RAMP: FAIL, DOOR: FAIL})))
        assert [case.spot for case in found] == [DOOR, RAMP]


class TestReleased:
    def test_a_told_item_that_was_measured_as_a_pass_is_told_released(self) -> None:
        case = the_case(settled(FAILED, PASSED), PRESCRIBED)
        assert (case.why, case.say, case.due_on, case.review) == (Why.RELEASED, Say.RELEASED, on(40), False)

    def test_a_waived_item_is_told_released(self) -> None:
        assert the_case(settled(FAILED, WAIVED), PRESCRIBED).why is Why.RELEASED

    def test_a_release_is_told_once(self) -> None:
        assert cases(settled(FAILED, PASSED), PRESCRIBED, told(Say.RELEASED, 6, stood=1)) == ()

    def test_a_waiver_that_runs_out_is_a_reopening_from_the_day_after_its_last(self) -> None:
        state, ledger = settled(FAILED, WAIVED), (PRESCRIBED, told(Say.RELEASED, 7, stood=1))
        assert cases(state, *ledger, today=on(20)) == ()
        case = the_case(state, *ledger, today=on(21))
        assert (case.why, case.review) == (Why.REOPENED, True)
        assert case.stood_at == state.violations[RAMP].episodes[1].opened_at


class TestAfterAWaiver:
    """A waiver interrupts a duty; what was told before it holds again, unless a release was told meanwhile."""

    REVOKED = a_revocation(53, 9, of=51)
    RELEASED = told(Say.RELEASED, 7, stood=1)

    def test_what_was_told_before_the_waiver_holds_again_when_it_is_revoked(self) -> None:
        state = settled(FAILED, WAIVED, self.REVOKED)
        assert cases(state, PRESCRIBED) == ()
        _, again = state.violations[RAMP].episodes
        assert holding_due(again, (PRESCRIBED,)) == on(40)

    def test_what_was_told_before_the_waiver_holds_again_when_it_runs_out(self) -> None:
        assert cases(settled(FAILED, WAIVED), PRESCRIBED, today=on(21)) == ()

    def test_an_extension_told_before_the_waiver_holds_again(self) -> None:
        state = settled(FAILED, a_decision(49, DecisionKind.EXTEND, 3, until=on(60)), WAIVED, self.REVOKED)
        ledger = (PRESCRIBED, told(Say.EXTENDED, 3, stood=1, due=60))
        assert cases(state, *ledger) == ()
        assert holding_due(state.violations[RAMP].episodes[1], ledger) == on(60)

    def test_an_extension_not_told_before_the_waiver_is_told_after_it(self) -> None:
        state = settled(FAILED, a_decision(49, DecisionKind.EXTEND, 3, until=on(60)), WAIVED, self.REVOKED)
        case = the_case(state, PRESCRIBED)
        assert (case.why, case.say, case.due_on) == (Why.DUE_CHANGED, Say.EXTENDED, on(60))

    def test_after_a_told_release_it_is_prescribed_anew_and_the_old_date_binds_nobody(self) -> None:
        state = settled(FAILED, WAIVED, self.REVOKED)
        case = the_case(state, PRESCRIBED, self.RELEASED)
        assert (case.why, case.say, case.stood_at) == (Why.REOPENED, Say.PRESCRIBED, day(9))
        again = state.violations[RAMP].episodes[1]
        assert holding_due(again, (PRESCRIBED, self.RELEASED)) is None
        anew = told(Say.PRESCRIBED, 10, stood=9, due=70)
        assert cases(state, PRESCRIBED, self.RELEASED, anew) == ()
        assert told_of(again, (PRESCRIBED, self.RELEASED, anew)) == (anew,)

    def test_a_second_waiver_is_looked_through_as_well(self) -> None:
        twice = (a_decision(54, DecisionKind.WAIVE, 11), a_revocation(55, 12, of=54))
        assert cases(settled(FAILED, WAIVED, self.REVOKED, *twice), PRESCRIBED, today=on(13)) == ()

    def test_a_waived_item_that_passes_is_told_released_once(self) -> None:
        state = settled(FAILED, WAIVED, an_audit(3, 8, {RAMP: PASS}))
        assert the_case(state, PRESCRIBED).why is Why.RELEASED
        assert cases(state, PRESCRIBED, self.RELEASED) == ()


class TestReopened:
    def test_a_new_episode_after_a_told_release_is_reviewed_and_prescribed_anew(self) -> None:
        state = settled(FAILED, PASSED, an_audit(3, 9, {RAMP: FAIL}))
        case = the_case(state, PRESCRIBED, told(Say.RELEASED, 6, stood=1))
        assert (case.why, case.say, case.stood_at) == (Why.REOPENED, Say.PRESCRIBED, day(9))

    def test_a_release_told_by_mistake_is_corrected_in_the_same_episode(self) -> None:
        fixed = an_audit(3, 5, {RAMP: FAIL}, corrects=2, signed=8)
        case = the_case(settled(FAILED, PASSED, fixed), PRESCRIBED, told(Say.RELEASED, 6, stood=1))
        assert (case.why, case.say) == (Why.REOPENED, Say.CORRECTED)

    def test_a_gap_that_a_late_pass_tears_is_told_as_a_reopening_not_as_a_release(self) -> None:
        state = settled(FAILED, an_audit(3, 9, {RAMP: FAIL}), PASSED)
        assert the_case(state, PRESCRIBED).why is Why.REOPENED


class TestVanished:
    CORRECTED = an_audit(2, 1, {RAMP: PASS}, corrects=1, signed=8)

    def confirmed(self) -> Settled:
        return settled(FAILED, a_prescription(2, on_audit=1), self.CORRECTED, a_confirmation(60, 9, of=2))

    def test_a_told_item_that_never_stood_is_reviewed_and_withdrawn(self) -> None:
        case = the_case(self.confirmed(), PRESCRIBED)
        assert (case.why, case.say, case.due_on, case.review) == (Why.VANISHED, Say.CORRECTED, on(40), True)
        assert cases(self.confirmed(), PRESCRIBED, told(Say.CORRECTED, 10, stood=1)) == ()

    def test_a_correction_that_waits_changes_nothing_that_was_told(self) -> None:
        waiting = settled(FAILED, a_prescription(2, on_audit=1), self.CORRECTED)
        assert cases(waiting, PRESCRIBED) == ()

    def test_a_withdrawn_item_that_fails_again_is_a_reopening(self) -> None:
        state = settled(an_audit(3, 9, {RAMP: FAIL}))
        ledger = (PRESCRIBED, told(Say.CORRECTED, 8, stood=1))
        assert the_case(state, *ledger).why is Why.REOPENED


class TestLateAudits:
    def test_a_late_fail_that_moves_the_opening_back_keeps_what_was_told(self) -> None:
        state = settled(FAILED, an_audit(9, 0, {RAMP: FAIL}))
        assert state.violations[RAMP].episodes[0].opened_at == day(0)
        assert cases(state, PRESCRIBED) == ()

    def test_an_item_that_rests_on_a_later_fail_survives_the_correction_of_the_first(self) -> None:
        again = an_audit(3, 4, {RAMP: FAIL})
        ledger = told(Say.PRESCRIBED, 5, stood=4, due=40)
        assert cases(settled(FAILED, again), ledger) == ()
        assert cases(settled(FAILED, again, an_audit(4, 1, {RAMP: PASS}, corrects=1, signed=6)), ledger) == ()

    def test_an_early_late_fail_and_pass_do_not_shift_a_later_told_episode(self) -> None:
        late = (an_audit(8, -9, {RAMP: FAIL}), an_audit(9, -8, {RAMP: PASS}))
        assert cases(settled(FAILED, *late), PRESCRIBED) == ()


class TestDueDates:
    def test_an_extension_that_was_not_told_is_to_be_told_and_needs_no_review(self) -> None:
        case = the_case(settled(FAILED, EXTENDED), PRESCRIBED)
        assert (case.why, case.say, case.due_on, case.review) == (Why.DUE_CHANGED, Say.EXTENDED, on(60), False)

    def test_an_extension_told_as_it_was_decided_is_no_case(self) -> None:
        assert cases(settled(FAILED, EXTENDED), PRESCRIBED, told(Say.EXTENDED, 6, stood=1, due=60)) == ()

    def test_a_revoked_extension_brings_the_prescribed_date_back(self) -> None:
        state = settled(FAILED, EXTENDED, a_revocation(52, 8, of=50))
        case = the_case(state, PRESCRIBED, told(Say.EXTENDED, 6, stood=1, due=60))
        assert (case.why, case.say, case.due_on) == (Why.DUE_CHANGED, Say.CORRECTED, on(40))

    def test_a_correction_letter_after_an_extension_fixes_the_date(self) -> None:
        ledger = (PRESCRIBED, told(Say.EXTENDED, 6, stood=1, due=60), told(Say.CORRECTED, 8, stood=1, due=70))
        assert cases(settled(FAILED, EXTENDED), *ledger) == ()

    def test_what_was_told_before_the_item_was_withdrawn_no_longer_fixes_the_date(self) -> None:
        ledger = (PRESCRIBED, told(Say.CORRECTED, 6, stood=1), told(Say.EXTENDED, 8, stood=1, due=60))
        assert cases(settled(FAILED), *ledger) == ()

    def test_a_late_audit_never_moves_a_told_date(self) -> None:
        assert cases(settled(FAILED, an_audit(9, -20, {RAMP: FAIL})), PRESCRIBED) == ()

    def test_the_last_entry_told_fixes_the_date_in_whatever_order_the_ledger_is_read(self) -> None:
        ledger = (PRESCRIBED, told(Say.EXTENDED, 6, stood=1, due=60), told(Say.CORRECTED, 8, stood=1, due=50))
        assert {due_on(order) for order in permutations(ledger)} == {on(50)}
        assert due_on(ledger[:2]) == on(60)

    def test_no_date_stands_before_anything_was_told_or_after_it_is_over(self) -> None:
        assert due_on(()) is None
        assert due_on((PRESCRIBED, told(Say.RELEASED, 6, stood=1, due=40))) is None
        assert due_on((PRESCRIBED, told(Say.CORRECTED, 6, stood=1))) is None

    def test_the_entries_of_one_episode_are_told_apart_from_anothers(self) -> None:
        state = settled(FAILED, PASSED, an_audit(3, 9, {RAMP: FAIL}))
        later = told(Say.PRESCRIBED, 10, stood=9, due=70)
        first, second = state.violations[RAMP].episodes
        ledger = by_spot([later, PRESCRIBED, PRESCRIBED])[RAMP]
        assert ledger == (PRESCRIBED, later)
        assert (told_of(first, ledger), told_of(second, ledger)) == ((PRESCRIBED,), (later,))


CAREERS: dict[str, tuple[SignedAudit, ...]] = {
    "failed": (FAILED,),
    "released": (FAILED, PASSED),
    "failed again": (FAILED, PASSED, an_audit(3, 9, {RAMP: FAIL})),
    "never": (),
}


@pytest.mark.parametrize("now", CAREERS)
@pytest.mark.parametrize("extension", [(), (EXTENDED,)])
@pytest.mark.parametrize(
    "ledger",
    [
        (),
        (PRESCRIBED,),
        (PRESCRIBED, told(Say.EXTENDED, 6, stood=1, due=60)),
        (PRESCRIBED, told(Say.RELEASED, 7, stood=1)),
        (PRESCRIBED, told(Say.CORRECTED, 7, stood=1)),
        (told(Say.PRESCRIBED, 9, stood=9, due=70),),
    ],
)
def test_once_everything_was_told_nothing_is_left_to_tell(
    now: str, extension: tuple[object, ...], ledger: tuple[Told, ...]
) -> None:
    state = settled(*CAREERS[now], *extension)  # type: ignore[arg-type]
    letters = tuple(answered(case, 11) for case in cases(state, *ledger))
    assert cases(state, *ledger, *letters) == ()


@given(careers(), ledgers(), st.integers(0, 60))
@settings(database=None, deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happened_and_was_told_telling_reaches_a_fixed_point(
    happened: list[Event], ledger: tuple[Told, ...], today: int
) -> None:
    state = settled(*happened)
    found = cases(state, *ledger, today=on(today))
    letters = tuple(answered(case, 90) for case in found)
    assert cases(state, *ledger, *letters, today=on(today)) == ()
    assert cases(state, *reversed(ledger), *ledger, today=on(today)) == found


@given(careers())
@settings(database=None, deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_told_before_a_waiver_binds_after_it_unless_a_release_was_told(happened: list[Event]) -> None:
    state = settled(*happened)
    for spot, violation in state.violations.items():
        again = violation.episodes[-1]
        if again.continues is None or again.ended_at is not None:
            continue
        prescribed = Told(spot, again.continues, Say.PRESCRIBED, on(40), again.continues, UUID(int=700))
        released = Told(spot, again.continues, Say.RELEASED, None, again.opened_at, UUID(int=701))
        assert holding_due(again, (prescribed,)) == (again.extended_until or on(40))
        said = {case.spot: case for case in cases(state, prescribed, today=on(90))}.get(spot)
        assert said is None or (said.say, said.due_on) == (Say.EXTENDED, again.extended_until)
        assert holding_due(again, (prescribed, released)) is None
        anew = {case.spot: case for case in cases(state, prescribed, released, today=on(90))}[spot]
        # A waiver of no duration leaves one episode only: what was told of it is corrected, not prescribed anew.
        say = Say.CORRECTED if again.opened_at == again.continues else Say.PRESCRIBED
        assert (anew.why, anew.say) == (Why.REOPENED, say)
