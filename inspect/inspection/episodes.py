"""The episodes of one violation, grown event by event in order of observation."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from uuid import UUID

from inspection.clocks import day_ends
from inspection.history import (
    Decision,
    DecisionKind,
    EndedBy,
    Episode,
    Finding,
    LatestFinding,
    Outcome,
    SettledViolation,
    Spot,
)


class NoEffect(StrEnum):
    """Why a decision does not apply (any more)."""

    INCOMPLETE = "incomplete"  # the violation, the audit, the date or the decision meant is not named
    NO_OPEN_VIOLATION = "no_open_violation"
    ALREADY_WAIVED = "already_waived"
    UNKNOWN_AUDIT = "based_on_unknown_audit"
    UNCOUNTED_AUDIT = "based_on_uncounted_audit"  # a correction that waits
    SUPERSEDED_AUDIT = "based_on_superseded_audit"  # the correction in its place does not find the violation
    OTHER_EPISODE = "based_on_other_episode"  # that audit did not find what is open now
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    NOTHING_TO_CONFIRM = "nothing_to_confirm"
    REVOKED = "revoked"
    REVOKES_NOTHING = "revokes_nothing"  # unknown, a revocation itself, decided later, or revoked before
    ALREADY_OVER = "already_over"  # what it revokes had no effect left to take back


@dataclass(slots=True)
class _Stretch:
    """An episode in the making. checks: (when, audit, outcome) in order; acts: (decision, checks before it).

    ended, waived: (when, by what); a waiver ends it until a pass measured meanwhile does. continues: see Episode.
    """

    opened_at: datetime
    opened_by: UUID
    checks: list[tuple[datetime, UUID, Outcome]]
    acts: list[tuple[Decision, int]] = field(default_factory=list)
    ended: tuple[datetime, EndedBy, UUID] | None = None
    waived: tuple[datetime, UUID] | None = None
    continues: datetime | None = None

    def finished(self) -> Episode:
        ended = self.ended or (None, None, None)
        if not self.acts and not self.waived and not self.continues:  # most of them by far
            return Episode(self.opened_at, self.opened_by, self.fails(), *ended)
        extension, _ = self._last_act(DecisionKind.EXTEND)
        declared_at, then = self._decided_at(DecisionKind.DECLARE)
        asked_at, asked = self._decided_at(DecisionKind.RECHECK)
        still_failing = (at for at, _, outcome in self.checks[then:] if outcome is Outcome.FAIL)
        looked_at = (at for at, _, _ in self.checks[asked:])
        ended_at, ended_by, ended_by_id = ended
        waived_at, waived_by = self.waived or (None, None)
        return Episode(
            opened_at=self.opened_at,
            opened_by=self.opened_by,
            fails=self.fails(),
            ended_at=ended_at,
            ended_by=ended_by,
            ended_by_id=ended_by_id,
            waived_at=waived_at,
            waived_by=waived_by,
            continues=self.continues,
            extended_until=extension.until if extension else None,
            extended_at=extension.decided_at if extension else None,
            declared_at=declared_at,
            refuted_at=next(still_failing, None) if declared_at else None,
            accepted_at=self._decided_at(DecisionKind.ACCEPT)[0],
            recheck_asked_at=asked_at,
            rechecked_at=next(looked_at, None) if asked_at else None,
        )

    def continued(self, at: datetime, waiver: UUID, fail: tuple[datetime, UUID]) -> "_Stretch":
        """The same duty after its waiver, resting on the last fail; what was decided of it before still stands."""
        acts = [(act, 0 if fail[0] > act.decided_at else 1) for act, _ in self.acts]
        return _Stretch(at, waiver, [(*fail, Outcome.FAIL)], acts, continues=self.continues or self.opened_at)

    def fails(self) -> tuple[UUID, ...]:
        return tuple([audit for _, audit, outcome in self.checks if outcome is Outcome.FAIL])

    def declared_by(self) -> UUID | None:
        """Who declared the fail remedied; None where nobody did, or an audit found it again since."""
        declared, then = self._last_act(DecisionKind.DECLARE)
        refuted = any(outcome is Outcome.FAIL for _, _, outcome in self.checks[then:])
        return None if declared is None or refuted else declared.author

    def _last_act(self, kind: DecisionKind) -> tuple[Decision | None, int]:
        return next(((d, before) for d, before in reversed(self.acts) if d.kind is kind), (None, 0))

    def _decided_at(self, kind: DecisionKind) -> tuple[datetime | None, int]:
        decision, checks_before = self._last_act(kind)
        return (decision.decided_at if decision else None), checks_before


@dataclass(frozen=True, slots=True)
class _Waiver:
    decision: UUID
    ends_at: datetime | None


class Timeline:
    """What becomes of one spot. Feed it measurements and decisions in order of (moment, kind, id).

    Each decision answers None, or why it has no effect. unverified: audits whose pass released nothing, because
    their author had declared the fail remedied: nobody verifies a word of their own.
    """

    def __init__(self, spot: Spot, zone: tzinfo) -> None:
        self._spot = spot
        self._zone = zone  # where the last day of a waiver ends
        self._stretches: list[_Stretch] = []
        self._waiver: _Waiver | None = None
        self._last: tuple[datetime, UUID, Finding, tuple[str, str]] | None = None  # newest pass or fail
        self._newest: Outcome | None = None  # newest word, not_applicable too
        self.unverified: list[UUID] = []

    def measure(self, said: LatestFinding) -> None:
        """A pass, fail or not_applicable, and what it was judged by; a not_checked must not be fed."""
        at, audit, finding, checklist = said.observed_at, said.audit, said.finding, said.checklist
        if self._waiver and self._waiver.ends_at and self._waiver.ends_at < at:
            self._waiver_ends(self._waiver.ends_at)
        if said.unconfirmed_by and finding.outcome is Outcome.PASS:
            stretch = self._open()
            if stretch and stretch.declared_by() == said.unconfirmed_by:
                self.unverified.append(audit)
                return
        self._newest = finding.outcome
        if finding.outcome is not Outcome.NOT_APPLICABLE:
            self._last = (at, audit, finding, checklist)
        check = (at, audit, finding.outcome)
        if stretch := self._open():
            stretch.checks.append(check)
            if finding.outcome is Outcome.PASS:
                stretch.ended = (at, EndedBy.MEASURED_PASS, audit)
        elif finding.outcome is Outcome.PASS and self._waiver:
            # Remedied after all: nothing is left to waive, or to come back when the waiver ends.
            self._waiver = None
            self._stretches[-1].ended = (at, EndedBy.MEASURED_PASS, audit)
        elif finding.outcome is Outcome.FAIL and self._waiver is None:
            self._stretches.append(_Stretch(at, audit, [check]))

    def decide(self, decision: Decision, effective: UUID) -> NoEffect | None:
        """An official's act on the open episode; effective: the audit that counts in place of its basis."""
        self._let_waiver_run_out(decision.decided_at)
        stretch = self._open()
        if stretch is None:
            return NoEffect.ALREADY_WAIVED if self._waiver else NoEffect.NO_OPEN_VIOLATION
        if effective not in stretch.fails():
            return NoEffect.OTHER_EPISODE if effective == decision.based_on else NoEffect.SUPERSEDED_AUDIT
        if decision.kind is not DecisionKind.WAIVE:
            stretch.acts.append((decision, len(stretch.checks)))
            return None
        ends_at = day_ends(decision.until, self._zone) if decision.until else None
        if ends_at and ends_at <= decision.decided_at:
            return NoEffect.ENDS_BEFORE_IT_BEGINS
        stretch.ended = (decision.decided_at, EndedBy.WAIVER, decision.id)
        stretch.waived = (decision.decided_at, decision.id)
        self._waiver = _Waiver(decision.id, ends_at)
        return None

    def revoke(self, revocation: Decision, revoked: Decision) -> NoEffect | None:
        """Take back an act. A waiver is over from now on; anything else is as if it had never been decided."""
        self._let_waiver_run_out(revocation.decided_at)
        if self._waiver and self._waiver.decision == revoked.id:
            self._waiver_ends(revocation.decided_at)
            return None
        # An act on what is waived can still be taken back: it would stand again with the duty.
        stretch = self._stretches[-1] if self._waiver else self._open()
        kept = [act for act in stretch.acts if act[0].id != revoked.id] if stretch else []
        if stretch is None or len(kept) == len(stretch.acts):
            # What stood while an episode lasted stays true of it: an item executed in its extended time was
            # executed in time.
            return NoEffect.ALREADY_OVER
        stretch.acts = kept
        return None

    def settled(self, *, dropped: bool) -> SettledViolation | None:
        """The violation after the last event; None if it never was one. dropped: no longer asked for."""
        if not self._stretches or self._last is None:
            return None
        if self._waiver and self._waiver.ends_at:
            self._waiver_ends(self._waiver.ends_at)
        return SettledViolation(
            spot=self._spot,
            episodes=tuple(stretch.finished() for stretch in self._stretches),
            last=self._last[2],
            last_audit=self._last[1],
            checklist=self._last[3],
            needs_decision=self._open() is not None and (dropped or self._newest is Outcome.NOT_APPLICABLE),
        )

    def _open(self) -> _Stretch | None:
        newest = self._stretches[-1] if self._stretches else None
        return newest if newest and newest.ended is None else None

    def _let_waiver_run_out(self, now: datetime) -> None:
        # An audit of the very moment is still heard under the waiver, a decision of that moment comes after it.
        if self._waiver and self._waiver.ends_at and self._waiver.ends_at <= now:
            self._waiver_ends(self._waiver.ends_at)

    def _waiver_ends(self, at: datetime) -> None:
        waiver, self._waiver = self._waiver, None
        if waiver and self._last:  # a fail, or there would be no waiver left
            self._stretches.append(self._stretches[-1].continued(at, waiver.decision, self._last[:2]))
