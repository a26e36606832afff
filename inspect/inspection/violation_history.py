"""Everything that happened about one violation in one order: visits, decisions, letters, replies, re-checks.

Each is read from where it is recorded, as far as the caller may see it; nothing is worked out anew.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.aliases import merged_into
from inspection.history import Spot
from inspection.tables.answers import OperatorReply
from inspection.tables.audits import Audit
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.notices import Letter, Notice, NoticeState
from inspection.violation_rows import violation_id

R = OperatorReply
VISIT = (Audit.id, Audit.author_id, Audit.observed_at, Audit.received_at, Audit.ground, Audit.findings)
REPLY = (R.id, R.kind, R.until, R.received_at, R.state, R.answer, R.answered_by, R.answered_at)
TOLD = (
    *(Notice.stage, Notice.recipient, Notice.due_on, Notice.created_at, Letter.id.label("letter")),
    *(Letter.state, Letter.sent_at, Letter.queued_at, Letter.delivered_on, Letter.delivered_by, Letter.delivery),
)
NEVER_SENT = (NoticeState.SUPERSEDED, NoticeState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    what: its word, a kind of decision or act, or one of `measured_<outcome>`, `stands_again`, `told_<say>`,
    `letter`, `reply`, `answered`, `followup_opened`, `followup_done`, `followup_cancelled`. who: a person; None:
    the system or the operator. words: as somebody typed them. about: what else there is to say, by name.
    """

    at: datetime
    what: str
    who: UUID | None = None
    words: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


def events(session: Session, caller: Caller, row: Mapping[str, Any]) -> list[Event]:
    """What happened, the newest first. row: as `violation_details.one` gives it. Five statements."""
    here = UUID(row["facility_id"]) if isinstance(row["facility_id"], str) else row["facility_id"]
    merged = [here, *sorted(merged_into(session, [(row["home_region"], here)]))]
    same = [violation_id(each, Spot(row["criterion"], row["place"])) for each in merged]
    found = [
        *_visits(session, caller, row, merged),
        *_decided(row),
        *_acted(row),
        *_told(row),
        *_letters(session, caller, row, same),
        *_replies(session, caller, row, same),
        *_followups(session, caller, row, merged, {str(each) for each in same}),
    ]
    return sorted(found, key=lambda event: event.at, reverse=True)


def _visits(session: Session, caller: Caller, row: Mapping[str, Any], merged: Collection[UUID]) -> Iterator[Event]:
    """Visits that said anything of this requirement at this place, and the ends of waivers."""
    wanted = select(*VISIT).where(Audit.home_region == row["home_region"], Audit.facility_id.in_(merged))
    for visit in session.execute(narrow(wanted.where(Audit.observed_at.is_not(None)), Audit, caller)):
        for finding in visit.findings:
            if (finding["criterion"], finding["place"]) == (row["criterion"], row["place"]):
                known = {name: finding.get(name) for name in ("value", "unit", "limit", "relaxed")}
                about = {"audit": visit.id, "ground": visit.ground, "received_at": visit.received_at, **known}
                what = f"measured_{finding['outcome']}"
                yield Event(visit.observed_at, what, visit.author_id, finding.get("note") or "", about)
    for episode in row["episodes"]:
        if episode["opened_by"] not in episode["fails"]:
            yield Event(datetime.fromisoformat(episode["opened_at"]), "stands_again")


def _decided(row: Mapping[str, Any]) -> Iterator[Event]:
    revoked = {each["revokes"] for each in row["decisions"] if each["revokes"]}
    for each in row["decisions"]:
        about = {"made": each["id"], "until": each["until"], "taken_back": each["id"] in revoked}
        yield Event(each["decided_at"], each["kind"], each["author_id"], each["reason"], about)


def _acted(row: Mapping[str, Any]) -> Iterator[Event]:
    for each in row["acts"]:
        said = {name: each[name] for name in ("office_id", "year", "sum", "answer_by")}
        about = {**said, "made": each["id"], "taken_back": each["taken_back_by"] is not None}
        yield Event(each["acted_at"], each["kind"], each["author_id"], each["words"], about)


def _told(row: Mapping[str, Any]) -> Iterator[Event]:
    prescription = row["prescription"] or {}
    for each in row["told"]:
        number = prescription["number_text"] if each["document_id"] == prescription.get("id") else None
        yield Event(each["told_at"], f"told_{each['say']}", about={"due_on": each["due_on"], "number": number})


def _letters(session: Session, caller: Caller, row: Mapping[str, Any], same: Collection[UUID]) -> Iterator[Event]:
    """What was written to whom, and what became of it. What was never sent is left out."""
    letter = (Letter.home_region == Notice.home_region) & (Letter.id == Notice.letter_id)
    wanted = select(*TOLD).join_from(Notice, Letter, letter, isouter=True)
    wanted = wanted.where(Notice.home_region == row["home_region"], Notice.violation_id.in_(same))
    wanted = wanted.where(Notice.state.not_in([state.value for state in NEVER_SENT]))
    for each in session.execute(narrow(wanted, Notice, caller)).mappings():
        kind, _, made = each["recipient"].partition(":")
        about = {**each, "to": kind, "person": UUID(made) if kind == "person" else None}
        yield Event(each["sent_at"] or each["queued_at"] or each["created_at"], "letter", about=about)


def _replies(session: Session, caller: Caller, row: Mapping[str, Any], same: Collection[UUID]) -> Iterator[Event]:
    """That the operator answered and what was said to it; their own words stand where they are decided about."""
    wanted = select(*REPLY).where(R.home_region == row["home_region"], R.violation_id.in_(same))
    for each in session.execute(narrow(wanted, R, caller)):
        about = {"reply": each.id, "kind": each.kind, "until": each.until, "state": each.state}
        yield Event(each.received_at, "reply", about=about)
        if each.answered_at is not None:
            yield Event(each.answered_at, "answered", each.answered_by, each.answer or "", about)


def _followups(
    session: Session, caller: Caller, row: Mapping[str, Any], merged: Collection[UUID], same: Collection[str]
) -> Iterator[Event]:
    f = FollowUp
    wanted = select(f).where(f.home_region == row["home_region"], f.facility_id.in_(merged))
    for each in session.scalars(narrow(wanted, f, caller)):
        if not any(str(item["violation"]) in same for item in each.items):
            continue
        about = {"assignee": each.assignee_id, "planned_on": each.planned_on, "postponed": each.postponed_until}
        yield Event(each.opened_at, "followup_opened", about=about)
        if each.closed_at is not None and each.state == FollowUpState.CANCELLED:
            yield Event(each.closed_at, "followup_cancelled", each.closed_by, each.cancelled_why or "")
        elif each.closed_at is not None:
            yield Event(each.closed_at, "followup_done")
