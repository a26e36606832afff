"""What officials decide about violations and audits, recorded as acts and settled at once.

An act that would have no effect now is refused with the reason; one that loses its effect later, because
something older arrives, stays in the record as without effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from inspection.access import Act, Caller, require
from inspection.aliases import lock_merged
from inspection.bulk import insert_new_rows, insert_rows
from inspection.clocks import TimeSource, time_set_by_person
from inspection.countries import local_date
from inspection.dossiers import Dossier, open_dossiers, open_for, refuse_merged
from inspection.episodes import NoEffect
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput, StaleVersion
from inspection.history import Decision, DecisionKind, Spot
from inspection.homes import find, find_violation
from inspection.journal import Change
from inspection.settling import settle_dossier, write_settled
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.regions import Home
from inspection.tables.violations import Violation
from inspection.unit import Unit

ABOUT_VIOLATIONS = (
    DecisionKind.ACCEPT,
    DecisionKind.EXTEND,
    DecisionKind.WAIVE,
    DecisionKind.DECLARE,
    DecisionKind.RECHECK,
)
SAID = ("kind", "spot", "until", "revokes", "reason", "author")  # what makes two decisions the same
WITHOUT_EFFECT: Mapping[NoEffect, str] = {
    NoEffect.INCOMPLETE: "the decision does not name all that it is about",
    NoEffect.NO_OPEN_VIOLATION: "this violation is not open",
    NoEffect.ALREADY_WAIVED: "this violation is waived already",
    NoEffect.UNKNOWN_AUDIT: "the audit that the decision is based on is not known here",
    NoEffect.UNCOUNTED_AUDIT: "the audit that the decision is based on does not count yet",
    NoEffect.SUPERSEDED_AUDIT: "the audit was corrected, and the correction does not find this violation",
    NoEffect.OTHER_EPISODE: "the audit that the decision is based on did not find what is open now",
    NoEffect.ENDS_BEFORE_IT_BEGINS: "the waiver would end before it begins",
    NoEffect.NOTHING_TO_CONFIRM: "this audit is no correction that needs to be confirmed",
    NoEffect.REVOKED: "this decision is revoked already",
    NoEffect.REVOKES_NOTHING: "there is no such decision that could be revoked, or it is revoked already",
    NoEffect.ALREADY_OVER: "the decision to be revoked has no effect any more",
}
LONGEST = timedelta(days=50 * 366)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an official wants to decide. id is made by the client, so that asking twice decides once.

    based_on: the audit they had in front of them; by default the one that last judged the violation. seen_rev:
    the version of the violation they saw, if they want to be told that it has changed since.
    """

    id: UUID
    kind: DecisionKind
    reason: str
    until: date | None = None
    based_on: UUID | None = None
    seen_rev: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A decision to be written down.

    facility_id: of what it is about. What takes back or confirms something of a merged facility remains with it
    when they are separated.
    """

    decision: Decision
    violation_id: UUID | None
    facility_id: UUID


def decide(unit: Unit, caller: Caller, violation_id: UUID, wish: Wish) -> Decision:
    """Decide about a violation: accept, extend, waive, declare or ask for a re-check.

    Raises NotFound, Forbidden, StaleVersion, InvalidInput (another kind, a date that cannot be), AlreadyDifferent
    (the id is taken), DoesNotApply (with the reason why it would have no effect).
    """
    if wish.kind not in ABOUT_VIOLATIONS:
        accepted = ", ".join(ABOUT_VIOLATIONS)
        raise InvalidInput([Fault("/kind", "this is not decided about a violation", accepted)])
    row = find_violation(unit.session, violation_id)
    dossier = open_for(unit, caller, Act.DECIDE, row, what="violation")
    assert row is not None  # noqa: S101 - or there would be no dossier
    held = dossier.of(row.facility_id).violations[violation_id]  # fresh, under the lock
    decision = Decision(
        id=wish.id,
        kind=wish.kind,
        decided_at=dossier.next_moment(unit.now),
        author=caller.person_id,
        reason=wish.reason,
        spot=Spot(held.criterion, held.place),
        based_on=wish.based_on or held.last_audit_id,
        until=wish.until,
    )
    if repeated := _repeated(dossier, decision):
        return repeated
    refuse_merged(dossier, held)
    if wish.seen_rev is not None and wish.seen_rev != held.rev:
        raise StaleVersion("somebody changed this violation since you read it", held_rev=held.rev)
    _check_dates(unit, held, wish)
    return _record(unit, dossier, decision, violation_id, held.facility_id)


def revoke(unit: Unit, caller: Caller, decision_id: UUID, revocation_id: UUID, reason: str) -> Decision:
    """Take back an earlier decision, from now on. Raises as `decide` does."""
    row = find(unit.session, DecisionRow, decision_id)
    confirmation = row is not None and row.kind == DecisionKind.CONFIRM
    act = Act.CONFIRM if confirmation else Act.DECIDE
    dossier = open_for(unit, caller, act, row, what="decision")
    assert row is not None  # noqa: S101 - or there would be no dossier
    decision = Decision(
        revocation_id,
        DecisionKind.REVOKE,
        dossier.next_moment(unit.now),
        caller.person_id,
        reason,
        revokes=decision_id,
    )
    return _repeated(dossier, decision) or _record(unit, dossier, decision, row.violation_id, row.facility_id)


def confirm(unit: Unit, caller: Caller, audit_id: UUID, confirmation_id: UUID, reason: str) -> Decision:
    """Let a correction stand that needs the head of department. Raises as `decide` does."""
    audit = find(unit.session, Audit, audit_id)
    dossier = open_for(unit, caller, Act.CONFIRM, audit, what="audit")
    assert audit is not None  # noqa: S101 - or there would be no dossier
    if audit.author_id == caller.person_id:
        raise DoesNotApply("nobody confirms a correction of their own", audit=str(audit_id))
    decision = Decision(
        confirmation_id,
        DecisionKind.CONFIRM,
        dossier.next_moment(unit.now),
        caller.person_id,
        reason,
        based_on=audit_id,
    )
    return _repeated(dossier, decision) or _record(unit, dossier, decision, None, audit.facility_id)


def set_time(unit: Unit, caller: Caller, audit_id: UUID, observed_at: datetime, reason: str) -> None:
    """Set the time of an audit that nobody could date; only then is it judged.

    Raises NotFound, Forbidden, InvalidInput (after its receipt, or ages before), DoesNotApply (its time is known).
    """
    audit = find(unit.session, Audit, audit_id)
    require(caller, Act.SET_TIME, audit, what="audit")
    assert audit is not None  # noqa: S101 - require has seen to it
    key = (audit.home_region, audit.facility_id)
    facility = lock_merged(unit.session, [key])[0][audit.facility_id]
    require(caller, Act.SET_TIME, facility, what="audit")  # it may have moved since
    unit.session.refresh(audit)
    if audit.time_source not in (TimeSource.UNCERTAIN, TimeSource.PERSON):
        raise DoesNotApply("the time of this audit is known", time_source=audit.time_source)
    at = time_set_by_person(observed_at, received_at=audit.received_at).at
    assert at is not None  # noqa: S101 - a person gave it
    facts = {"observed_at": (audit.observed_at, at), "time_source": (audit.time_source, TimeSource.PERSON.value)}
    audit.observed_at = audit.signed_true_at = at
    audit.observed_on = local_date(at, audit.country)
    audit.time_source, audit.rev = TimeSource.PERSON.value, audit.rev + 1
    unit.session.flush()
    unit.journal.add(Change(audit.home_region, "audit.dated", "audit", str(audit_id), facts, reason))
    write_settled(unit, open_dossiers(unit, [key]).values())


def _repeated(dossier: Dossier, decision: Decision) -> Decision | None:
    """The decision recorded under this id, if it says the same. Raises AlreadyDifferent if it does not."""
    held = next((d for d in dossier.decisions if d.id == decision.id), None)
    if held is None:
        return None
    same = all(getattr(held, name) == getattr(decision, name) for name in SAID)
    # What a decision about a violation rests on is filled in, and may have been another audit the first time.
    if not same or (held.kind is DecisionKind.CONFIRM and held.based_on != decision.based_on):
        raise AlreadyDifferent("another decision is recorded under this id", decision=str(held.id))
    return held


def _check_dates(unit: Unit, held: Violation, wish: Wish) -> None:
    today = local_date(unit.now, held.country)
    if wish.until is not None and wish.until > today + LONGEST:
        accepted = f"at most {(today + LONGEST).isoformat()}"
        raise InvalidInput([Fault("/until", "this is later than anybody will remember", accepted)])
    if wish.kind is DecisionKind.EXTEND:
        if held.due_on is None:
            raise DoesNotApply("no due date was told for this violation yet", violation=str(held.id))
        earliest = max(held.due_on, today - DAY)
        if wish.until is None or wish.until <= earliest:
            accepted = f"a date after {earliest.isoformat()}"
            raise InvalidInput([Fault("/until", "an extension leads to a later date", accepted)])
    elif wish.kind is DecisionKind.WAIVE:
        if wish.until is not None and wish.until < today:
            accepted = f"{today.isoformat()} or later, or left out for good"
            raise InvalidInput([Fault("/until", "this day is over", accepted)])
    elif wish.until is not None:
        raise InvalidInput([Fault("/until", "this kind of decision has no date", "until left out")])


def record_decisions(unit: Unit, dossier: Dossier, made: Sequence[Made]) -> None:
    """Write down decisions about this dossier, and once what follows from all of them.

    Raises DoesNotApply if one would have no effect, AlreadyDifferent if an id is taken.
    """
    dossier.decisions.extend(each.decision for each in made)
    without_effect = settle_dossier(dossier).without_effect
    for each in made:
        if why := without_effect.get(each.decision.id):
            raise DoesNotApply(WITHOUT_EFFECT[NoEffect(why)], why=str(why))
    region = dossier.facility.home_region
    homes = [{"id": each.decision.id, "region": region, "kind": "decision"} for each in made]
    if len(insert_new_rows(unit.session, Home, homes)) < len(homes):
        taken = ", ".join(str(each.decision.id) for each in made)
        raise AlreadyDifferent("this id is taken by another document", decision=taken)
    rows = [_row(dossier, each) for each in made]
    insert_rows(unit.session, DecisionRow, rows)
    for row in rows:
        facts = {name: (None, row[name]) for name in ("violation_id", "based_on", "until", "revokes") if row[name]}
        action, about = f"decision.{row['kind']}", str(row["id"])
        unit.journal.add(Change(row["home_region"], action, "decision", about, facts, row["reason"]))
    write_settled(unit, [dossier])


def _row(dossier: Dossier, made: Made) -> dict[str, Any]:
    decision = made.decision
    return {
        **dossier.of(made.facility_id).placed,
        "id": decision.id,
        "kind": decision.kind.value,
        "violation_id": made.violation_id,
        "criterion": decision.spot and decision.spot.criterion,
        "place": decision.spot and decision.spot.place,
        "based_on": decision.based_on,
        "until": decision.until,
        "revokes": decision.revokes,
        "reason": decision.reason,
        "author_id": decision.author,
        "decided_at": decision.decided_at,
    }


def _record(
    unit: Unit, dossier: Dossier, decision: Decision, violation_id: UUID | None, facility_id: UUID
) -> Decision:
    record_decisions(unit, dossier, [Made(decision, violation_id, facility_id)])
    return decision
