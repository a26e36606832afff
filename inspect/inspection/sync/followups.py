"""Re-checks from tablets: who goes, when, and what there is to say about it. What is due is the server's."""

from datetime import date
from uuid import UUID

import orjson

from inspection.access import Act, may, require
from inspection.errors import Fault, Forbidden, InvalidInput
from inspection.forms import Fields
from inspection.heads import lock_facilities
from inspection.journal import Change
from inspection.sync.collections import COLLECTIONS
from inspection.sync.documents import render
from inspection.sync.merging import Document, merge
from inspection.sync.pulling import visible
from inspection.sync.tablets import Tablet
from inspection.sync.verdicts import Pushed, Verdict, of_merge
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.intake import IntakeState
from inspection.tables.regions import Home
from inspection.unit import Unit

OWNED = ("assignee_id", "planned_on", "note")
OPEN = (FollowUpState.QUEUED, FollowUpState.ASSIGNED)


def push_followup(unit: Unit, tablet: Tablet, pushed: Pushed) -> Verdict:
    """Merge an edit of a re-check. Raises NotFound, Forbidden and InvalidInput."""
    held = _held(unit, tablet, pushed.id)
    if pushed.deleted:
        return Verdict(IntakeState.CONFLICT, "a follow-up is never deleted", _document(unit, held))
    said = _read(pushed.new)
    given = {name: value for name, value in said.items() if name in pushed.new}
    base = None if pushed.base is None else _read_base(pushed.base)
    there = {name: getattr(held, name) for name in OWNED}
    merged = merge(base, given, there, OWNED)
    if merged.apply and held.state not in OPEN:
        return Verdict(IntakeState.CONFLICT, "this follow-up is closed", _document(unit, held))
    _apply(unit, tablet, held, merged.apply)
    as_sent = all(getattr(held, name) == value for name, value in given.items())
    return of_merge(merged.lost, as_sent=as_sent, document=lambda: _document(unit, held))


def _held(unit: Unit, tablet: Tablet, wanted: UUID) -> FollowUp:
    held = unit.session.get(FollowUp, (tablet.region, wanted)) or _elsewhere(unit, tablet, wanted)
    require(tablet.caller, Act.SUBMIT_AUDIT, held, what="object")
    assert held is not None  # noqa: S101 - require refuses None
    lock_facilities(unit.session, [(held.home_region, held.facility_id)])
    unit.session.refresh(held)
    return held


def _elsewhere(unit: Unit, tablet: Tablet, wanted: UUID) -> FollowUp | None:
    # Born in another region, it moved here with its facility, and has the home that its facility has.
    shown = visible(unit.session, tablet, COLLECTIONS["followups"], wanted)
    facility = shown and unit.session.get(Home, UUID(orjson.loads(shown)["facility_id"]))
    return unit.session.get(FollowUp, (facility.region, wanted)) if facility else None


def _apply(unit: Unit, tablet: Tablet, held: FollowUp, changes: Document) -> None:
    if not changes:
        return
    person = tablet.caller.person_id
    if changes.get("assignee_id", person) not in (person, None) and not may(tablet.caller, Act.CONFIRM, held):
        raise Forbidden("only a head of department gives a follow-up to somebody else")
    facts = {name: (getattr(held, name), value) for name, value in changes.items()}
    for name, value in changes.items():
        setattr(held, name, value)
    if "assignee_id" in changes:
        held.state = (FollowUpState.ASSIGNED if held.assignee_id else FollowUpState.QUEUED).value
    held.rev += 1
    unit.journal.add(Change(held.home_region, "followup.changed", "followup", str(held.id), facts))


def _document(unit: Unit, held: FollowUp) -> str:
    unit.session.flush()
    (rendered,) = render(unit.session, "followups", [(held.home_region, held.id)])
    return rendered.body


def _read(document: Document) -> dict[str, UUID | date | str | None]:
    faults: list[Fault] = []
    said = _owned(Fields(document, "", faults))
    if faults:
        raise InvalidInput(faults)
    return said


def _owned(fields: Fields) -> dict[str, UUID | date | str | None]:
    return {
        "assignee_id": fields.uuid("assignee_id"),
        "planned_on": fields.day("planned_on"),
        "note": fields.text("note"),
    }


def _read_base(base: Document) -> Document:
    said = _owned(Fields(base, "", []))
    return {name: value for name, value in said.items() if name in base}
