"""What a head of department does about rows that nothing was made of, or that lost against what was held.

Nothing that was sent is ever changed: a decision stands beside it, and who sent it hears of it. Whoever decides
does so with their own authority: an edit that its author might not make any more is made by the head, or not at
all.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from inspection import facilities
from inspection.access import Caller
from inspection.errors import DoesNotApply, Fault, InvalidInput, NotFound, StaleVersion
from inspection.forms import UUID_FORM
from inspection.intake import AUDITS, MOST_BYTES
from inspection.intake_edits import EDITED, lost, read_edit
from inspection.intake_review import Wanted, find, held_now, held_then, visible_to
from inspection.journal import Change
from inspection.photos.understanding import PHOTOS, understand_photos
from inspection.sync.facilities import push_facility
from inspection.sync.followups import push_followup
from inspection.sync.merging import Document
from inspection.sync.outcomes import announce
from inspection.sync.tablets import Tablet, head_of
from inspection.sync.verdicts import Pushed, Verdict
from inspection.tables.areas import Area
from inspection.tables.intake import IntakeDecision, IntakeKey, IntakeRow, IntakeState
from inspection.understanding import understand
from inspection.unit import Unit

KIND = "intake"
MADE = (IntakeState.TAKEN, IntakeState.MERGED)
SIGNED: Mapping[str, Callable[[Unit, Collection[IntakeKey]], Any]] = {
    AUDITS: understand,
    PHOTOS: understand_photos,
}
PUSHES: Mapping[str, Callable[[Unit, Tablet, Pushed], Verdict]] = {
    "facilities": push_facility,
    "followups": push_followup,
}
Decided = tuple[IntakeDecision, list[str] | None, str | None]  # what, of which fields, why


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done to a row that was in the state `before`. decided: None where it is still open."""

    action: str
    before: str
    decided: Decided | None


def replay(unit: Unit, caller: Caller, wanted: Wanted) -> IntakeRow:
    """Try a row again: what was signed as its author's, as the rules and grants are now; an edit as the caller's.

    A row that was taken stays as it is. Raises NotFound; DoesNotApply for a conflict, for what was decided and for
    what nobody could understand; and whatever an edit of the caller's own would be refused with.
    """
    row = _locked(unit, caller, wanted)
    if row.state in MADE:
        return row
    _refuse_decided(row)
    if row.state == IntakeState.CONFLICT:
        raise DoesNotApply("both values of a conflict are kept; choose between them")
    before, attempts = row.state, row.attempts
    if row.collection in SIGNED:
        unit.session.flush()
        SIGNED[row.collection](unit, [_key(row)])
        unit.session.refresh(row)
    else:
        _push(unit, caller, row)
    row.attempts = attempts + 1
    decided = (IntakeDecision.REPLAY, None, None) if row.state in MADE else None
    _conclude(unit, caller, row, _Done("intake.replayed", before, decided))
    return row


def choose(
    unit: Unit,
    caller: Caller,
    wanted: Wanted,
    take: Collection[str],
    *,
    reason: str | None = None,
    seen_rev: int | None = None,
) -> IntakeRow:
    """Decide a conflict: take the sent values of these fields after all (none: what is held stays).

    seen_rev: version of the held document that the caller saw. Choosing the same again changes nothing. Raises
    NotFound; DoesNotApply for what is no conflict or was decided otherwise; InvalidInput for a field that did not
    lose; StaleVersion; and whatever an edit of the caller's own would be refused with.
    """
    row = _locked(unit, caller, wanted)
    named = sorted(set(take))
    decision = IntakeDecision.TAKE if named else IntakeDecision.KEEP
    decided: Decided = (decision, named or None, reason)
    if _decided_so(row, decided):
        return row
    _refuse_decided(row)
    if row.state != IntakeState.CONFLICT:
        raise DoesNotApply("this is no conflict: there is nothing to choose between")
    if named or seen_rev is not None:
        now = visible_to(caller, held_now(unit.session, row))
        if now is None:
            raise NotFound("there is no such object")
        if seen_rev not in (None, now["rev"]):
            raise StaleVersion("the document was changed since you read it", rev=now["rev"])
        if named:
            _take(unit, caller, row, take, now)
    _conclude(unit, caller, row, _Done("intake.chosen", row.state, decided))
    return row


def dismiss(unit: Unit, caller: Caller, wanted: Wanted, reason: str) -> IntakeRow:
    """Note that nothing is to be made of a row, and why. It stays as it is, and so does its state.

    Dismissing for the same reason again changes nothing. Raises NotFound, and DoesNotApply for what was decided
    otherwise, was taken, or was not looked at yet.
    """
    row = _locked(unit, caller, wanted)
    decided: Decided = (IntakeDecision.DISMISS, None, reason)
    if _decided_so(row, decided):
        return row
    _refuse_decided(row)
    if row.state in MADE:
        raise DoesNotApply("this was taken: there is nothing to dismiss")
    if row.state == IntakeState.KEPT:
        raise DoesNotApply("this was not looked at yet; its turn comes by itself")
    _conclude(unit, caller, row, _Done("intake.dismissed", row.state, decided))
    return row


def _locked(unit: Unit, caller: Caller, wanted: Wanted) -> IntakeRow:
    """The row, locked. Its facility first, as whoever pushes does; of what is signed there is none yet."""
    row = find(unit.session, caller, wanted)
    if row.collection == "facilities":
        facilities.locked(unit.session, row.document_id)
    elif row.collection == "followups" and (now := held_now(unit.session, row)):
        facilities.locked(unit.session, UUID(now["facility_id"]))
    unit.session.refresh(row, with_for_update=True)
    return row


def _push(unit: Unit, caller: Caller, row: IntakeRow) -> None:
    """Make the edit in a row as the caller's own."""
    edit = read_edit(row.body)
    known = row.collection in PUSHES and len(row.body) <= MOST_BYTES
    if not known or edit is None or not _is_of(row, edit.new):
        raise DoesNotApply("nobody could make anything of this; it can only be dismissed")
    verdict = _as_own(unit, caller, row, Pushed(row.document_id, edit.new, edit.base))
    row.state, row.reason, row.waiting_for = verdict.state.value, verdict.reason, verdict.waiting_for
    row.held = verdict.document if verdict.state is IntakeState.CONFLICT else None
    row.understood_at = unit.now


def _is_of(row: IntakeRow, document: Document) -> bool:
    made = document.get("id")
    return isinstance(made, str) and bool(UUID_FORM.fullmatch(made)) and UUID(made) == row.document_id


def _take(unit: Unit, caller: Caller, row: IntakeRow, take: Collection[str], now: Document) -> None:
    """Give the held document the sent values of these fields, as an edit of the caller's own."""
    edit, then = read_edit(row.body), held_then(row)
    may_take = lost(row.collection, edit, then) if row.collection in EDITED and edit and then else ()
    accepted = f"one of: {', '.join(may_take)}" if may_take else "an empty list"
    reason = "the sent value of this field did not lose"
    faults = [Fault(f"/take/{n}", reason, accepted) for n, name in enumerate(take) if name not in may_take]
    if faults or edit is None:
        raise InvalidInput(faults)
    new = {"id": str(row.document_id), **{name: edit.new.get(name) for name in take}}
    base = {name: now.get(name) for name in take}  # no other field: one that `new` lacks would be emptied
    verdict = _as_own(unit, caller, row, Pushed(row.document_id, new, base))
    if verdict.state not in MADE:
        raise DoesNotApply(verdict.reason or "the values cannot be taken any more")


def _as_own(unit: Unit, caller: Caller, row: IntakeRow, pushed: Pushed) -> Verdict:
    """Push a document as if the caller sat before a tablet of the whole region."""
    area = unit.session.get_one(Area, row.home_region)
    head = head_of(unit.session, row.home_region)
    desk = Tablet(caller, None, area.country, row.home_region, head, districts=None, lost={})
    return PUSHES[row.collection](unit, desk, pushed)


def _decided_so(row: IntakeRow, decided: Decided) -> bool:
    return (row.decision, row.decision_fields, row.decision_reason) == decided


def _refuse_decided(row: IntakeRow) -> None:
    if row.decided_at is not None:
        raise DoesNotApply("this was decided already", decision=row.decision)


def _conclude(unit: Unit, caller: Caller, row: IntakeRow, done: _Done) -> None:
    """Write what was done, into the row and the journal, and let who sent it hear of it."""
    changes: dict[str, tuple[Any, Any]] = {
        "collection": (None, row.collection),
        "sha256": (None, row.content_hash.hex()),
        "state": (done.before, row.state),
    }
    if done.decided is not None:
        decision, named, row.decision_reason = done.decided
        row.decision, row.decision_fields = decision.value, named
        row.decided_at, row.decided_by = unit.now, caller.person_id
        changes |= {"decision": (None, decision.value), "fields": (None, named or [])}
    row.outcome_rev += 1
    announce(unit.session, [_key(row)])
    reason = row.decision_reason
    unit.journal.add(Change(row.home_region, done.action, KIND, str(row.document_id), changes, reason=reason))


def _key(row: IntakeRow) -> IntakeKey:
    return IntakeKey(row.home_region, row.collection, row.document_id, row.content_hash)
