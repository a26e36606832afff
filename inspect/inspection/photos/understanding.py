"""Making photos of what was kept: each belongs to an audit, and lies where the audit's facility lies.

Can be repeated; a second time changes nothing. A number of statements that does not grow with the documents.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Act
from inspection.audit_rows import Kept
from inspection.bulk import among, insert_new_rows, insert_rows, update_rows
from inspection.errors import Fault, InvalidInput
from inspection.grant_histories import Visit, allowed, grant_histories
from inspection.heads import lock_facilities
from inspection.homes import at_home
from inspection.intake import MOST_BYTES, TOO_LONG
from inspection.journal import Change
from inspection.json_bodies import read_body
from inspection.photos.documents import PhotoDocument, read_photo
from inspection.sync.documents import render
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.intake import FINAL, IntakeKey, IntakeRow, IntakeState
from inspection.tables.photos import Blob, BlobState, Photo
from inspection.tables.regions import Home
from inspection.understanding import (
    COLUMNS,
    KEPT_APART,
    TAKEN,
    Outcomes,
    Understood,
    quarantined,
    remember,
)
from inspection.unit import Unit

PHOTOS = "photos"
KIND = "photo"
NO_GRANT = Fault(
    "/audit", "this audit is somebody else's, and its photos are not yours to add", "an audit of your own"
)


@dataclass(frozen=True, slots=True)
class _AuditOf:
    """The audit a photo belongs to."""

    home_region: str
    facility_id: UUID
    author_id: UUID
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A kept document that could be read, on its way to becoming a photo."""

    kept: Kept
    document: PhotoDocument

    @property
    def key(self) -> IntakeKey:
        return self.kept.key

    @property
    def sender(self) -> UUID:
        assert self.kept.person_id is not None  # noqa: S101 - others are not read
        return self.kept.person_id


def understand_photos(
    unit: Unit, keys: Collection[IntakeKey], *, patient: bool = True
) -> Mapping[IntakeKey, Understood]:
    """Make photos of these kept documents. Returns what became of each.

    Among documents under one id the first received wins; another body is kept apart as a conflict. A photo waits
    for its audit. patient: whoever works on a facility is waited for in any case; photos are short.
    """
    del patient
    outcomes: Outcomes = {}
    candidates = _read(unit.session, keys, outcomes)
    audits = _audits(unit.session, {c.document.audit for c in candidates})
    facilities = lock_facilities(unit.session, {(a.home_region, a.facility_id) for a in audits.values()})
    candidates = _with_audit(candidates, audits, outcomes)
    candidates = _granted(unit.session, candidates, audits, facilities, outcomes)
    rows = {c.key: _row(c, facilities[audits[c.document.audit].facility_id]) for c in candidates}
    _insert(unit, _claim(unit.session, rows, outcomes))
    _show_held(unit, outcomes)
    remember(unit, outcomes)
    return {key: outcomes[key] for key in keys if key in outcomes}


def _read(session: Session, keys: Collection[IntakeKey], outcomes: Outcomes) -> Sequence[_Candidate]:
    """The documents that can be read, first received first; those understood before keep their outcome.

    Other bodies under the same ids that nobody has looked at yet come along: the first received has to win.
    """
    ids = IntakeRow.home_region, IntakeRow.collection, IntakeRow.document_id
    under = among(ids, ((key.home_region, key.collection, key.document_id) for key in keys))
    candidates = []
    found = session.execute(select(*COLUMNS).where(under)).all()
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


def _read_one(kept: Kept) -> PhotoDocument:
    if len(kept.body) > MOST_BYTES:
        raise InvalidInput([Fault("", TOO_LONG, f"at most {MOST_BYTES} bytes")])
    document = read_photo(read_body(kept.body))
    if document.id != kept.key.document_id:
        raise InvalidInput([Fault("/id", "the document was sent under another id", str(kept.key.document_id))])
    if kept.person_id is None:
        raise InvalidInput([Fault("", "it is not known who sent this", "a photo of somebody who is signed in")])
    return document


def _audits(session: Session, ids: Collection[UUID]) -> Mapping[UUID, _AuditOf]:
    if not ids:
        return {}
    columns = (Audit.id, Audit.home_region, Audit.facility_id, Audit.author_id, Audit.observed_at)
    found = session.execute(select(*columns).join(Home, at_home(Audit)).where(Home.id.in_(sorted(ids))))
    return {row[0]: _AuditOf(*row[1:]) for row in found}


def _with_audit(
    candidates: Sequence[_Candidate], audits: Mapping[UUID, _AuditOf], outcomes: Outcomes
) -> Sequence[_Candidate]:
    """Those whose audit is there; the others wait for it."""
    for candidate in candidates:
        if candidate.document.audit not in audits:
            reason = "the audit of this photo has not arrived yet"
            waiting_for = candidate.document.audit
            outcomes[candidate.key] = Understood(IntakeState.WAITING, reason, waiting_for=waiting_for)
    return [c for c in candidates if c.document.audit in audits]


def _granted(
    session: Session,
    candidates: Sequence[_Candidate],
    audits: Mapping[UUID, _AuditOf],
    facilities: Mapping[UUID, Facility],
    outcomes: Outcomes,
) -> Sequence[_Candidate]:
    """Those whose sender made the audit, or might have audited there then."""
    visits = {}
    for candidate in candidates:
        audit = audits[candidate.document.audit]
        if candidate.sender != audit.author_id:
            place = facilities[audit.facility_id]
            visits[candidate.key] = Visit(candidate.sender, place.id, place, audit.observed_at)
    histories = grant_histories(session, {visit.person_id for visit in visits.values()}, Act.SUBMIT_AUDIT)
    fine = allowed(session, histories, visits.values())
    refused = {key for key, visit in visits.items() if visit not in fine}
    outcomes |= dict.fromkeys(refused, quarantined([NO_GRANT]))
    return [c for c in candidates if c.key not in refused]


def _row(candidate: _Candidate, facility: Facility) -> dict[str, Any]:
    document, kept = candidate.document, candidate.kept
    return {
        "home_region": facility.home_region,
        "id": document.id,
        "rev": 1,
        "country": facility.country,
        "region_code": facility.region_code,
        "district_code": facility.district_code,
        "facility_id": facility.id,
        "audit_id": document.audit,
        "criterion": document.criterion,
        "place": document.place,
        "sha256": document.sha256,
        "size": document.size,
        "media_type": document.media_type,
        "taken_at": document.taken_at,
        "note": document.note,
        "author_id": candidate.sender,
        "device_id": kept.device_id,
        "received_at": kept.received_at,
        "content_hash": kept.key.content_hash,
    }


def _claim(
    session: Session, rows: Mapping[IntakeKey, dict[str, Any]], outcomes: Outcomes
) -> Sequence[dict[str, Any]]:
    """The rows whose id is not taken. The table of homes decides it once for ever, also between two units."""
    first: dict[UUID, dict[str, Any]] = {}
    for row in rows.values():
        first.setdefault(row["id"], row)
    homes = [{"id": made, "region": row["home_region"], "kind": KIND} for made, row in sorted(first.items())]
    new = {made for (made,) in insert_new_rows(session, Home, homes)}
    held = _held_hashes(session, first.keys() - new)
    for key, row in rows.items():
        made = row["id"]
        winner = first[made]["content_hash"] if made in new else held.get(made)
        outcomes[key] = TAKEN if row["content_hash"] == winner else KEPT_APART
    return [row for made, row in first.items() if made in new]


def _held_hashes(session: Session, ids: Collection[UUID]) -> Mapping[UUID, bytes]:
    if not ids:
        return {}
    rows = session.execute(
        select(Photo.id, Photo.content_hash).join(Home, at_home(Photo)).where(Home.id.in_(sorted(ids)))
    )
    return {row.id: bytes(row.content_hash) for row in rows}


def _insert(unit: Unit, rows: Sequence[dict[str, Any]]) -> None:
    expected = [
        {"sha256": digest, "state": BlobState.EXPECTED.value, "attempts": 0}
        for digest in sorted({row["sha256"] for row in rows})
    ]
    # Waits for whoever is just storing these bytes: what is rendered at the end of this unit then shows them.
    insert_new_rows(unit.session, Blob, expected)
    insert_rows(unit.session, Photo, rows)
    for row in rows:
        facts = {"audit_id": (None, row["audit_id"]), "sha256": (None, row["sha256"].hex())}
        by = {"actor_id": row["author_id"], "device_id": row["device_id"]}
        unit.journal.add(Change(row["home_region"], "photo.taken", KIND, str(row["id"]), facts, **by))


def _show_held(unit: Unit, outcomes: Outcomes) -> None:
    """Keep with each document that was kept apart the one that is held, and feed that to tablets once more."""
    apart = {key.document_id for key, outcome in outcomes.items() if outcome is KEPT_APART}
    if not apart:
        return
    found = unit.session.execute(
        select(Photo.home_region, Photo.id).join(Home, at_home(Photo)).where(Home.id.in_(sorted(apart)))
    )
    keys = [(region, made) for region, made in found]
    update_rows(unit.session, Photo, among((Photo.home_region, Photo.id), keys), {})
    held = {each.id: each.body for each in render(unit.session, PHOTOS, keys)}
    for key, outcome in outcomes.items():
        if outcome is KEPT_APART:
            outcomes[key] = replace(KEPT_APART, held=held.get(key.document_id))
