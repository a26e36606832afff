from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from inspection.clocks import day_ends
from inspection.history import DecisionKind, EndedBy, Episode, Settled, SignedAudit
from tests.inspection.events import (
    ALMATY,
    COLLEAGUE,
    DOOR,
    FAIL,
    NA,
    NOT_CHECKED,
    PASS,
    RAMP,
    a_decision,
    a_revocation,
    an_audit,
    day,
    on,
    settled,
)

WAIVE, EXTEND, DECLARE = DecisionKind.WAIVE, DecisionKind.EXTEND, DecisionKind.DECLARE
ACCEPT, RECHECK = DecisionKind.ACCEPT, DecisionKind.RECHECK

MIDNIGHT = (day_ends(on(10), ALMATY) - day(0)) / timedelta(days=1)  # as a number of days, for `day`


def failed(id: int = 1, at: float = 1) -> SignedAudit:  # noqa: A002
    return an_audit(id, at, {RAMP: FAIL})


def passed(id: int = 2, at: float = 5) -> SignedAudit:  # noqa: A002
    return an_audit(id, at, {RAMP: PASS})


def episodes(state: Settled) -> tuple[Episode, ...]:
    return state.violations[RAMP].episodes


def the_episode(state: Settled) -> Episode:
    (episode,) = episodes(state)
    return episode


def reason(state: Settled, decision: int) -> str | None:
    return state.without_effect.get(UUID(int=decision))


class TestMeasuring:
    def test_a_fail_opens_an_episode(self) -> None:
        episode = the_episode(settled(failed()))
        assert (episode.opened_at, episode.opened_by, episode.fails) == (day(1), UUID(int=1), (UUID(int=1),))
        assert episode.ended_at is None

    def test_a_pass_alone_is_no_violation_but_the_physical_state(self) -> None:
        state = settled(passed())
        assert not state.violations
        assert state.latest[RAMP].finding.outcome is PASS

    def test_a_fail_found_again_adds_to_the_open_episode(self) -> None:
        assert the_episode(settled(failed(1, 1), failed(2, 4))).fails == (UUID(int=1), UUID(int=2))

    def test_a_later_measured_pass_ends_the_episode(self) -> None:
        state = settled(failed(), passed())
        episode = the_episode(state)
        assert (episode.ended_at, episode.ended_by, episode.ended_by_id) == (
            day(5),
            EndedBy.MEASURED_PASS,
            UUID(int=2),
        )
        assert state.violations[RAMP].open_at(day(4)) == episode
        assert state.violations[RAMP].open_at(day(5)) is None

    def test_a_fail_after_a_pass_opens_another_episode(self) -> None:
        first, second = episodes(settled(failed(), passed(), failed(3, 9)))
        assert (first.ended_at, second.opened_at, second.ended_at) == (day(5), day(9), None)

    def test_a_late_pass_lies_where_it_was_observed_not_where_it_arrived(self) -> None:
        first, second = episodes(settled(failed(1, 1), failed(3, 9), passed(2, 5)))
        assert (first.ended_at, second.fails) == (day(5), (UUID(int=3),))

    def test_not_checked_changes_nothing_and_is_never_the_latest_word(self) -> None:
        alone = settled(failed())
        state = settled(failed(), an_audit(2, 5, {RAMP: NOT_CHECKED}))
        assert (state.violations, state.latest) == (alone.violations, alone.latest)

    def test_not_applicable_releases_nothing_and_asks_for_a_decision(self) -> None:
        state = settled(failed(), an_audit(2, 5, {RAMP: NA}))
        assert the_episode(state).ended_at is None
        assert state.violations[RAMP].needs_decision
        assert state.violations[RAMP].last.outcome is FAIL
        assert state.latest[RAMP].finding.outcome is NA

    def test_not_applicable_after_a_release_needs_no_decision(self) -> None:
        assert not settled(failed(), passed(), an_audit(3, 8, {RAMP: NA})).violations[RAMP].needs_decision

    def test_a_criterion_dropped_from_the_newest_checklist_asks_for_a_decision(self) -> None:
        state = settled(failed(), current=frozenset({DOOR.criterion}))
        assert the_episode(state).ended_at is None
        assert state.violations[RAMP].needs_decision

    def test_a_criterion_still_asked_needs_no_decision(self) -> None:
        assert not settled(failed(), current=frozenset({RAMP.criterion})).violations[RAMP].needs_decision

    def test_two_audits_of_one_moment_are_ordered_by_id(self) -> None:
        assert the_episode(settled(failed(1, 3), passed(2, 3))).ended_at == day(3)
        assert the_episode(settled(failed(2, 3), passed(1, 3))).ended_at is None


class TestWaivers:
    def test_a_waiver_releases_without_a_measurement(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3))
        episode = the_episode(state)
        assert (episode.ended_at, episode.ended_by, episode.ended_by_id) == (
            day(3),
            EndedBy.WAIVER,
            UUID(int=50),
        )
        assert state.latest[RAMP].finding.outcome is FAIL

    def test_a_fail_during_a_waiver_opens_nothing(self) -> None:
        assert len(episodes(settled(failed(), a_decision(50, WAIVE, 3), failed(2, 6)))) == 1

    def test_a_waiver_ends_with_its_last_local_day_and_the_violation_stands_again(self) -> None:
        waived, again = episodes(settled(failed(), a_decision(50, WAIVE, 3, until=on(10)), failed(2, 6)))
        assert again.opened_at == datetime(2026, 3, 11, 19, tzinfo=UTC)  # midnight in Almaty, UTC+5
        assert again.opened_at == day_ends(on(10), ALMATY)
        assert (again.opened_by, again.fails) == (UUID(int=50), (UUID(int=2),))
        assert waived.ended_by is EndedBy.WAIVER

    def test_a_waiver_that_runs_out_unseen_rests_on_the_last_fail_before_it(self) -> None:
        _, again = episodes(settled(failed(), a_decision(50, WAIVE, 3, until=on(10))))
        assert again.fails == (UUID(int=1),)

    @pytest.mark.parametrize("until", [None, on(10)])
    def test_a_pass_during_a_waiver_ends_the_duty_and_the_waiver_stays_a_fact(self, until: date | None) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3, until=until), passed(2, 6))
        episode = the_episode(state)
        ended = (episode.ended_at, episode.ended_by, episode.ended_by_id)
        assert ended == (day(6), EndedBy.MEASURED_PASS, UUID(int=2))
        assert (episode.waived_at, episode.waived_by) == (day(3), UUID(int=50))
        assert (reason(state, 50), state.violations[RAMP].open_at(day(4))) == (None, None)

    def test_a_waiver_that_a_pass_made_needless_is_not_revoked_any_more(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3), passed(2, 6), a_revocation(51, 8, of=50))
        assert the_episode(state).ended_by is EndedBy.MEASURED_PASS
        assert (reason(state, 50), reason(state, 51)) == (None, "already_over")

    def test_a_fail_after_a_pass_during_a_waiver_is_another_episode_at_once(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3, until=on(10)), passed(2, 6), failed(3, 8))
        first, again = episodes(state)
        assert (first.ended_at, again.opened_at, again.fails) == (day(6), day(8), (UUID(int=3),))
        assert again.continues is None

    def test_what_is_decided_after_a_pass_during_a_waiver_finds_nothing_open(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3), passed(2, 6), a_decision(51, WAIVE, 8))
        assert reason(state, 51) == "no_open_violation"

    def test_what_a_waivers_end_reopened_continues_the_duty_it_interrupted(self) -> None:
        twice = (a_decision(50, WAIVE, 3, until=on(5)), a_decision(51, WAIVE, 8), a_revocation(52, 9, of=51))
        first, second, third = episodes(settled(failed(), *twice))
        assert (first.continues, second.continues, third.continues) == (None, day(1), day(1))
        assert (first.waived_by, second.waived_by, third.waived_by) == (UUID(int=50), UUID(int=51), None)

    def test_what_was_decided_before_a_waiver_stands_again_after_it(self) -> None:
        decided = (a_decision(49, EXTEND, 2, until=on(60)), a_decision(48, DECLARE, 2))
        _, again = episodes(settled(failed(), *decided, a_decision(50, WAIVE, 3), a_revocation(51, 8, of=50)))
        assert (again.extended_until, again.extended_at) == (on(60), day(2))
        assert (again.declared_at, again.refuted_at) == (day(2), None)

    def test_a_fail_during_a_waiver_refutes_what_was_declared_before_it(self) -> None:
        decided = (a_decision(48, DECLARE, 2), a_decision(50, WAIVE, 3, until=on(10)))
        _, again = episodes(settled(failed(), *decided, failed(2, 6)))
        assert (again.declared_at, again.refuted_at) == (day(2), day(6))

    def test_an_extension_revoked_during_a_waiver_does_not_come_back_after_it(self) -> None:
        decided = (a_decision(49, EXTEND, 2, until=on(60)), a_decision(50, WAIVE, 3, until=on(10)))
        state = settled(failed(), *decided, a_revocation(51, 5, of=49))
        assert [episode.extended_until for episode in episodes(state)] == [None, None]
        assert (reason(state, 49), reason(state, 51)) == ("revoked", None)

    def test_a_revoked_waiver_reopens_at_the_revocation(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3), a_revocation(51, 8, of=50))
        _, again = episodes(state)
        assert (again.opened_at, again.opened_by) == (day(8), UUID(int=50))
        assert reason(state, 50) == "revoked"
        assert reason(state, 51) is None

    def test_revoking_a_waiver_that_ran_out_comes_too_late(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3, until=on(4)), a_revocation(51, 8, of=50))
        assert (reason(state, 50), reason(state, 51)) == (None, "already_over")
        assert len(episodes(state)) == 2

    def test_a_waiver_until_a_day_gone_by_has_no_effect_and_until_today_has(self) -> None:
        gone = settled(failed(), a_decision(50, WAIVE, 3, until=on(2)))
        assert (reason(gone, 50), the_episode(gone).ended_at) == ("ends_before_it_begins", None)
        assert len(episodes(settled(failed(), a_decision(50, WAIVE, 3, until=on(3))))) == 2

    def test_a_waiver_for_all_time_by_its_date_never_runs_out_in_practice(self) -> None:
        _, again = episodes(settled(failed(), a_decision(50, WAIVE, 3, until=date.max)))
        assert again.opened_at.year == 9999

    def test_a_second_waiver_finds_nothing_to_waive(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3), a_decision(51, WAIVE, 4))
        assert reason(state, 51) == "already_waived"

    def test_an_audit_of_the_very_moment_a_waiver_ends_is_heard_under_it(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3, until=on(10)), passed(2, MIDNIGHT))
        assert the_episode(state).ended_by is EndedBy.MEASURED_PASS

    def test_a_decision_of_the_very_moment_a_waiver_ends_comes_after_it(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 3, until=on(10)), a_decision(51, DECLARE, MIDNIGHT))
        assert episodes(state)[1].declared_at == day_ends(on(10), ALMATY)

    def test_a_waiver_decided_as_its_last_day_ends_has_no_effect(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, MIDNIGHT, until=on(10)))
        assert reason(state, 50) == "ends_before_it_begins"

    def test_a_late_pass_before_the_waiver_leaves_it_nothing_to_waive(self) -> None:
        state = settled(failed(), a_decision(50, WAIVE, 6), passed(2, 5))
        assert the_episode(state).ended_by is EndedBy.MEASURED_PASS
        assert reason(state, 50) == "no_open_violation"


class TestOtherDecisions:
    def test_the_last_decided_extension_counts(self) -> None:
        state = settled(failed(), a_decision(51, EXTEND, 4, until=on(30)), a_decision(50, EXTEND, 6, until=on(20)))
        assert (the_episode(state).extended_until, the_episode(state).extended_at) == (on(20), day(6))

    def test_a_revoked_extension_leaves_the_one_before_it(self) -> None:
        extensions = (a_decision(50, EXTEND, 4, until=on(20)), a_decision(51, EXTEND, 6, until=on(40)))
        state = settled(failed(), *extensions, a_revocation(52, 7, of=51))
        assert the_episode(state).extended_until == on(20)
        assert reason(state, 51) == "revoked"

    def test_what_an_ended_episode_had_is_not_taken_back(self) -> None:
        extension = a_decision(50, EXTEND, 3, until=on(20))
        state = settled(failed(), extension, passed(), a_revocation(51, 7, of=50))
        assert the_episode(state).extended_until == on(20)
        assert (reason(state, 50), reason(state, 51)) == (None, "already_over")

    def test_a_declaration_closes_nothing_and_a_later_fail_refutes_it(self) -> None:
        declared = settled(failed(), a_decision(50, DECLARE, 3))
        assert (the_episode(declared).declared_at, the_episode(declared).refuted_at) == (day(3), None)
        refuted = settled(failed(), a_decision(50, DECLARE, 3), failed(2, 5), failed(3, 6))
        assert (the_episode(refuted).declared_at, the_episode(refuted).refuted_at) == (day(3), day(5))

    def test_a_new_declaration_after_a_refuted_one_is_open_again(self) -> None:
        state = settled(failed(), a_decision(50, DECLARE, 3), failed(2, 5), a_decision(51, DECLARE, 6))
        assert (the_episode(state).declared_at, the_episode(state).refuted_at) == (day(6), None)

    def test_a_declaration_verified_by_a_pass_stays_a_fact(self) -> None:
        episode = the_episode(settled(failed(), a_decision(50, DECLARE, 3), passed()))
        assert (episode.declared_at, episode.refuted_at, episode.ended_at) == (day(3), None, day(5))

    def test_an_acceptance_is_shown_and_can_be_revoked(self) -> None:
        accepted = a_decision(50, ACCEPT, 3)
        assert the_episode(settled(failed(), accepted)).accepted_at == day(3)
        assert the_episode(settled(failed(), accepted, a_revocation(51, 4, of=50))).accepted_at is None

    @pytest.mark.parametrize("outcome", [PASS, FAIL, NA])
    def test_a_request_is_met_by_the_next_audit_that_looks_at_the_spot(self, outcome: object) -> None:
        asked = a_decision(50, RECHECK, 3)
        elsewhere = an_audit(2, 4, {DOOR: FAIL, RAMP: NOT_CHECKED})
        assert the_episode(settled(failed(), asked, elsewhere)).rechecked_at is None
        looked = an_audit(3, 5, {RAMP: outcome})  # type: ignore[dict-item]
        episode = the_episode(settled(failed(), asked, elsewhere, looked))
        assert (episode.recheck_asked_at, episode.rechecked_at) == (day(3), day(5))

    @pytest.mark.parametrize("kind", [WAIVE, EXTEND, DECLARE, ACCEPT, RECHECK])
    def test_a_decision_on_what_is_not_open_has_no_effect(self, kind: DecisionKind) -> None:
        until = on(20) if kind is EXTEND else None
        early = settled(failed(), a_decision(50, kind, 0, until=until))
        late = settled(failed(), passed(), a_decision(50, kind, 6, until=until))
        assert (reason(early, 50), reason(late, 50)) == ("no_open_violation", "no_open_violation")

    def test_a_decision_must_rest_on_an_audit_of_the_open_episode(self) -> None:
        waiver = a_decision(50, WAIVE, 8, based_on=1)
        state = settled(failed(1, 1), passed(2, 3), failed(3, 5), waiver)
        assert reason(state, 50) == "based_on_other_episode"

    def test_a_decision_based_on_a_waiting_or_unknown_audit_has_no_effect(self) -> None:
        waiting = an_audit(2, 1, {RAMP: FAIL}, corrects=1, author=COLLEAGUE)
        state = settled(
            failed(), waiting, a_decision(50, WAIVE, 3, based_on=2), a_decision(51, WAIVE, 3, based_on=77)
        )
        assert reason(state, 50) == "based_on_uncounted_audit"
        assert reason(state, 51) == "based_on_unknown_audit"

    @pytest.mark.parametrize(
        "incomplete",
        [
            a_decision(50, WAIVE, 3, spot=None),
            a_decision(50, WAIVE, 3, based_on=None),
            a_decision(50, EXTEND, 3),
            a_decision(50, DecisionKind.CONFIRM, 3, spot=None, based_on=None),
            a_decision(50, DecisionKind.REVOKE, 3, spot=None, based_on=None),
        ],
    )
    def test_a_decision_that_does_not_name_what_it_needs_has_no_effect(self, incomplete: object) -> None:
        assert reason(settled(failed(), incomplete), 50) == "incomplete"  # type: ignore[arg-type]

    def test_a_revocation_of_the_unknown_the_later_or_a_revocation_revokes_nothing(self) -> None:
        accepted = a_decision(50, ACCEPT, 4)
        state = settled(
            failed(),
            accepted,
            a_revocation(60, 5, of=77),
            a_revocation(61, 3, of=50),
            a_revocation(62, 6, of=61),
        )
        assert {reason(state, n) for n in (60, 61, 62)} == {"revokes_nothing"}
        assert the_episode(state).accepted_at == day(4)

    def test_a_second_revocation_of_one_decision_revokes_nothing(self) -> None:
        state = settled(
            failed(), a_decision(50, ACCEPT, 3), a_revocation(61, 4, of=50), a_revocation(60, 5, of=50)
        )
        assert (reason(state, 61), reason(state, 60)) == (None, "revokes_nothing")

    def test_a_decision_can_be_revoked_at_the_moment_it_was_made_whatever_their_ids(self) -> None:
        state = settled(failed(), a_decision(60, ACCEPT, 3), a_revocation(50, 3, of=60))
        assert (the_episode(state).accepted_at, reason(state, 60)) == (None, "revoked")


class TestAlternatives:
    def test_the_alternative_tested_last_stands_and_a_group_left_out_says_nothing(self) -> None:
        state = settled(
            an_audit(1, 1, alternatives={"wheelchair": "second_entrance", "vision": "staff"}),
            an_audit(2, 3, alternatives={"wheelchair": "ground_floor"}),
        )
        assert state.alternatives == {"wheelchair": ("ground_floor", day(3)), "vision": ("staff", day(1))}

    def test_an_alternative_that_was_looked_for_in_vain_is_gone(self) -> None:
        there = an_audit(1, 1, alternatives={"wheelchair": "second_entrance"})
        assert settled(there, an_audit(2, 3, alternatives={"wheelchair": None})).alternatives == {}

    def test_a_group_that_a_correction_leaves_out_stays_as_the_audit_said(self) -> None:
        there = an_audit(1, 1, alternatives={"wheelchair": "second_entrance", "hearing": "staff"})
        state = settled(there, an_audit(2, 4, corrects=1, alternatives={"vision": "staff", "hearing": None}))
        assert state.alternatives == {"wheelchair": ("second_entrance", day(1)), "vision": ("staff", day(1))}
