"""Making audits of what was kept: read, judge, settle. Can be repeated; a second time changes nothing.

A unit understands any number of kept documents with a number of statements that does not grow with them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from inspection.access import Act
from inspection.aliases import survivors
from inspection.audit_documents import AuditDocument, check_days, read_audit
from inspection.audit_rows import Kept, audit_row, enrolments, use_row
from inspection.bulk import among, insert_new_rows, insert_rows, update_rows
from inspection.checklists import checklist_id, read_checklists
from inspection.criteria import Checklist
from inspection.dossiers import Dossier, as_signed, open_dossiers
from inspection.errors import Fault, InvalidInput, in_words
from inspection.grant_histories import PastGrant, Visit, allowed, grant_histories
from inspection.heads import lock_free
from inspection.history import Finding, Spot
from inspection.homes import at_home
from inspection.intake import AUDITS, KEY, MOST_BYTES, TOO_LONG, these
from inspection.journal import Change
from inspection.json_bodies import read_body
from inspection.listed import one_of
from inspection.positions_due import weigh_later
from inspection.prescribing import prescribe_automatically
from inspection.rules import judge_all
from inspection.settling import write_settled
from inspection.sync.documents import render
from inspection.sync.outcomes import announce
from inspection.tables.audits import Audit
from inspection.tables.intake import FINAL, IntakeKey, IntakeRow, IntakeState
from inspection.tables.regions import Home
from inspection.tables.use_records import UseRecord
from inspection.unit import Unit

KIND = "audit"
NO_GRANT = Fault(
    "", "the author held no grant for this place at the time of the visit", "an audit of who may audit there"
)


@dataclass(frozen=True, slots=True)
class Understood:
    """What became of a kept document.

    reason: for a person, where it was not taken. faults: what is wrong with it, field by field. held: of a
    conflict, the document that was held, as it is sent to tablets.
    """

    state: IntakeState
    reason: str | None = None
    faults: tuple[Fault, ...] = ()
    waiting_for: UUID | None = None
    held: str | None = None


TAKEN = Understood(IntakeState.TAKEN)
KEPT_APART = Understood(
    IntakeState.CONFLICT, "another document under this id was received first; this one is kept apart"
)
# Stays kept, as it is: others work on its facility just now.
NOT_YET = Understood(IntakeState.KEPT)
Places = set[tuple[str, UUID]]  # home region and id of facilities
Outcomes = dict[IntakeKey, Understood]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A kept document that could be read, on its way to becoming an audit."""

    kept: Kept
    document: AuditDocument

    @property
    def key(self) -> IntakeKey:
        return self.kept.key


@dataclass(frozen=True, slots=True)
class _Judged:
    """A candidate and the row it would become."""

    candidate: _Candidate
    checklist: Checklist
    row: dict[str, Any]
    findings: Mapping[Spot, Finding]
    grant: PastGrant | None = None


def understand(unit: Unit, keys: Collection[IntakeKey], *, patient: bool = True) -> Mapping[IntakeKey, Understood]:
    """Make audits of these kept documents and settle their facilities. Returns what became of each.

    Among documents under one id the first received wins; another body is kept apart as a conflict. patient: wait
    for facilities that others work on; or else what is about those stays kept.
    """
    outcomes: Outcomes = {}
    candidates = _read(unit.session, keys, outcomes)
    homes = _homes(unit.session, candidates)
    candidates = _compare(unit.session, candidates, homes, outcomes)
    # A document is kept under the region of its sender, which need not be that of the facility.
    places = {(homes.get(c.document.facility, c.key.home_region), c.document.facility) for c in candidates}
    if not patient:
        candidates, places = _step_aside(unit.session, candidates, places, outcomes)
    dossiers = open_dossiers(unit, places, {c.document.corrects for c in candidates if c.document.corrects})
    judged = _judge(unit.session, candidates, dossiers, outcomes)
    taken = _claim(unit.session, judged, outcomes)
    _insert(unit, taken, dossiers)
    counting = {d.facility.id: d for d in (dossiers[j.candidate.document.facility].counting for j in taken)}
    touched = [dossier for _, dossier in sorted(counting.items())]
    prescribe_automatically(unit, touched, {j.row["id"]: j.row["author_id"] for j in taken})
    write_settled(unit, touched)
    _show_held(unit, outcomes)
    remember(unit, {key: said for key, said in outcomes.items() if said is not NOT_YET})
    return {key: outcomes[key] for key in keys if key in outcomes}


def quarantined(faults: Iterable[Fault]) -> Understood:
    """Kept but not taken, until a person or a newer program can make something of it."""
    listed = tuple(faults)
    return Understood(IntakeState.QUARANTINED, in_words(listed), listed)


COLUMNS = (
    *(IntakeRow.home_region, IntakeRow.collection, IntakeRow.document_id, IntakeRow.content_hash, IntakeRow.body),
    *(IntakeRow.person_id, IntakeRow.device_id, IntakeRow.device_time, IntakeRow.received_at),
    *(IntakeRow.state, IntakeRow.reason),
)


def _read(session: Session, keys: Collection[IntakeKey], outcomes: Outcomes) -> Sequence[_Candidate]:
    """The documents that can be read, first received first; those understood before keep their outcome.

    Other bodies under the same ids that nobody has looked at yet come along: the first received has to win.
    """
    candidates = []
    found = session.execute(select(*COLUMNS).where(_under(keys))).all()
    for row in sorted(found, key=lambda row: (row.received_at, row.document_id, row.content_hash)):
        key = IntakeKey(*row[:4])
        if row.state in FINAL:
            outcomes[key] = Understood(IntakeState(row.state), row.reason)
        elif key in keys or row.state == IntakeState.KEPT:
            kept = Kept(key, row.body, row.person_id, row.device_id, row.device_time, row.received_at)
            try:
                candidates.append(_Candidate(kept, _read_one(kept)))
            except InvalidInput as refusal:
                outcomes[key] = quarantined(refusal.faults)
    return candidates


def _under(keys: Iterable[IntakeKey]) -> ColumnElement[bool]:
    """All rows under the ids of these keys, whatever their bodies."""
    ids = IntakeRow.home_region, IntakeRow.collection, IntakeRow.document_id
    return among(ids, ((key.home_region, key.collection, key.document_id) for key in keys))


def _read_one(kept: Kept) -> AuditDocument:
    if len(kept.body) > MOST_BYTES:
        raise InvalidInput([Fault("", TOO_LONG, f"at most {MOST_BYTES} bytes")])
    document = read_audit(read_body(kept.body))
    if document.id != kept.key.document_id:
        raise InvalidInput([Fault("/id", "the document was sent under another id", str(kept.key.document_id))])
    if kept.person_id is None:
        raise InvalidInput([Fault("", "it is not known who sent this", "an audit of somebody who is signed in")])
    return document


def _homes(session: Session, candidates: Sequence[_Candidate]) -> Mapping[UUID, str]:
    """The home regions of the documents and of their facilities, as far as they are known."""
    ids = {each for c in candidates for each in (c.document.id, c.document.facility)}
    if not ids:
        return {}
    found = session.execute(select(Home.id, Home.region).where(one_of(Home.id, ids)))
    return {row.id: row.region for row in found}


def _compare(
    session: Session, candidates: Sequence[_Candidate], homes: Mapping[UUID, str], outcomes: Outcomes
) -> Sequence[_Candidate]:
    """Those whose id is new; the others are what was taken under it, wherever it was sent, or are kept apart."""
    held = _held_hashes(session, {c.document.id for c in candidates} & homes.keys())
    for candidate in candidates:
        if candidate.document.id in homes:
            same = held.get(candidate.document.id) == candidate.key.content_hash.hex()
            outcomes[candidate.key] = TAKEN if same else KEPT_APART
    return [c for c in candidates if c.document.id not in homes]


def _step_aside(
    session: Session, candidates: Sequence[_Candidate], places: Places, outcomes: Outcomes
) -> tuple[Sequence[_Candidate], Places]:
    """Leave what is about facilities that others hold, and lock the others; merged ones as one."""
    merged = survivors(session, places)
    held = lock_free(session, {*places, *merged})
    whole = {survivor for member, survivor in merged.items() if member[1] in held}
    held |= {member[1] for member, survivor in merged.items() if survivor in whole}
    # With all that came under the same ids: the first received has to win, also when it has its turn later.
    left = {c.document.id for c in candidates if c.document.facility in held}
    outcomes |= {c.key: NOT_YET for c in candidates if c.document.id in left}
    return [c for c in candidates if c.document.id not in left], {p for p in places if p[1] not in held}


def _judge(
    session: Session, candidates: Sequence[_Candidate], dossiers: Mapping[UUID, Dossier], outcomes: Outcomes
) -> Sequence[_Judged]:
    """The candidates that can be judged, with their rows; the others get their outcome."""
    checklists = read_checklists(session, {c.document.checklist for c in candidates})
    enrolled = enrolments(session, [c.kept for c in candidates])
    corrected = _facilities_of_corrected(session, candidates)
    judged = []
    for candidate in candidates:
        document = candidate.document
        checklist, dossier = checklists.get(document.checklist), dossiers.get(document.facility)
        if checklist is None:
            reason = "the checklist version is not published here yet"
            outcomes[candidate.key] = Understood(IntakeState.WAITING, reason, waiting_for=document.checklist)
            continue
        if dossier is None:
            reason = "there is no such facility in this region yet"
            outcomes[candidate.key] = Understood(IntakeState.WAITING, reason, waiting_for=document.facility)
            continue
        try:
            _check_references(document, dossier, checklist, corrected)
            judged_so = judge_all(checklist, dossier.facility.kind, document.answers)
            findings = dict(sorted(judged_so.items()))  # as they are stored
            since = enrolled(candidate.kept)
            row = audit_row(document, candidate.kept, dossier, checklist, findings, enrolled_at=since)
            check_days(document, row["signed_true_at"])
        except InvalidInput as refusal:
            outcomes[candidate.key] = quarantined(refusal.faults)
            continue
        judged.append(_Judged(candidate, checklist, row, findings))
    return _granted(session, judged, dossiers, outcomes)


def _check_references(
    document: AuditDocument, dossier: Dossier, checklist: Checklist, corrected: Mapping[UUID, UUID]
) -> None:
    country = dossier.facility.country
    if document.checklist != checklist_id(country, checklist.key, checklist.version):
        reason = "this checklist is published for another country"
        raise InvalidInput([Fault("/checklist", reason, f"the id of a checklist of {country}")])
    # What was merged is one place: a tablet may have followed the survivor and correct what it signed before.
    one_place = {document.facility, *dossier.counting.members}
    if document.corrects and corrected.get(document.corrects, document.facility) not in one_place:
        reason = "the corrected audit is of another facility"
        raise InvalidInput([Fault("/corrects", reason, "the id of an audit of the same facility")])


def _facilities_of_corrected(session: Session, candidates: Sequence[_Candidate]) -> Mapping[UUID, UUID]:
    """Audit to facility, for the audits that the candidates correct, as far as they are known."""
    corrected = sorted({c.document.corrects for c in candidates if c.document.corrects})
    if not corrected:
        return {}
    rows = session.execute(
        select(Audit.id, Audit.facility_id).join(Home, at_home(Audit)).where(Home.id.in_(corrected))
    )
    return {row.id: row.facility_id for row in rows}


def _granted(
    session: Session, judged: Sequence[_Judged], dossiers: Mapping[UUID, Dossier], outcomes: Outcomes
) -> Sequence[_Judged]:
    """Those whose author might audit there then; a grant that ended since is as good as one in force."""
    histories = grant_histories(session, {j.row["author_id"] for j in judged}, Act.SUBMIT_AUDIT)
    visits = {
        j.candidate.key: Visit(
            j.row["author_id"],
            j.row["facility_id"],
            dossiers[j.row["facility_id"]].place,
            j.row["observed_at"],
        )
        for j in judged
    }
    fine = allowed(session, histories, visits.values())
    outcomes |= {key: quarantined([NO_GRANT]) for key, visit in visits.items() if visit not in fine}
    return [replace(j, grant=fine[visit]) for j in judged if (visit := visits[j.candidate.key]) in fine]


def _claim(session: Session, judged: Sequence[_Judged], outcomes: Outcomes) -> Sequence[_Judged]:
    """Those whose id is not taken. The table of homes decides it once for ever, also between two units."""
    first: dict[UUID, _Judged] = {}
    for each in judged:
        first.setdefault(each.candidate.document.id, each)
    homes = [{"id": made, "region": j.row["home_region"], "kind": KIND} for made, j in sorted(first.items())]
    new = {made for (made,) in insert_new_rows(session, Home, homes)}
    held = _held_hashes(session, first.keys() - new)
    for each in judged:
        made, digest = each.candidate.document.id, each.candidate.key.content_hash.hex()
        winner = first[made].row["content_hash"] if made in new else held.get(made)
        outcomes[each.candidate.key] = TAKEN if digest == winner else KEPT_APART
    return [each for made, each in first.items() if made in new]


def _held_hashes(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    if not ids:
        return {}
    rows = session.execute(
        select(Audit.id, Audit.content_hash).join(Home, at_home(Audit)).where(one_of(Home.id, ids))
    )
    return {row.id: row.content_hash for row in rows}


def _insert(unit: Unit, taken: Sequence[_Judged], dossiers: Mapping[UUID, Dossier]) -> None:
    insert_rows(unit.session, Audit, [each.row for each in taken])
    uses = [use_row(each.candidate.document, each.row) for each in taken if each.candidate.document.use]
    insert_rows(unit.session, UseRecord, uses)
    located = [each.row for each in taken if each.candidate.document.fixes]
    weigh_later(unit.session, [(row["home_region"], row["facility_id"]) for row in located])
    for each in taken:
        row = each.row
        signed = as_signed(row, each.checklist, each.findings)
        if signed is not None:
            dossiers[row["facility_id"]].counting.take(signed, row)
        facts = {name: (None, row[name]) for name in ("facility_id", "observed_at", "time_source", "failed")}
        by = {"actor_id": row["author_id"], "device_id": row["device_id"], "grant": str(each.grant)}
        unit.journal.add(Change(row["home_region"], "audit.taken", KIND, str(row["id"]), facts, **by))


def _show_held(unit: Unit, outcomes: Outcomes) -> None:
    """Keep with each document that was kept apart the one that is held, and feed that to tablets once more.

    The tablet whose body lost has it under the same id: only what moves in the feed replaces it there.
    """
    apart = {key.document_id for key, outcome in outcomes.items() if outcome is KEPT_APART}
    if not apart:
        return
    found = unit.session.execute(
        select(Audit.home_region, Audit.id).join(Home, at_home(Audit)).where(one_of(Home.id, apart))
    )
    keys = [(region, made) for region, made in found]
    update_rows(unit.session, Audit, among((Audit.home_region, Audit.id), keys), {})
    held = {each.id: each.body for each in render(unit.session, AUDITS, keys)}
    for key, outcome in outcomes.items():
        if outcome is KEPT_APART:
            outcomes[key] = replace(KEPT_APART, held=held.get(key.document_id))


def remember(unit: Unit, outcomes: Mapping[IntakeKey, Understood]) -> None:
    """Write the outcomes into the intake table: one statement for each distinct outcome, most often one.

    Who sent the documents hears of it. What was understood before stays as it is, with its moment.
    """
    same: dict[Understood, list[IntakeKey]] = defaultdict(list)
    for key, outcome in outcomes.items():
        same[outcome].append(key)
    unsettled = IntakeRow.state.not_in([state.value for state in FINAL])
    for outcome, keys in same.items():
        written = unit.session.execute(
            update(IntakeRow)
            .where(these(keys), unsettled)
            .values(
                state=outcome.state.value,
                reason=outcome.reason,
                waiting_for=outcome.waiting_for,
                held=outcome.held,
                outcome_rev=IntakeRow.outcome_rev + 1,
                understood_at=unit.now,
            )
            .returning(*KEY)
            .execution_options(synchronize_session=False)
        )
        announce(unit.session, [IntakeKey(*row) for row in written])
