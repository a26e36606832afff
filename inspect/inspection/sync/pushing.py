"""What becomes of pushed rows: each is kept as it came, then understood by itself; none stands in another's way.

Documents that never change (audits, photos) are only kept here; `understanding.py` makes something of them later.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Collection as Several
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from inspection.audit_documents import SERVER_OWNED
from inspection.bulk import among
from inspection.errors import (
    AlreadyDifferent,
    Fault,
    Forbidden,
    InspectionError,
    InvalidInput,
    NotFound,
    in_words,
)
from inspection.forms import UUID_FORM
from inspection.intake import MOST_BYTES, TOO_LONG
from inspection.json_arrays import BROKEN, Illegible
from inspection.json_bodies import canonical_hash, read_body
from inspection.sync import drafts, facilities, followups
from inspection.sync.collections import COLLECTIONS, Collection, Push
from inspection.sync.drafts import push_draft
from inspection.sync.facilities import push_facility
from inspection.sync.followups import push_followup
from inspection.sync.keeping import keep_batch
from inspection.sync.outcomes import FIRST_OUTCOME, announce
from inspection.sync.pulling import visible
from inspection.sync.rendered import tombstone
from inspection.sync.tablets import Tablet
from inspection.sync.verdicts import Pushed, Verdict
from inspection.tables.feed import FeedRow
from inspection.tables.intake import FINAL, IntakeKey, IntakeRow, IntakeState
from inspection.unit import Unit

MOST_ROWS = 500
NAMELESS = UUID("0e6c0a52-8d0d-5b43-9f0e-3a6c1f9d2b70")  # namespace of ids for rows that came without one
STOPPED = "this tablet was stopped; what it sends waits for a person"
READ_ONLY = "nothing can be pushed to this collection"
CAPITALS = "/newDocumentState/id has capital letters; a UUID is written in small ones"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a batch on its way into the intake. pushed: None where the row could not even be read."""

    key: IntakeKey
    body: bytes
    pushed: Pushed | None
    fault: str | None


def read_rows(tablet: Tablet, collection: Collection, batch: Sequence[Any]) -> list[Row]:
    """The rows of a batch, in order, each under the key it is kept by.

    All that a stopped tablet sends is for a person to look at: who holds it now may be anybody.
    Raises InvalidInput if one is nested deeper than anything can spell; `json_arrays.read_rows` finds which.
    """
    rows = [_read_row(tablet, collection, each) for each in batch]
    return [replace(row, fault=row.fault or STOPPED) for row in rows] if tablet.stopped else rows


def _read_row(tablet: Tablet, collection: Collection, row: Any) -> Row:
    if isinstance(row, Illegible):
        return _illegible(tablet, collection, row.body, row.reason)
    new = row.get("newDocumentState") if isinstance(row, Mapping) else None
    inserted = collection.push is Push.INSERTS and isinstance(new, Mapping)
    body = _spelled(new if inserted else row)
    digest = canonical_hash(new if inserted and new else {"row": row}, SERVER_OWNED)
    pushed, fault = _pushed(collection, row)
    if pushed is None:
        return _illegible(tablet, collection, body, str(fault))
    key = IntakeKey(tablet.region, collection.name, pushed.id, digest)
    if fault is None and collection.push is not Push.NOTHING and len(body) > MOST_BYTES:
        fault = TOO_LONG
    return Row(key, body, pushed, fault)


def _pushed(collection: Collection, row: Any) -> tuple[Pushed | None, str | None]:
    """What a row wants, and what is wrong with it; None where not even its id can be read."""
    new = row.get("newDocumentState") if isinstance(row, Mapping) else None
    if not isinstance(new, Mapping):
        return None, "newDocumentState is not an object"
    made = new.get("id")
    if not isinstance(made, str) or not UUID_FORM.fullmatch(made):
        return None, "/newDocumentState/id is not a UUID"
    assumed = row.get("assumedMasterState")
    pushed = Pushed(UUID(made), new, assumed if isinstance(assumed, Mapping) else None)
    if collection.push is Push.NOTHING:
        return pushed, READ_ONLY
    # A tablet would hold two documents, its own and ours: the answer and every pull spell it in small letters.
    return pushed, None if made == made.lower() else CAPITALS


def _illegible(tablet: Tablet, collection: Collection, body: bytes, fault: str) -> Row:
    digest = canonical_hash({"body": body.decode(errors="backslashreplace")})
    return Row(IntakeKey(tablet.region, collection.name, uuid5(NAMELESS, digest.hex()), digest), body, None, fault)


def _spelled(document: Any) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # a cut emoji, integers beyond 64 bits
        try:
            return json.dumps(document).encode()
        except RecursionError:
            raise InvalidInput([Fault("", "this is nested too deep", "a document of a few levels")]) from None


def kept_edits(session: Session, limit: int) -> list[tuple[Row, UUID, UUID | None]]:
    """Edits that were kept and never understood, with the person and the tablet that sent them; oldest first."""
    rows = IntakeRow.__table__.c
    still = (rows.state == IntakeState.KEPT.value) & rows.collection.in_(sorted(EDITS))
    columns = (rows.home_region, rows.collection, rows.document_id, rows.content_hash)
    statement = select(*columns, rows.body, rows.person_id, rows.device_id).where(
        still, rows.person_id.is_not(None)
    )
    found = session.connection().execute(statement.order_by(rows.received_at, *columns).limit(limit))
    return [(_read_kept(IntakeKey(*r[:3], bytes(r[3])), r.body), r.person_id, r.device_id) for r in found]


def _read_kept(key: IntakeKey, body: bytes) -> Row:
    try:
        pushed, fault = _pushed(COLLECTIONS[key.collection], read_body(body))
    except InvalidInput:
        pushed, fault = None, BROKEN
    if fault is None and len(body) > MOST_BYTES:
        fault = TOO_LONG
    return Row(key, body, pushed, fault)


def keep_rows(
    unit: Unit, tablet: Tablet, collection: Collection, rows: Sequence[Row], device_time: datetime | None
) -> set[IntakeKey]:
    """Keep rows as they came, in one statement. Returns the keys that were new."""
    return keep_batch(unit, tablet, collection.name, [(row.key, row.body) for row in rows], device_time)


STATES = """
    SELECT document_id, content_hash, state, reason, scope
    FROM intake LEFT JOIN feed ON feed.region = home_region AND feed.collection = intake.collection
        AND feed.id = document_id AND NOT deleted
    WHERE home_region = %(region)s AND intake.collection = %(collection)s AND document_id = ANY(%(ids)s)
"""


def states(
    session: Session, tablet: Tablet, collection: Collection, keys: Several[IntakeKey]
) -> dict[IntakeKey, Verdict]:
    """How far rows have come that this tablet's region received before.

    What was taken and lies where the tablet may not look is answered with a tombstone.
    """
    if not keys:
        return {}
    ids = sorted({key.document_id for key in keys})
    connection = session.connection()
    found: Iterable[Any]
    if connection.dialect.name == "postgresql":  # a replay must not cost more than a push
        about = {"region": tablet.region, "collection": collection.name, "ids": ids}
        found = connection.exec_driver_sql(STATES, about)
    else:
        rows, feed = IntakeRow.__table__.c, FeedRow.__table__.c
        under = rows.home_region, rows.collection, rows.document_id
        alive = (feed.region == rows.home_region) & (feed.collection == rows.collection)
        alive &= (feed.id == rows.document_id) & feed.deleted.is_(False)
        shown = rows.document_id, rows.content_hash, rows.state, rows.reason, feed.scope
        wanted = among(under, [(tablet.region, collection.name, made) for made in ids])
        found = connection.execute(select(*shown).outerjoin_from(IntakeRow, FeedRow, alive).where(wanted))
    scopes = collection.scopes(tablet)
    held = {}
    for row in found:
        key = IntakeKey(tablet.region, collection.name, row.document_id, bytes(row.content_hash))
        state = IntakeState(row.state)
        hidden = row.scope is None or (scopes is not None and row.scope not in scopes)
        gone = tombstone(row.document_id) if state is IntakeState.TAKEN and hidden else None
        held[key] = Verdict(state, row.reason, gone)
    return {key: held[key] for key in keys if key in held}


def set_aside(unit: Unit, tablet: Tablet, collection: Collection, row: Row) -> Verdict:
    """Quarantine a row that cannot be understood whatever the state of things. The held document is the answer.

    A new document stays on the tablet, where its author can mend it, unless nobody can push it. A stopped tablet
    is shown nothing.
    """
    if tablet.stopped:
        return _conclude(unit, row.key, Verdict(IntakeState.QUARANTINED, row.fault))
    held = row.pushed and visible(unit.session, tablet, collection, row.pushed.id)
    nowhere = tombstone(row.pushed.id) if row.pushed and row.fault == READ_ONLY else None
    document = held or nowhere
    return _conclude(unit, row.key, Verdict(IntakeState.QUARANTINED, row.fault, document))


def understand_edit(unit: Unit, tablet: Tablet, row: Row, *, known: bool) -> Verdict:
    """Make something of one row of a collection that can be edited, in a unit of its own.

    known: the very same row was received before. What became of it then stands: whatever was written meanwhile is
    not undone because an answer was lost.
    """
    assert row.pushed is not None  # noqa: S101 - such rows are set aside
    if known and (verdict := _settled(unit.session, tablet, row)) is not None:
        return verdict
    return _conclude(unit, row.key, EDITS[row.key.collection](unit, tablet, row.pushed))


def _settled(session: Session, tablet: Tablet, row: Row) -> Verdict | None:
    """What became of a row that was received before, if that is final; the held document is the answer.

    What a person decided about a row stands, however often it is sent.
    """
    assert row.pushed is not None  # noqa: S101 - such rows are set aside
    columns = IntakeRow.__table__.c
    statement = select(columns.state, columns.reason, columns.decided_at).where(_is(row.key))
    found = session.connection().execute(statement).one_or_none()
    if found is None or (found.decided_at is None and found.state not in FINAL):
        return None
    held = visible(session, tablet, COLLECTIONS[row.key.collection], row.pushed.id)
    if held is None:
        gone = None if row.pushed.deleted else tombstone(row.pushed.id)
        return Verdict(IntakeState(found.state), found.reason, gone)
    silent = found.decided_at is None and not row.pushed.deleted and _says(row, orjson.loads(held))
    return Verdict(IntakeState(found.state), found.reason, None if silent else held)


def _says(row: Row, held: Mapping[str, Any]) -> bool:
    """Whether a held document says what a row wants, as far as it is the tablet's to say."""
    assert row.pushed is not None  # noqa: S101 - such rows are set aside
    owned = OWNED[row.key.collection]
    new = row.pushed.new
    return all(held.get(name) == value for name, value in new.items() if owned(name))


def refused(unit: Unit, tablet: Tablet, collection: Collection, row: Row, refusal: InspectionError) -> Verdict:
    """Quarantine a row that the rules refused, with their reason; in a unit after the one that was rolled back."""
    assert row.pushed is not None  # noqa: S101 - such rows are set aside
    held = visible(unit.session, tablet, collection, row.pushed.id)
    unseen = isinstance(refusal, NotFound | Forbidden | AlreadyDifferent)
    # A new document with a fault stays on the tablet, where its author can mend it.
    document = held or (tombstone(row.pushed.id) if unseen else None)
    return _conclude(unit, row.key, Verdict(IntakeState.QUARANTINED, _reason(refusal), document))


def _reason(refusal: InspectionError) -> str:
    if isinstance(refusal, InvalidInput):
        return in_words(refusal.faults)
    return refusal.message


EDITS = {"facilities": push_facility, "drafts": push_draft, "followups": push_followup}
# Of each, whether a field is the tablet's to say.
OWNED: Mapping[str, Callable[[str], bool]] = {
    "facilities": facilities.OWNED.__contains__,
    "drafts": lambda name: name not in drafts.OWNED_BY_SERVER,
    "followups": followups.OWNED.__contains__,
}


def _is(key: IntakeKey) -> ColumnElement[bool]:
    return and_(
        IntakeRow.home_region == key.home_region,
        IntakeRow.collection == key.collection,
        IntakeRow.document_id == key.document_id,
        IntakeRow.content_hash == key.content_hash,
    )


def _conclude(unit: Unit, key: IntakeKey, verdict: Verdict) -> Verdict:
    """Write what became of a row, and let its sender hear of it unless it was simply taken."""
    conflict = verdict.state is IntakeState.CONFLICT
    written = unit.session.connection().execute(
        update(IntakeRow)
        .where(_is(key), IntakeRow.decided_at.is_(None))  # what a person decides meanwhile stands
        .values(
            state=verdict.state.value,
            reason=verdict.reason,
            waiting_for=verdict.waiting_for,
            held=verdict.document if conflict else None,
            attempts=IntakeRow.attempts + 1,
            outcome_rev=IntakeRow.outcome_rev + 1,
            understood_at=unit.now,
        )
        .returning(IntakeRow.outcome_rev)
    )
    # Who once heard that it was put aside hears too that it is taken now.
    if verdict.state is not IntakeState.TAKEN or any(rev > FIRST_OUTCOME for (rev,) in written):
        announce(unit.session, [key])
    return verdict
