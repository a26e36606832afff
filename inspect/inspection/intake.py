"""First keep, then understand: what was sent is evidence, and is kept as it came before anything is made of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.audit_documents import SERVER_OWNED
from inspection.bulk import insert_new_rows
from inspection.json_bodies import canonical_hash
from inspection.tables.intake import IntakeKey, IntakeRow, IntakeState
from inspection.unit import Unit

AUDITS = "audits"
SCHEMA_VERSION = 1


Position = tuple[datetime, IntakeKey]  # when it was received, and what it is


@dataclass(frozen=True, slots=True)
class Received:
    """One document as it came from somebody. body: the bytes; device_time: the sender's clock."""

    key: IntakeKey
    body: bytes
    person_id: UUID | None
    device_id: UUID | None = None
    device_time: datetime | None = None


def content_hash(document: Mapping[str, Any], server_owned: Collection[str] = SERVER_OWNED) -> bytes:
    """What makes two received documents the same: SHA-256 over what the client owns (of an audit, if not said)."""
    return canonical_hash(document, server_owned)


def keep(unit: Unit, received: Sequence[Received]) -> set[IntakeKey]:
    """Keep documents as they came, in one statement. Returns the keys that were new.

    A document that is kept already stays as it is: the first receipt fixes its times.
    """
    # Sorted, or two batches that share documents could deadlock.
    rows = [
        {
            "home_region": each.key.home_region,
            "collection": each.key.collection,
            "document_id": each.key.document_id,
            "content_hash": each.key.content_hash,
            "body": each.body,
            "schema_version": SCHEMA_VERSION,
            "person_id": each.person_id,
            "device_id": each.device_id,
            "device_time": each.device_time,
            "received_at": unit.now,
            "state": IntakeState.KEPT.value,
            "attempts": 0,
        }
        for each in sorted({r.key: r for r in received}.values(), key=lambda r: r.key)
    ]
    return {IntakeKey(*key) for key in insert_new_rows(unit.session, IntakeRow, rows)}


def not_understood(session: Session, *, after: Position | None = None, limit: int = 50) -> list[Position]:
    """Kept documents that nothing was made of yet, or that wait for something; first received first.

    after: the position reached, to go on from there.
    """
    of_key = (IntakeRow.home_region, IntakeRow.collection, IntakeRow.document_id, IntakeRow.content_hash)
    columns = (IntakeRow.received_at, *of_key)
    open_states = [IntakeState.KEPT.value, IntakeState.WAITING.value]
    statement = select(*columns).where(IntakeRow.state.in_(open_states)).order_by(*columns).limit(limit)
    if after is not None:
        reached = (after[0], *astuple(after[1]))
        bound = [literal(value, column.type) for value, column in zip(reached, columns, strict=True)]
        statement = statement.where(tuple_(*columns) > tuple_(*bound))
    return [(row[0], IntakeKey(*row[1:])) for row in session.execute(statement)]
