"""Nobody verifies what they declared themselves."""

from itertools import permutations
from uuid import UUID

import pytest

from inspection.history import Decision, DecisionKind, EndedBy, Outcome, SignedAudit
from tests.inspection.events import (
    COLLEAGUE,
    FAIL,
    HEAD,
    PASS,
    RAMP,
    a_confirmation,
    a_decision,
    a_revocation,
    an_audit,
    day,
    settled,
)

FAILED = an_audit(1, 1, {RAMP: FAIL})
DECLARED = a_decision(50, DecisionKind.DECLARE, 3)  # by the head, who audits as well


def by(author: UUID, id: int = 2, at: float = 5, outcome: Outcome = PASS) -> SignedAudit:  # noqa: A002
    return an_audit(id, at, {RAMP: outcome}, author=author)


def test_a_pass_by_who_declared_it_releases_nothing_and_says_so() -> None:
    state = settled(FAILED, DECLARED, by(HEAD))
    violation = state.violations[RAMP]
    assert violation.open_at(day(6)) is not None
    assert violation.last.outcome is FAIL
    assert state.latest[RAMP].finding.outcome is PASS, "what was measured was measured: the barrier is gone"
    assert state.awaiting == {UUID(int=2): "own_word"}


def test_a_pass_by_anybody_else_releases_it_also_after_that() -> None:
    (episode,) = settled(FAILED, DECLARED, by(HEAD), by(COLLEAGUE, 3, 6)).violations[RAMP].episodes
    assert (episode.ended_at, episode.ended_by) == (day(6), EndedBy.MEASURED_PASS)


def test_who_confirms_it_lets_it_stand_from_the_day_it_was_measured() -> None:
    events: tuple[SignedAudit | Decision, ...] = (FAILED, DECLARED, by(HEAD), a_confirmation(60, 8, of=2))
    for order in permutations(events):
        state = settled(*order)
        (episode,) = state.violations[RAMP].episodes
        assert (episode.ended_at, state.awaiting) == (day(5), {})
    again = settled(*events, a_revocation(61, 9, of=60))
    assert again.awaiting == {UUID(int=2): "own_word"}


@pytest.mark.parametrize(
    "between",
    [by(COLLEAGUE, 4, 4, FAIL), a_revocation(70, 4, of=50)],
    ids=["an audit found it again", "it was taken back"],
)
def test_a_word_that_is_over_binds_nobody(between: SignedAudit | Decision) -> None:
    state = settled(FAILED, DECLARED, between, by(HEAD))
    (episode,) = state.violations[RAMP].episodes
    assert (episode.ended_at, state.awaiting) == (day(5), {})


def test_who_declared_nothing_measures_as_ever() -> None:
    (episode,) = settled(FAILED, by(HEAD)).violations[RAMP].episodes
    assert episode.ended_at == day(5)
