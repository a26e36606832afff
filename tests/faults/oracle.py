"""What must hold when all is quiet, whatever happened before: compared with the ledger, line by line."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspection.audit_documents import read_audit
from inspection.countries import COUNTRIES
from inspection.demo.founding import COUNTRY
from inspection.history import History, Settled, SignedAudit
from inspection.rules import judge_all
from inspection.settle import settle
from inspection.sync.outcomes import outcome_id
from inspection.tables.audits import Audit
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.district_ranks import DistrictRanks
from inspection.tables.drafts import Draft
from inspection.tables.facilities import Facility
from inspection.tables.followups import FollowUp
from inspection.tables.intake import IntakeRow, IntakeState
from inspection.tables.journal import JournalEntry
from inspection.tables.photos import Blob, BlobState, Photo
from inspection.tables.prescriptions import Prescription
from inspection.tables.violations import Violation, ViolationState
from tests.faults.ledger import Ledger, Signed, now
from tests.faults.region import Region
from tests.faults.tablet import SimulatedTablet

PLACED: Mapping[str, Any] = {
    "facilities": Facility,
    "audits": Audit,
    "violations": Violation,
    "prescriptions": Prescription,
    "followups": FollowUp,
    "photos": Photo,
    "ranks": DistrictRanks,
}
MOST_ON_THE_WAY = 60  # seconds that a time corrected by skew may be wrong by
INSERTED = ("audits", "photos")
NAMED_AT_MOST = 8  # faults of each kind that are printed


@dataclass(slots=True)
class Verdict:
    """What the oracle found. faults: sentences by kind, empty when all is well."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, sentences: Iterable[str]) -> None:
        """Note faults of a kind; none is noted as well, for the counts."""
        self.faults.setdefault(kind, []).extend(sentences)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not any(self.faults.values())

    def lines(self) -> Iterator[str]:
        """The counts, then what is wrong."""
        yield ", ".join(f"{kind} {len(found)}" for kind, found in self.faults.items())
        yield ", ".join(f"{what} {count}" for what, count in sorted(self.counts.items()))
        for kind, found in self.faults.items():
            yield from (f"  {kind}: {sentence}" for sentence in found[:NAMED_AT_MOST])
            if len(found) > NAMED_AT_MOST:
                yield f"  {kind}: and {len(found) - NAMED_AT_MOST} more"


def examine(
    session: Session,
    region: Region,
    ledger: Ledger,
    tablets: Sequence[SimulatedTablet],
    verdict: Verdict,
    *,
    originals: Path,
) -> None:
    """Compare the tables, the stores of the tablets and the bytes of photos with the ledger.

    originals: the folder in which the server keeps the bytes as they came.
    """
    _audits(session, ledger, verdict)
    verdict.add("photos not whole", _photos(session, ledger, originals))
    verdict.add(
        "leaked", (f"{leak.tablet} was sent {leak.collection} {leak.id} of {leak.place}" for leak in ledger.leaks)
    )
    for tablet in tablets:
        verdict.add("stores apart from their scope", _stores(session, region, ledger, tablet))
    verdict.add("violations apart from the truth", _violations(session, region, ledger))
    verdict.add("left in the intake", _left(session))
    states = select(IntakeRow.collection, IntakeRow.state, func.count()).group_by(
        IntakeRow.collection, IntakeRow.state
    )
    for collection, state, count in session.execute(states):
        verdict.counts[f"{collection} {state}"] = count


# Signed audits.


def _audits(session: Session, ledger: Ledger, verdict: Verdict) -> None:
    held: dict[UUID, list[Any]] = {}
    columns = (
        Audit.id,
        Audit.content_hash,
        Audit.author_id,
        Audit.facility_id,
        Audit.observed_at,
        Audit.time_source,
    )
    for row in session.execute(select(*columns)):
        held.setdefault(row.id, []).append(row)
    verdict.counts["audits in the table"] = len(held)
    verdict.add("lost", (_why_lost(session, signed) for made, signed in ledger.signed.items() if made not in held))
    verdict.add("doubled", _doubled(session, ledger, held))
    verdict.add("altered", _altered(ledger, held))
    verdict.add("misdated", _misdated(ledger, held))


def _why_lost(session: Session, signed: Signed) -> str:
    dated = f"anchor {signed.document.get('anchor')}, signed {signed.document['signed_at']} by its tablet"
    was = f"{signed.tablet} at {signed.facility} on {signed.observed_at}, {dated}"
    return f"audit {signed.id} of {was} ({_kept_as(session, signed.id)})"


def _kept_as(session: Session, made: UUID) -> str:
    kept = select(IntakeRow.state, IntakeRow.reason).where(IntakeRow.document_id == made)
    return "; ".join(f"{row.state}: {row.reason}" for row in session.execute(kept)) or "never kept"


def _doubled(session: Session, ledger: Ledger, held: Mapping[UUID, Sequence[Any]]) -> Iterator[str]:
    yield from (f"audit {made} stands {len(rows)} times" for made, rows in held.items() if len(rows) > 1)
    again = (
        select(IntakeRow.document_id, func.count())
        .where(IntakeRow.collection == "audits")
        .group_by(IntakeRow.document_id)
        .having(func.count() > 1)
    )
    yield from (f"audit {made} was kept as {count} documents" for made, count in session.execute(again))
    taken = (
        select(JournalEntry.object_id, func.count())
        .where(JournalEntry.action == "audit.taken")
        .group_by(JournalEntry.object_id)
        .having(func.count() > 1)
    )
    yield from (f"audit {made} was taken {count} times" for made, count in session.execute(taken))
    yield from (f"audit {made} was signed by nobody" for made in held.keys() - ledger.signed.keys())


def _altered(ledger: Ledger, held: Mapping[UUID, Sequence[Any]]) -> Iterator[str]:
    for made, rows in held.items():
        signed = ledger.signed.get(made)
        if signed and rows[0].content_hash != _content_hash(signed.document):
            yield f"audit {made} is not what was signed"
        if signed and (rows[0].author_id, rows[0].facility_id) != (signed.author, signed.facility):
            yield f"audit {made} is said to be by {rows[0].author_id} at {rows[0].facility_id}"


def _content_hash(document: Mapping[str, Any]) -> str:
    """Computed apart from the product: SHA-256 of the document with sorted keys and no spaces."""
    spelled = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(spelled.encode()).hexdigest()


def _misdated(ledger: Ledger, held: Mapping[UUID, Sequence[Any]]) -> Iterator[str]:
    for made, (row, *_) in held.items():
        if (signed := ledger.signed.get(made)) is None:
            continue
        if row.observed_at is None:
            yield f"audit {made} has no time, though a person set it"
        elif abs((row.observed_at - signed.observed_at).total_seconds()) > MOST_ON_THE_WAY:
            yield f"audit {made} is dated {row.observed_at} by {row.time_source}, it was {signed.observed_at}"
        elif row.time_source in ("uncertain", "person") and "anchor" in signed.document:
            yield f"audit {made} had an anchor and was not dated by it"


def _photos(session: Session, ledger: Ledger, originals: Path) -> Iterator[str]:
    columns = select(Photo.id, Photo.sha256, Blob.state, Blob.size).outerjoin(Blob, Blob.sha256 == Photo.sha256)
    held = {row.id: row for row in session.execute(columns)}
    for made, photo in ledger.photos.items():
        row, name = held.get(made), photo.sha256
        file = originals / name[:2] / name[2:4] / name
        if row is None:
            yield f"photo {made} has no row ({_kept_as(session, made)})"
        elif row.sha256.hex() != name or row.state not in (BlobState.STORED, BlobState.EXAMINED):
            yield f"photo {made} is {row.state}"
        elif not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != name:
            yield f"the bytes of photo {made} are not the ones that were sent"
    yield from (f"photo {made} was taken by nobody" for made in held.keys() - ledger.photos.keys())


def _left(session: Session) -> Iterator[str]:
    columns = (IntakeRow.collection, IntakeRow.document_id, IntakeRow.state, IntakeRow.reason)
    left = select(*columns).where(IntakeRow.state.in_([IntakeState.KEPT.value, IntakeState.WAITING.value]))
    yield from (f"{x.collection} {x.document_id} is {x.state}: {x.reason}" for x in session.execute(left))


# What tablets hold.


def _stores(session: Session, region: Region, ledger: Ledger, tablet: SimulatedTablet) -> Iterator[str]:
    """Differences between what a tablet holds and what the tables say for its person's grants now."""
    areas = ledger.areas(tablet.tablet.person, now())
    for name, wanted in scope(session, tablet.tablet.person, areas).items():
        store = tablet.stores[name]
        for document_id, rev in wanted.items():
            held = store.master.get(document_id)
            if held is None:
                yield f"{tablet.tablet.name} lacks {name} {document_id}"
            elif held.get("rev") != rev and document_id not in store.stale:
                yield f"{tablet.tablet.name} holds rev {held.get('rev')} of {name} {document_id}, not {rev}"
        extra = store.master.keys() - wanted.keys()
        if name == "outcomes":
            yield from _untrue_outcomes(session, tablet, extra)
            continue
        yield from (f"{tablet.tablet.name} holds {name} {each}, out of its scope" for each in sorted(extra))
        yield from (f"{tablet.tablet.name} could not push {name} {each}" for each in sorted(store.edits))
    for document in tablet.stores["audits"].master.values():
        signed = ledger.signed[UUID(document["id"])].document
        if any(document.get(key) != value for key, value in signed.items()):
            yield f"{tablet.tablet.name} was sent another audit {document['id']} than the one that was signed"


def _untrue_outcomes(session: Session, tablet: SimulatedTablet, extra: Collection[str]) -> Iterator[str]:
    """Outcomes that a tablet need not have been told: they have to be true if it was."""
    columns = (IntakeRow.document_id, IntakeRow.content_hash, IntakeRow.state)
    rows = session.execute(select(*columns).where(IntakeRow.person_id == tablet.tablet.person))
    states = {str(outcome_id(row[0], row[1])): row.state for row in rows}
    for each in sorted(extra):
        told = tablet.stores["outcomes"].master[each]
        if told.get("state") != states.get(each):
            what = f"{told.get('collection')} {told.get('document')} became {told.get('state')}"
            yield f"{tablet.tablet.name} was told that {what}, but it is {states.get(each, 'not its own')}"


def scope(session: Session, person: UUID, areas: frozenset[str]) -> Mapping[str, Mapping[str, int]]:
    """Collection to id to rev: what a tablet of theirs should hold, read from the tables and not from the feed."""
    found: dict[str, dict[str, int]] = {}
    for name, model in PLACED.items():
        columns = (model.id, model.rev, model.country, model.region_code, model.district_code)
        rows = session.execute(select(*columns))
        found[name] = {str(r.id): r.rev for r in rows if areas & {r.country, r.region_code, r.district_code}}
    checklists = session.execute(
        select(PublishedChecklist.id, PublishedChecklist.rev).where(PublishedChecklist.home_region == COUNTRY)
    )
    found["checklists"] = {str(row.id): row.rev for row in checklists}
    drafts = session.execute(select(Draft.id, Draft.rev).where(Draft.person_id == person))
    found["drafts"] = {str(row.id): row.rev for row in drafts}
    # Of an edit that was simply taken nobody is told.
    inserted = IntakeRow.collection.in_(INSERTED)
    told = inserted | IntakeRow.state.not_in([IntakeState.TAKEN.value, IntakeState.KEPT.value])
    pushed = (IntakeRow.document_id, IntakeRow.content_hash, IntakeRow.outcome_rev)
    outcomes = session.execute(select(*pushed).where(IntakeRow.person_id == person, told))
    found["outcomes"] = {str(outcome_id(row[0], row[1])): row.outcome_rev for row in outcomes}
    return found


# Violations.


def _violations(session: Session, region: Region, ledger: Ledger) -> Iterator[str]:
    held: dict[UUID, dict[tuple[str, str], Violation]] = {}
    for row in session.scalars(select(Violation).where(Violation.state != ViolationState.WITHDRAWN.value)):
        held.setdefault(row.facility_id, {})[row.criterion, row.place] = row
    for facility in sorted(ledger.facilities):
        settled = settle_truth(region, ledger, facility)
        rows = held.get(facility, {})
        true = {(spot.criterion, spot.place): violation for spot, violation in settled.violations.items()}
        for spot in sorted(true.keys() | rows.keys()):
            if spot not in rows:
                yield f"{facility} {spot} is missing"
            elif spot not in true:
                yield f"{facility} {spot} never was"
            else:
                yield from _differences(facility, rows[spot], true[spot])


def _differences(facility: UUID, row: Violation, true: Any) -> Iterator[str]:
    """Causes and not moments are compared: moments that rest on skew are as exact as the link is fast."""
    held = [(e["opened_by"], e.get("ended_by"), e.get("ended_by_id"), e["fails"]) for e in row.episodes]
    wanted = [
        (
            str(e.opened_by),
            e.ended_by and e.ended_by.value,
            e.ended_by_id and str(e.ended_by_id),
            [*map(str, e.fails)],
        )
        for e in true.episodes
    ]
    if held != wanted:
        yield f"{facility} {row.criterion}@{row.place} has episodes {held}, true are {wanted}"
    elif row.last_audit_id != true.last_audit:
        yield f"{facility} {row.criterion}@{row.place} rests on {row.last_audit_id}, not on {true.last_audit}"
    open_now = true.episodes[-1].ended_at is None
    if (row.state == ViolationState.OPEN) is not open_now:
        yield f"{facility} {row.criterion}@{row.place} is {row.state}"


def settle_truth(region: Region, ledger: Ledger, facility: UUID) -> Settled:
    """What is true of a facility by the audits that were signed there, at the times at which they happened."""
    kind = ledger.facilities[facility]["kind"]
    current = {each.id for each in region.checklist.criteria.values() if kind in each.applies_to}
    audits = tuple(_as_it_happened(region, kind, signed) for signed in ledger.history_of(facility))
    return settle(History(audits), current=current, zone=COUNTRIES[COUNTRY].time_zone)


def _as_it_happened(region: Region, kind: str, signed: Signed) -> SignedAudit:
    document = read_audit(signed.document)
    return SignedAudit(
        id=signed.id,
        observed_at=signed.observed_at,
        signed_at=signed.signed_at,
        received_at=signed.signed_at,
        author=signed.author,
        checklist=(region.checklist.key, region.checklist.version),
        findings=judge_all(region.checklist, kind, document.answers),
        corrects=document.corrects,
    )
