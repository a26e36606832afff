"""Arrival order never matters: stated once for every career a facility can have, and shown to be able to fail."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

import inspection.settle
from inspection.corrections import Awaiting, Counted, count
from inspection.criteria import Severity
from inspection.episodes import NoEffect
from inspection.history import (
    Decision,
    DecisionKind,
    EndedBy,
    Episode,
    History,
    Outcome,
    Prescribed,
    Settled,
    SignedAudit,
    Spot,
)
from inspection.passport import passport
from inspection.settle import settle
from tests.inspection.careers import DROPS, SPOTS, Event, arrivals, careers
from tests.inspection.checklists import CLINIC, a_checklist, a_criterion
from tests.inspection.events import ALMATY, FAIL, NOT_CHECKED, PASS, day, history_of

LONG_AFTER = day(400)
CHECKLIST = a_checklist(a_criterion(SPOTS[0].criterion, severity=Severity.GROSS))
# No example database: a run must depend on nothing an earlier run left behind.
THOROUGH = settings(database=None, deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
# The same careers on every run, and the first that shows it is enough.
SEARCH = settings(database=None, deadline=None, max_examples=2000, derandomize=True, phases=[Phase.generate])


def state(events: Iterable[Event], current: frozenset[str] | None = None) -> Settled:
    return settle(history_of(*events), current=current, zone=ALMATY)


def findings(events: Iterable[Event], settled: Settled, spot: Spot) -> list[tuple[SignedAudit, Outcome]]:
    """What the audits that count measured at a spot, in their order."""
    audits = {e.id: e for e in events if isinstance(e, SignedAudit)}
    said = []
    for id in settled.effective:  # noqa: A001
        layers = [a for a in audits.values() if a.id == id or settled.awaiting.get(a.id) == Awaiting.SUPERSEDED]
        under = [a for a in layers if original(a, audits) == original(audits[id], audits)]
        # The original first, whenever its tablet says it was signed.
        outcomes = [
            a.findings[spot].outcome
            for a in sorted(under, key=lambda a: (a.corrects is not None, a.signed_at, a.id))
            if spot in a.findings and a.findings[spot].outcome is not NOT_CHECKED
        ]
        said += [(audits[id], outcomes[-1])] if outcomes else []
    return [(audit, outcome) for audit, outcome in said if outcome in {PASS, FAIL}]


def of_own_word(events: Iterable[Event], settled: Settled, spot: Spot) -> bool:
    """Whether a pass may have released nothing here, because its author had declared it (`test_own_words.py`)."""
    events = list(events)
    waiting = {id for id, why in settled.awaiting.items() if why == Awaiting.OWN_WORD}  # noqa: A001
    measured_by = {e.author for e in events if isinstance(e, SignedAudit) and e.id in waiting}
    return any(
        isinstance(e, Decision) and (e.kind, e.spot) == (DecisionKind.DECLARE, spot) and e.author in measured_by
        for e in events
    )


class TestOrder:
    @THOROUGH
    @given(arrivals(), DROPS)
    def test_any_order_of_arrival_and_any_resend_settles_alike(
        self, both: tuple[list[Event], list[Event]], current: frozenset[str] | None
    ) -> None:
        happened, arrived = both
        assert state(arrived, current) == state(happened, current)

    @THOROUGH
    @given(arrivals())
    def test_settling_after_each_arrival_ends_where_settling_once_does(
        self, both: tuple[list[Event], list[Event]]
    ) -> None:
        happened, arrived = both
        seen = [state(arrived[: n + 1]) for n in range(len(arrived))]
        assert seen[-1] == state(happened)

    @THOROUGH
    @given(arrivals())
    def test_a_set_of_events_settles_like_a_list_with_resends(self, both: tuple[list[Event], list[Event]]) -> None:
        listed = history_of(*both[1])
        as_sets = History(
            audits=frozenset(listed.audits),
            decisions=frozenset(listed.decisions),
            prescribed=frozenset(listed.prescribed),
        )
        assert settle(as_sets, current=None, zone=ALMATY) == settle(listed, current=None, zone=ALMATY)


class TestEpisodes:
    @THOROUGH
    @given(careers())
    def test_episodes_are_in_order_and_never_overlap(self, happened: list[Event]) -> None:
        for violation in state(happened).violations.values():
            assert violation.episodes
            for before, after in pairwise(violation.episodes):
                assert before.ended_at is not None
                assert before.opened_at <= before.ended_at <= after.opened_at

    @THOROUGH
    @given(careers())
    def test_every_episode_opens_on_a_fail_or_on_the_end_of_a_waiver(self, happened: list[Event]) -> None:
        settled = state(happened)
        waivers = {e.id for e in happened if isinstance(e, Decision) and e.kind is DecisionKind.WAIVE}
        for spot, violation in settled.violations.items():
            failing = {audit.id for audit, outcome in findings(happened, settled, spot) if outcome is FAIL}
            for episode in violation.episodes:
                assert episode.fails
                assert set(episode.fails) <= failing
                assert episode.opened_by in waivers or episode.opened_by == episode.fails[0]

    @THOROUGH
    @given(careers())
    def test_only_a_measured_pass_or_an_official_ends_an_episode(self, happened: list[Event]) -> None:
        settled = state(happened)
        acts = {e.id: e for e in happened if isinstance(e, Decision)}
        for spot, violation in settled.violations.items():
            passing = {audit.id for audit, outcome in findings(happened, settled, spot) if outcome is PASS}
            for episode in violation.episodes:
                if episode.ended_by is EndedBy.MEASURED_PASS:
                    assert episode.ended_by_id in passing
                elif episode.ended_by is EndedBy.WAIVER:
                    waiver = acts[episode.ended_by_id or UUID(int=0)]
                    assert (waiver.kind, waiver.spot) == (DecisionKind.WAIVE, spot)
                    assert waiver.decided_at == episode.ended_at == episode.waived_at

    @THOROUGH
    @given(careers())
    def test_what_a_waivers_end_opened_continues_what_the_waiver_interrupted_and_nothing_else_does(
        self, happened: list[Event]
    ) -> None:
        settled = state(happened)
        for violation in settled.violations.values():
            for before, after in pairwise((None, *violation.episodes)):
                assert after is not None
                by_waiver = before is not None and before.ended_by is EndedBy.WAIVER
                assert (after.continues is not None) == by_waiver
                if before is not None and by_waiver:
                    assert after.opened_by == before.waived_by
                    assert after.continues == (before.continues or before.opened_at)

    @THOROUGH
    @given(careers())
    def test_nothing_stands_waived_that_passed_since(self, happened: list[Event]) -> None:
        settled = state(happened)
        originals = {e.id: e for e in happened if isinstance(e, SignedAudit)}
        for spot, violation in settled.violations.items():
            passes = [
                observed_at(a, originals) for a, outcome in findings(happened, settled, spot) if outcome is PASS
            ]
            for episode, after in pairwise((*violation.episodes, None)):
                if episode is not None and episode.ended_by is EndedBy.WAIVER:
                    assert episode.ended_at is not None
                    until = after.opened_at if after else LONG_AFTER
                    assert not any(episode.ended_at < at <= until for at in passes)

    @THOROUGH
    @given(careers())
    def test_a_pass_leaves_nothing_open_unless_the_same_moment_measures_a_fail_after_it(
        self, happened: list[Event]
    ) -> None:
        settled = state(happened)
        originals = {e.id: e for e in happened if isinstance(e, SignedAudit)}
        for spot, violation in settled.violations.items():
            if of_own_word(happened, settled, spot):
                continue
            measured = findings(happened, settled, spot)
            moments = [(observed_at(audit, originals), outcome) for audit, outcome in measured]
            for moment, together in groupby(moments, key=lambda one: one[0]):
                if [outcome for _, outcome in together][-1] is PASS:
                    assert violation.open_at(moment) is None

    @THOROUGH
    @given(careers())
    def test_in_the_end_open_means_failing_last_and_not_waived_for_good(self, happened: list[Event]) -> None:
        settled = state(happened)
        originals = {e.id: e for e in happened if isinstance(e, SignedAudit)}
        for spot in SPOTS:
            if of_own_word(happened, settled, spot):
                continue
            measured = findings(happened, settled, spot)
            passes = [observed_at(audit, originals) for audit, outcome in measured if outcome is PASS]
            for_good = [
                e
                for e in happened
                if isinstance(e, Decision)
                and (e.kind, e.spot, e.until) == (DecisionKind.WAIVE, spot, None)
                and e.id not in settled.without_effect
                and not any(at > e.decided_at for at in passes)
            ]
            expected = bool(measured) and measured[-1][1] is FAIL and not for_good
            violation = settled.violations.get(spot)
            assert (violation is not None and violation.open_at(LONG_AFTER) is not None) == expected

    @THOROUGH
    @given(careers())
    def test_without_decisions_each_run_of_fails_is_one_episode(self, happened: list[Event]) -> None:
        undecided = [e for e in happened if not isinstance(e, Decision)]
        settled = state(undecided)
        for spot in SPOTS:
            measured = findings(undecided, settled, spot)
            runs = [
                tuple(audit.id for audit, _ in run)
                for outcome, run in groupby(measured, key=lambda one: one[1])
                if outcome is FAIL
            ]
            violation = settled.violations.get(spot)
            assert [episode.fails for episode in violation.episodes] == runs if violation else runs == []


class TestAudits:
    @THOROUGH
    @given(careers())
    def test_every_audit_counts_or_waits_and_never_both(self, happened: list[Event]) -> None:
        settled = state(happened)
        known = {e.id for e in happened if isinstance(e, SignedAudit)}
        assert len(settled.effective) == len(set(settled.effective))
        assert set(settled.effective) | settled.awaiting.keys() == known
        # Of what somebody declared themselves a pass releases nothing, and all else that they measured counts.
        waits = {audit for audit, why in settled.awaiting.items() if why != Awaiting.OWN_WORD}
        assert not set(settled.effective) & waits

    @THOROUGH
    @given(careers())
    def test_no_colleagues_correction_counts_unless_the_head_of_department_named_it(
        self, happened: list[Event]
    ) -> None:
        settled = state(happened)
        audits = {e.id: e for e in happened if isinstance(e, SignedAudit)}
        named = {e.based_on for e in happened if isinstance(e, Decision) and e.kind is DecisionKind.CONFIRM}
        for id in settled.effective:  # noqa: A001
            assert audits[id].author == original(audits[id], audits).author or id in named

    @THOROUGH
    @given(careers())
    def test_nothing_received_or_signed_after_a_prescription_counts_unless_the_head_of_department_named_it(
        self, happened: list[Event]
    ) -> None:
        settled = state(happened)
        audits = {e.id: e for e in happened if isinstance(e, SignedAudit)}
        named = {e.based_on for e in happened if isinstance(e, Decision) and e.kind is DecisionKind.CONFIRM}
        waiting_for_nobody = {id for id, why in settled.awaiting.items() if why == Awaiting.ORIGINAL}  # noqa: A001
        issued = [
            e for e in happened if isinstance(e, Prescribed) and e.audit in audits.keys() - waiting_for_nobody
        ]
        for id in settled.effective:  # noqa: A001
            correction = audits[id]
            if correction.corrects is None or id in named:
                continue
            root = original(correction, audits)
            told = [e.issued_at for e in issued if original(audits[e.audit], audits) == root]
            assert all(correction.received_at <= at and correction.signed_at < at for at in told)

    @THOROUGH
    @given(careers())
    def test_a_correction_that_judges_nothing_changes_nothing_but_the_name_of_the_audit(
        self, happened: list[Event]
    ) -> None:
        visits = [replace(e, corrects=None) for e in happened if isinstance(e, SignedAudit)]
        root = visits[0]
        silent = {spot: finding._replace(outcome=NOT_CHECKED) for spot, finding in root.findings.items()}
        empty = replace(root, id=UUID(int=500), corrects=root.id, findings=silent, alternatives={})

        def renamed(settled: Settled) -> object:
            spans = {s: [(e.opened_at, e.ended_at) for e in v.episodes] for s, v in settled.violations.items()}
            return spans, {s: (w.finding, w.observed_at, w.checklist) for s, w in settled.latest.items()}

        before, after = state(visits), state([*visits, empty])
        assert (renamed(after), after.alternatives) == (renamed(before), before.alternatives)


class TestPhysicalState:
    @THOROUGH
    @given(careers())
    def test_no_waiver_extension_or_declaration_changes_the_passport(self, happened: list[Event]) -> None:
        confirming = {DecisionKind.CONFIRM, DecisionKind.REVOKE}
        bare = [e for e in happened if not isinstance(e, Decision) or e.kind in confirming]
        decided, undecided = state(happened), state(bare)
        assert decided.latest == undecided.latest
        assert passport(CHECKLIST, CLINIC, decided.latest, decided.alternatives) == passport(
            CHECKLIST, CLINIC, undecided.latest, undecided.alternatives
        )

    @THOROUGH
    @given(careers())
    def test_an_audit_that_checked_nothing_changes_nothing_but_the_list_of_audits(
        self, happened: list[Event]
    ) -> None:
        plain = [e for e in happened if not isinstance(e, SignedAudit) or e.corrects is None]
        template = next((e for e in plain if isinstance(e, SignedAudit)), None)
        if template is None:
            return
        silent = {spot: finding._replace(outcome=NOT_CHECKED) for spot, finding in template.findings.items()}
        visit = replace(template, id=UUID(int=500), findings=silent, alternatives={})
        before, after = state(plain), state([*plain, visit])
        assert (after.violations, after.latest) == (before.violations, before.latest)


def original(audit: SignedAudit, audits: dict[UUID, SignedAudit]) -> SignedAudit:
    while audit.corrects is not None:
        audit = audits[audit.corrects]
    return audit


def observed_at(audit: SignedAudit, audits: dict[UUID, SignedAudit]) -> datetime:
    return original(audit, audits).observed_at


def audits_as_they_arrive(
    audits: Collection[SignedAudit], prescribed: Iterable[Prescribed], confirmed: frozenset[UUID]
) -> Counted:
    """A mutant of `count`: the order of observation is forgotten."""
    counted = count(audits, prescribed, confirmed)
    position = {audit.id: n for n, audit in reversed(list(enumerate(audits)))}
    return replace(counted, effective=tuple(sorted(counted.effective, key=lambda placed: position[placed[1].id])))


def last_arrived_correction_wins(
    audits: Collection[SignedAudit], prescribed: Iterable[Prescribed], confirmed: frozenset[UUID]
) -> Counted:
    """A mutant of `count`: the last correction to arrive wins, not the last to be signed."""
    return count(
        [replace(audit, signed_at=day(0) + timedelta(seconds=n)) for n, audit in enumerate(audits)], (), confirmed
    )


def decisions_as_they_arrive(_: Decision) -> int:
    """A mutant of the order of decisions: a stable sort by nothing."""
    return 0


class TestTheseTestsCanFail:
    @pytest.mark.parametrize(
        ("part", "mutant"),
        [
            ("count", audits_as_they_arrive),
            ("count", last_arrived_correction_wins),
            ("_order", decisions_as_they_arrive),
        ],
    )
    def test_settling_that_depends_on_arrival_is_caught(
        self, part: str, mutant: Callable[..., object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inspection.settle, part, mutant)
        happened, arrived = find(arrivals(), lambda both: state(both[0]) != state(both[1]), settings=SEARCH)
        assert state(happened) != state(arrived)
        monkeypatch.undo()
        assert state(happened) == state(arrived)

    def test_the_careers_contain_every_fate_that_the_rules_know(self) -> None:
        seen: set[str] = set()

        @settings(SEARCH, max_examples=1000)
        @given(careers())
        def live(happened: list[Event]) -> None:
            settled = state(happened)
            seen.update(settled.awaiting.values(), settled.without_effect.values())
            for violation in settled.violations.values():
                seen.update(name for e in violation.episodes for name, told in FATES.items() if told(e))

        live()
        # A date is always given to an extension here; what is incomplete has tests of its own.
        assert set(FATES) | set(Awaiting) | set(NoEffect) - {NoEffect.INCOMPLETE} == seen


FATES: dict[str, Callable[[Episode], bool]] = {
    "reopened by the end of a waiver": lambda e: e.opened_by not in e.fails,
    "ended by a pass": lambda e: e.ended_by is EndedBy.MEASURED_PASS,
    "waived": lambda e: e.ended_by is EndedBy.WAIVER,
    "waived and passed": lambda e: e.waived_at is not None and e.ended_by is EndedBy.MEASURED_PASS,
    "waived again": lambda e: e.waived_at is not None and e.continues is not None,
    "extended before its waiver": lambda e: e.extended_at is not None and e.extended_at < e.opened_at,
    "found again and extended": lambda e: len(e.fails) > 1 and e.extended_until is not None,
    "declared and refuted": lambda e: e.refuted_at is not None,
    "declared and verified": lambda e: e.declared_at is not None and e.ended_by is EndedBy.MEASURED_PASS,
    "accepted": lambda e: e.accepted_at is not None,
    "re-checked": lambda e: e.rechecked_at is not None,
}
