"""What became of pushed rows, as documents for who pushed them."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.sync.rendered import Rendered, spelled
from inspection.sync.touched import OUTCOMES, touched
from inspection.tables.intake import IntakeKey, IntakeRow

N = IntakeRow.__table__.c
SHOWN = (
    *(N.home_region, N.collection, N.document_id, N.content_hash, N.person_id, N.state, N.reason),
    *(N.waiting_for, N.received_at, N.understood_at, N.outcome_rev),
    *(N.decision, N.decision_fields, N.decision_reason, N.decided_at),
)


FIRST_OUTCOME = 2  # an intake row begins with 1, and is counted up with every outcome


def outcome_id(document_id: UUID, content_hash: bytes) -> UUID:
    """The id of the outcome of one body under one id."""
    return uuid5(document_id, content_hash.hex())


def announce(session: Session, keys: Collection[IntakeKey]) -> None:
    """Let who sent these rows hear what became of them."""
    touched(session).add(OUTCOMES, keys)


def outcome_documents(session: Session, keys: Collection[IntakeKey]) -> Iterator[Rendered]:
    """The outcomes of these rows; a row that nobody in person sent has none."""
    ids = [(key.home_region, key.collection, key.document_id) for key in keys]
    wanted = {(key.home_region, key.collection, key.document_id, key.content_hash) for key in keys}
    found = session.connection().execute(
        select(*SHOWN).where(among((N.home_region, N.collection, N.document_id), ids), N.person_id.is_not(None))
    )
    for row in found:
        if (row.home_region, row.collection, row.document_id, bytes(row.content_hash)) in wanted:
            yield _document(row)


def _document(row: Any) -> Rendered:
    made = outcome_id(row.document_id, bytes(row.content_hash))
    document = {
        "id": made,
        "rev": row.outcome_rev,
        "collection": row.collection,
        "document": row.document_id,
        "sha256": bytes(row.content_hash).hex(),
        "state": row.state,
        "reason": row.reason,
        "waiting_for": row.waiting_for,
        "received_at": row.received_at,
        "understood_at": row.understood_at,
        "decision": row.decision,
        "decision_fields": row.decision_fields,
        "decision_reason": row.decision_reason,
        "decided_at": row.decided_at,
    }
    return Rendered(made, row.home_region, str(row.person_id), row.outcome_rev, spelled(document))
