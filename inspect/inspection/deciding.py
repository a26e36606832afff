"""What officials decide about violations and audits, recorded as acts and settled at once.

An act that would have no effect now is refused with the reason; one that loses its effect later, because
something older arrives, stays in the record as without effect.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from inspection.access import Act, Caller, require
from inspection.bulk import insert_new_rows, insert_rows
from inspection.clocks import TimeSource, time_set_by_person
from inspection.countries import local_date
from inspection.dossiers import Dossier, as_decision, open_dossiers
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput, StaleVersion
from inspection.heads import lock_facilities
from inspection.history import Decision, DecisionKind, Spot
from inspection.homes import find
from inspection.journal import Change
from inspection.settling import settle_dossier, write_settled
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.regions import Home
from inspection.tables.violations import Violation
from inspection.unit import Unit


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


def decide(unit: Unit, caller: Caller, violation_id: UUID, wish: Wish) -> Decision:
    """Decide about a violation: accept, extend, waive, declare or ask for a re-check.

    Raises NotFound, Forbidden, StaleVersion, InvalidInput (a date that cannot be), AlreadyDifferent (the id is
    taken), DoesNotApply (with the reason why it would have no effect).
    """
    violation = unit.session.scalars(select(Violation).where(Violation.id == violation_id)).one_or_none()
    require(caller, Act.DECIDE, violation, what="violation")
    assert violation is not None  # noqa: S101 - require has seen to it
    dossier = open_dossiers(unit, [(violation.home_region, violation.facility_id)])[violation.facility_id]
    held = dossier.violations[violation_id]  # fresh, under the lock
    decision = Decision(
        id=wish.id,
        kind=wish.kind,
        decided_at=unit.now,
        author=caller.person_id,
        reason=wish.reason,
        spot=Spot(held.criterion, held.place),
        based_on=wish.based_on or held.last_audit_id,
        until=wish.until,
    )
    if repeated := _repeated(dossier, decision):
        return repeated
    if wish.seen_rev is not None and wish.seen_rev != held.rev:
        raise StaleVersion("somebody changed this violation since you read it", held_rev=held.rev)
    _check_dates(unit, held, wish)
    return _record(unit, dossier, decision, violation_id)


def revoke(unit: Unit, caller: Caller, decision_id: UUID, revocation_id: UUID, reason: str) -> Decision:
    """Take back an earlier decision, from now on. Raises as `decide` does."""
    row = find(unit.session, DecisionRow, decision_id)
    confirmation = row is not None and row.kind == DecisionKind.CONFIRM
    require(caller, Act.CONFIRM if confirmation else Act.DECIDE, row, what="decision")
    assert row is not None  # noqa: S101 - require has seen to it
    dossier = open_dossiers(unit, [(row.home_region, row.facility_id)])[row.facility_id]
    decision = Decision(
        revocation_id, DecisionKind.REVOKE, unit.now, caller.person_id, reason, revokes=decision_id
    )
    return _repeated(dossier, decision) or _record(unit, dossier, decision, row.violation_id)


def confirm(unit: Unit, caller: Caller, audit_id: UUID, confirmation_id: UUID, reason: str) -> Decision:
    """Let a correction stand that needs the head of department. Raises as `decide` does."""
    audit = find(unit.session, Audit, audit_id)
    require(caller, Act.CONFIRM, audit, what="audit")
    assert audit is not None  # noqa: S101 - require has seen to it
    if audit.author_id == caller.person_id:
        raise DoesNotApply("nobody confirms a correction of their own", audit=str(audit_id))
    dossier = open_dossiers(unit, [(audit.home_region, audit.facility_id)])[audit.facility_id]
    decision = Decision(
        confirmation_id, DecisionKind.CONFIRM, unit.now, caller.person_id, reason, based_on=audit_id
    )
    return _repeated(dossier, decision) or _record(unit, dossier, decision, None)


def set_time(unit: Unit, caller: Caller, audit_id: UUID, observed_at: datetime, reason: str) -> None:
    """Set the time of an audit that nobody could date; only then is it judged.

    Raises NotFound, Forbidden, InvalidInput (after its receipt), DoesNotApply (its time is known).
    """
    audit = find(unit.session, Audit, audit_id)
    require(caller, Act.SET_TIME, audit, what="audit")
    assert audit is not None  # noqa: S101 - require has seen to it
    key = (audit.home_region, audit.facility_id)
    lock_facilities(unit.session, [key])
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
    says = [(d.kind, d.spot, d.until, d.revokes, d.reason, d.author) for d in (held, decision)]
    if says[0] != says[1]:
        raise AlreadyDifferent("another decision is recorded under this id", decision=str(held.id))
    return held


def _check_dates(unit: Unit, held: Violation, wish: Wish) -> None:
    today = local_date(unit.now, held.country)
    if wish.kind is DecisionKind.EXTEND:
        if held.due_on is None:
            raise DoesNotApply("no due date was told for this violation yet", violation=str(held.id))
        if wish.until is None or wish.until <= held.due_on:
            accepted = f"a date after {held.due_on.isoformat()}"
            raise InvalidInput([Fault("/until", "an extension leads to a later date", accepted)])
    elif wish.kind is DecisionKind.WAIVE:
        if wish.until is not None and wish.until < today:
            accepted = f"{today.isoformat()} or later, or left out for good"
            raise InvalidInput([Fault("/until", "this day is over", accepted)])
    elif wish.until is not None:
        raise InvalidInput([Fault("/until", "this kind of decision has no date", "until left out")])


def _record(unit: Unit, dossier: Dossier, decision: Decision, violation_id: UUID | None) -> Decision:
    dossier.decisions.append(decision)
    if why := settle_dossier(dossier).without_effect.get(decision.id):
        raise DoesNotApply("this decision would have no effect", why=str(why))
    home = {"id": decision.id, "region": dossier.facility.home_region, "kind": "decision"}
    if not insert_new_rows(unit.session, Home, [home]):
        raise AlreadyDifferent("this id is taken by another document", decision=str(decision.id))
    row = {
        **dossier.placed,
        "id": decision.id,
        "kind": decision.kind.value,
        "violation_id": violation_id,
        "criterion": decision.spot and decision.spot.criterion,
        "place": decision.spot and decision.spot.place,
        "based_on": decision.based_on,
        "until": decision.until,
        "revokes": decision.revokes,
        "reason": decision.reason,
        "author_id": decision.author,
        "decided_at": decision.decided_at,
    }
    insert_rows(unit.session, DecisionRow, [row])
    facts = {name: (None, row[name]) for name in ("violation_id", "based_on", "until", "revokes") if row[name]}
    action = f"decision.{decision.kind.value}"
    change = Change(row["home_region"], action, "decision", str(decision.id), facts, decision.reason)
    unit.journal.add(change)
    write_settled(unit, [dossier])
    return as_decision(DecisionRow(**row))
