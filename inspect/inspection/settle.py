"""What is true of a facility, given its history. Pure; the order in which events arrived never matters."""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, tzinfo
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from inspection.corrections import Awaiting, Counted, confirmations, count
from inspection.episodes import NoEffect, Timeline
from inspection.history import (
    Decision,
    DecisionKind,
    History,
    LatestFinding,
    Outcome,
    Settled,
    SettledViolation,
    Spot,
)


class _Act(NamedTuple):
    """A decision on a spot, and the audit it rests on as it counts now, or the decision it takes back."""

    decision: Decision
    about: UUID | Decision


def settle(history: History, *, current: AbstractSet[str] | None, zone: tzinfo) -> Settled:
    """The state of a facility by its history, in order of observation.

    current: ids of the criteria that the newest checklist asks of this facility, or None when not known: then no
    criterion counts as dropped. zone: the facility's time zone, in which the days of waivers end.
    Events stand in the order of (corrected time, audits before decisions before revocations, id).
    """
    decisions = sorted({d.id: d for d in history.decisions}.values(), key=_order)
    revocations = _revocations(decisions)
    confirmed = confirmations(decisions, (revoked.id for revoked in revocations.values()))
    counted = _with_own_words(count(history.audits, history.prescribed, confirmed), history)
    words, troubled = _words(counted, confirmed)
    acts, without_effect = _sort_out(decisions, revocations, counted)
    violations: dict[Spot, SettledViolation] = {}
    unverified: set[UUID] = set()
    for spot in sorted(troubled | acts.keys()):
        timeline = Timeline(spot, zone)
        without_effect |= _play(timeline, words.get(spot, []), acts.get(spot, []))
        unverified.update(timeline.unverified)
        dropped = current is not None and spot.criterion not in current
        if violation := timeline.settled(dropped=dropped):
            violations[spot] = violation
    return Settled(
        violations=violations,
        latest={spot: said[-1] for spot, said in words.items()},
        effective=tuple(visit.audit.id for visit in counted.effective),
        awaiting={**dict.fromkeys(unverified, Awaiting.OWN_WORD), **counted.awaiting},
        without_effect=without_effect,
        alternatives=_alternatives(counted),
    )


def _order(decision: Decision) -> tuple[datetime, bool, UUID]:
    return decision.decided_at, decision.kind is DecisionKind.REVOKE, decision.id


def _revocations(decisions: list[Decision]) -> dict[UUID, Decision]:
    """Each revocation that can apply to the decision it takes back. A revocation cannot itself be revoked."""
    known = {d.id: d for d in decisions if d.kind is not DecisionKind.REVOKE}
    revoked: set[UUID] = set()
    found: dict[UUID, Decision] = {}
    for revocation in decisions:
        if revocation.kind is not DecisionKind.REVOKE or revocation.revokes is None:
            continue
        target = known.get(revocation.revokes)
        if target and target.id not in revoked and target.decided_at <= revocation.decided_at:
            found[revocation.id] = target
            revoked.add(target.id)
    return found


def _with_own_words(counted: Counted, history: History) -> Counted:
    """Audits by people who declared something remedied can be confirmed, too: their pass may need it."""
    declared = {d.author for d in history.decisions if d.kind is DecisionKind.DECLARE}
    if not declared:
        return counted
    own = {audit.id for audit in history.audits if audit.author in declared}
    return replace(counted, confirmable=counted.confirmable | own)


def _words(counted: Counted, confirmed: AbstractSet[UUID]) -> tuple[dict[Spot, list[LatestFinding]], set[Spot]]:
    """What the visits that count said of each spot, oldest first; not_checked is no word. And what ever failed."""
    words: dict[Spot, list[LatestFinding]] = {}
    failed = set()
    for visit in counted.effective:
        audit, at = visit.audit.id, visit.at
        for spot, (finding, said_by) in visit.findings().items():
            author = None if confirmed and not confirmed.isdisjoint((audit, said_by.id)) else said_by.author
            word = LatestFinding(finding, audit, at, said_by.checklist, author)
            if spot in words:
                words[spot].append(word)
            else:
                words[spot] = [word]
            if finding.outcome is Outcome.FAIL:
                failed.add(spot)
    return words, failed


def _sort_out(
    decisions: list[Decision], revocations: dict[UUID, Decision], counted: Counted
) -> tuple[dict[Spot, list[_Act]], dict[UUID, str]]:
    """The acts on each spot, in order; and the decisions that cannot apply, whatever is open."""
    acts: dict[Spot, list[_Act]] = defaultdict(list)
    hopeless: dict[UUID, str] = {}
    for decision in decisions:
        about = _about(decision, revocations, counted)
        if isinstance(about, NoEffect):
            hopeless[decision.id] = about
        elif isinstance(about, Decision) and about.kind is DecisionKind.CONFIRM:
            hopeless[about.id] = NoEffect.REVOKED
        elif decision.kind is not DecisionKind.CONFIRM:
            spot = about.spot if isinstance(about, Decision) else decision.spot
            if spot is None:
                hopeless[decision.id] = (
                    NoEffect.ALREADY_OVER if isinstance(about, Decision) else NoEffect.INCOMPLETE
                )
            else:
                acts[spot].append(_Act(decision, about))
    return acts, hopeless


def _about(decision: Decision, revocations: dict[UUID, Decision], counted: Counted) -> Decision | UUID | NoEffect:
    """What a decision is about: the decision it takes back, or the audit that counts in place of its basis."""
    if decision.kind is DecisionKind.REVOKE:
        missing = NoEffect.INCOMPLETE if decision.revokes is None else NoEffect.REVOKES_NOTHING
        return revocations.get(decision.id, missing)
    if decision.based_on is None or (decision.kind is DecisionKind.EXTEND and decision.until is None):
        return NoEffect.INCOMPLETE
    if decision.kind is DecisionKind.CONFIRM:
        return decision.based_on if decision.based_on in counted.confirmable else NoEffect.NOTHING_TO_CONFIRM
    waiting = decision.based_on in counted.awaiting
    missing = NoEffect.UNCOUNTED_AUDIT if waiting else NoEffect.UNKNOWN_AUDIT
    return counted.stands_for.get(decision.based_on, missing)


def _play(timeline: Timeline, words: list[LatestFinding], acts: list[_Act]) -> dict[UUID, str]:
    """Feed a timeline its events in order; the decisions that have no effect, by reason."""
    reasons: dict[UUID, str] = {}
    # Both lists are in order and sorting is stable: at one moment the audits stay before the decisions.
    events: list[tuple[datetime, LatestFinding | _Act]] = [(word.observed_at, word) for word in words]
    events += [(act.decision.decided_at, act) for act in acts]
    for _, event in sorted(events, key=itemgetter(0)) if acts else events:
        if isinstance(event, LatestFinding):
            timeline.measure(event)
        elif isinstance(event.about, UUID):
            if reason := timeline.decide(event.decision, event.about):
                reasons[event.decision.id] = reason
        elif reason := timeline.revoke(event.decision, event.about):
            reasons[event.decision.id] = reason
        else:
            reasons[event.about.id] = NoEffect.REVOKED
    return reasons


def _alternatives(counted: Counted) -> dict[str, tuple[str, datetime]]:
    """Group to the working alternative tested last; one that was looked for and not found takes it away."""
    found: dict[str, tuple[str, datetime]] = {}
    for visit in counted.effective:
        for group, alternative in visit.alternatives().items():
            if alternative:
                found[group] = (alternative, visit.at)
            else:
                found.pop(group, None)
    return found
