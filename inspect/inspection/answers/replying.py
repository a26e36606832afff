"""What an operator says by a link: remedied, later please, not so. Kept as said; never closes anything.

A declaration is settled at once, as if an official had entered it, and queues a follow-up. What asks for something
waits for an official. One submission says one thing of one item or several, with files for all of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspection.answers.links import Link
from inspection.bulk import insert_new_rows
from inspection.countries import local_date
from inspection.deciding import Made, record_decisions
from inspection.dossiers import Dossier, open_dossiers
from inspection.errors import AlreadyDifferent, Fault, InspectionError, InvalidInput
from inspection.handling import Acted, read_handling, write_handling
from inspection.history import Decision, DecisionKind, Spot
from inspection.journal import Change
from inspection.prescription_facts import case_facts
from inspection.prescription_states import ItemFacts, ItemState, item_state
from inspection.tables.answers import OperatorReply, ReplyFile, ReplyKind, ReplyState
from inspection.tables.facilities import Facility
from inspection.tables.prescriptions import Prescription
from inspection.tables.regions import Home
from inspection.unit import Unit
from inspection.violation_rows import violation_id

ASKING = frozenset({ReplyKind.EXTENSION, ReplyKind.CONTEST})
LONGEST_SAID, LONGEST_NAME = 4000, 200
MOST_FILES = 10  # with one submission
A_DAY, MOST_A_DAY = timedelta(days=1), 40  # submissions to one prescription
FARTHEST = timedelta(days=2 * 366)
PERSONAL = frozenset({"said_by", "said"})  # who, and words that may name somebody

NO_ITEM = "choose what you answer to"
OVER = "this item is over: there is nothing left to answer"
NO_WORDS = "say it in a few words"
NO_NAME = "say who you are"
NO_DATE = "say until when"
NOT_LATER = "this is not later than the date that holds"
TOO_LATE = "an extension is asked for before the date has passed"
ASKED = "you have asked for this already, and nobody has decided yet"
TOO_FAR = "this is later than anybody can promise"
TOO_MANY_FILES = "these are too many files"
TOO_LONG = "this is too long"


class TooManyReplies(InspectionError):
    """This prescription was answered more often today than any operator would."""

    slug = "too-many-replies"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file whose bytes are stored. media_type: by its first bytes. name: for people only."""

    sha256: bytes
    size: int
    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent at once. id is made by the page, so that sending it twice says it once.

    items: violations of the prescription. until: the date asked for, with an extension only. said_by: who they say
    they are.
    """

    id: UUID
    kind: ReplyKind
    items: tuple[UUID, ...]
    said: str
    said_by: str
    until: date | None = None
    files: tuple[SentFile, ...] = ()


def receive(unit: Unit, link: Link, sent: Submission) -> int:
    """Keep what was said of each item, and settle what it declares. Returns how many items it was about.

    Sending the same again changes nothing. Raises InvalidInput with everything that is wrong, field by field;
    AlreadyDifferent where the id stands for something else; TooManyReplies.
    """
    prescription = unit.session.get_one(Prescription, (link.home, link.prescription_id))
    dossier = open_dossiers(unit, [(link.home, prescription.facility_id)])[prescription.facility_id]
    if known := _known(unit, link, sent):
        return known
    _refuse_floods(unit, link)
    facts = case_facts(unit.session, [(link.home, link.prescription_id)])[link.home, link.prescription_id]
    items = {item.shown["violation_id"]: item for item in facts.items}
    today = local_date(unit.now, prescription.country)
    if faults := [*_faults(sent, items, today), *_asked_before(unit, link, sent)]:
        raise InvalidInput(faults)
    placed = {name: value for name, value in dossier.placed.items() if name != "rev"}
    _keep_files(unit, link, sent, placed)
    declared: Mapping[UUID, UUID] = {}
    if sent.kind is ReplyKind.REMEDIED:
        declared = _declare(unit, dossier.counting, link, sent, [items[made] for made in sent.items])
    counting = dossier.counting.facility
    asked = _asked(unit, counting, [items[made] for made in sent.items])
    related = {
        made: {"decision_id": declared.get(made), "request_id": asked[made].id if made in asked else None}
        for made in sent.items
    }
    _keep_replies(unit, link, sent, placed, related)
    if asked:  # it is explained now
        write_handling(unit, counting, sorted({act.spot for act in asked.values()}))
    return len(sent.items)


def reply_id(submission: UUID, violation: UUID) -> UUID:
    """The id of what a submission says of one item."""
    return uuid5(submission, str(violation))


def arrived(session: Session, digests: Collection[bytes]) -> dict[bytes, SentFile]:
    """Of these SHA-256 those of files that belong to an answer, whoever's, each as one of them was sent."""
    f = ReplyFile
    found = session.execute(
        select(f.sha256, f.size, f.media_type, f.name).where(f.sha256.in_(sorted(digests))).order_by(f.id)
    )
    return {bytes(row.sha256): SentFile(bytes(row.sha256), row.size, row.media_type, row.name) for row in found}


def _known(unit: Unit, link: Link, sent: Submission) -> int:
    """How many items this submission was about when it came before."""
    r = OperatorReply
    held = unit.session.scalars(select(r).where(r.home_region == link.home, r.submission_id == sent.id)).all()
    same = all(
        (row.prescription_id, row.kind, row.said, row.until)
        == (link.prescription_id, sent.kind, sent.said, sent.until)
        for row in held
    )
    if held and not (same and {row.violation_id for row in held} == set(sent.items)):
        raise AlreadyDifferent("another answer was sent from this page: open it anew", submission=str(sent.id))
    return len(held)


def _refuse_floods(unit: Unit, link: Link) -> None:
    r = OperatorReply
    lately = (r.home_region == link.home) & (r.prescription_id == link.prescription_id)
    lately &= r.received_at > unit.now - A_DAY
    count = unit.session.scalar(select(func.count(r.submission_id.distinct())).where(lately))
    if count is not None and count >= MOST_A_DAY:
        raise TooManyReplies("this prescription was answered too often today; try again tomorrow")


def _faults(sent: Submission, items: dict[UUID, ItemFacts], today: date) -> list[Fault]:
    faults = []
    if not sent.items or not set(sent.items) <= items.keys():
        faults.append(Fault("/items", NO_ITEM, "items of this prescription"))
    chosen = [items[made] for made in sent.items if made in items]
    if any(item_state(item, today) is ItemState.OVER for item in chosen):
        faults.append(Fault("/items", OVER, "items that are not over"))
    if sent.kind is not ReplyKind.REMEDIED and not sent.said:
        faults.append(Fault("/said", NO_WORDS, "a few words"))
    if len(sent.said) > LONGEST_SAID:
        faults.append(Fault("/said", TOO_LONG, f"at most {LONGEST_SAID} characters"))
    if not sent.said_by:
        faults.append(Fault("/said_by", NO_NAME, "a name"))
    if len(sent.said_by) > LONGEST_NAME:
        faults.append(Fault("/said_by", TOO_LONG, f"at most {LONGEST_NAME} characters"))
    if len(sent.files) > MOST_FILES:
        faults.append(Fault("/files", TOO_MANY_FILES, f"at most {MOST_FILES} files"))
    return faults + (_date_faults(sent, chosen, today) if sent.kind is ReplyKind.EXTENSION else [])


def _date_faults(sent: Submission, chosen: Sequence[ItemFacts], today: date) -> list[Fault]:
    due = [item.due_on or item.told_due_on for item in chosen]
    if any(day < today for day in due):
        return [Fault("/items", TOO_LATE, f"items due on {today} or later")]
    if sent.until is None:
        return [Fault("/until", NO_DATE, "a date")]
    latest = max(due, default=today)
    if sent.until <= latest:
        return [Fault("/until", NOT_LATER, f"a date after {latest}")]
    if sent.until > latest + FARTHEST:
        return [Fault("/until", TOO_FAR, f"at most {latest + FARTHEST}")]
    return []


def _asked_before(unit: Unit, link: Link, sent: Submission) -> list[Fault]:
    if sent.kind not in ASKING:
        return []
    r = OperatorReply
    waits = (r.home_region == link.home) & (r.prescription_id == link.prescription_id)
    waits &= (r.kind == sent.kind.value) & (r.state == ReplyState.WAITING.value)
    waiting = set(unit.session.scalars(select(r.violation_id).where(waits)))
    return [Fault("/items", ASKED, "items for which you have not asked")] if waiting & set(sent.items) else []


def _asked(unit: Unit, counting: Facility, items: Sequence[ItemFacts]) -> Mapping[UUID, Acted]:
    """The questions that wait for an answer, by the items they are about. Whatever is said of an item answers."""
    spots = {item.shown["violation_id"]: Spot(item.shown["criterion"], item.shown["place"]) for item in items}
    held = read_handling(unit.session, counting, set(spots.values()))
    waiting = {spot: found.question for spot, found in held.items() if found.question is not None}
    return {item: waiting[spot] for item, spot in spots.items() if spot in waiting}


def _declare(
    unit: Unit, dossier: Dossier, link: Link, sent: Submission, items: Sequence[ItemFacts]
) -> Mapping[UUID, UUID]:
    """Settle that they are said to be remedied. Item to decision; what was declared before has none."""
    moment = dossier.next_moment(unit.now)
    made: dict[UUID, Made] = {}
    for item in items:
        spot = Spot(item.shown["criterion"], item.shown["place"])
        where = violation_id(dossier.facility.id, spot)  # of the facility that counts, if theirs was merged
        held = dossier.violations.get(where)
        if held is None or held.declared_at is not None:
            continue
        decision = Decision(
            id=uuid5(sent.id, f"decision\n{where}"),
            kind=DecisionKind.DECLARE,
            decided_at=moment,
            author=link.id,  # nobody who is signed in
            reason=sent.said or f"answered by link: {sent.id}",
            spot=spot,
            based_on=held.last_audit_id,
        )
        made[item.shown["violation_id"]] = Made(decision, where, dossier.facility.id)
    if made:
        record_decisions(unit, dossier, list(made.values()))
    return {item: each.decision.id for item, each in made.items()}


def _keep_replies(
    unit: Unit,
    link: Link,
    sent: Submission,
    placed: Mapping[str, Any],
    related: Mapping[UUID, Mapping[str, UUID | None]],
) -> None:
    """related: of each item the decision that declares it, and the question that this answers."""
    said: dict[str, Any] = {"kind": sent.kind.value, "said": sent.said, "until": sent.until}
    said["said_by"] = sent.said_by
    state = ReplyState.NOTED if sent.kind is ReplyKind.REMEDIED else ReplyState.WAITING
    rows = [
        {
            **placed,
            **said,
            "id": reply_id(sent.id, violation),
            "rev": 1,
            "submission_id": sent.id,
            "prescription_id": link.prescription_id,
            "violation_id": violation,
            "link_id": link.id,
            "received_at": unit.now,
            "state": state.value,
            **related[violation],
        }
        for violation in sent.items
    ]
    homes = [{"id": row["id"], "region": link.home, "kind": "operator_reply"} for row in rows]
    insert_new_rows(unit.session, Home, homes)
    insert_new_rows(unit.session, OperatorReply, rows)
    heard = {name: (None, value) for name, value in said.items() if value}
    for row in rows:
        about_what = {name: (None, row[name]) for name in ("violation_id", "request_id") if row[name]}
        facts = {**about_what, **heard}
        about, personal = str(row["id"]), PERSONAL & facts.keys()
        unit.journal.add(Change(link.home, "reply.received", "operator_reply", about, facts, None, personal))


def _keep_files(unit: Unit, link: Link, sent: Submission, placed: dict[str, Any]) -> None:
    rows = [
        {
            **placed,
            "id": uuid5(sent.id, file.sha256.hex()),
            "rev": 1,
            "prescription_id": link.prescription_id,
            "submission_id": sent.id,
            "sha256": file.sha256,
            "size": file.size,
            "media_type": file.media_type,
            "name": file.name,
            "received_at": unit.now,
        }
        for file in {file.sha256: file for file in sent.files}.values()
    ]
    if rows:
        homes = [{"id": row["id"], "region": link.home, "kind": "reply_file"} for row in rows]
        insert_new_rows(unit.session, Home, homes)
        insert_new_rows(unit.session, ReplyFile, rows)
