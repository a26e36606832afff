"""First keep, then understand: what was sent is evidence, and is kept as it came before anything is made of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from math import isfinite
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.audit_documents import SERVER_OWNED
from inspection.bulk import insert_new_rows
from inspection.errors import Fault, InvalidInput
from inspection.tables.intake import IntakeRow, IntakeState
from inspection.unit import Unit

AUDITS = "audits"
SCHEMA_VERSION = 1
NOT_JSON = Fault("", "this is not JSON", "a JSON document in UTF-8")
TOO_DEEP = Fault("", "this is nested too deep", "a document of a few levels")


@dataclass(frozen=True, slots=True, order=True)
class IntakeKey:
    """What makes two received documents the same: collection, id and content."""

    home_region: str
    collection: str
    document_id: UUID
    content_hash: bytes


Position = tuple[datetime, IntakeKey]  # when it was received, and what it is


@dataclass(frozen=True, slots=True)
class Received:
    """One document as it came from somebody. body: the bytes; device_time: the sender's clock."""

    key: IntakeKey
    body: bytes
    person_id: UUID | None
    device_id: UUID | None = None
    device_time: datetime | None = None


def content_hash(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical JSON of what the client owns; the order of keys may differ between two sends.

    Raises InvalidInput for what is nested too deep to be spelled.
    """
    owned = {name: value for name, value in document.items() if name not in SERVER_OWNED}
    try:
        canonical = orjson.dumps(owned, option=orjson.OPT_SORT_KEYS)
        # It spells NaN and infinities as null, and the document put right would be the same as the wrong one.
        if b"null" in canonical and not _all_finite(owned):
            canonical = _spelled(owned)
    except TypeError:  # halves of surrogate pairs, integers beyond 64 bits, 254 levels
        canonical = _spelled(owned)
    return hashlib.sha256(canonical).digest()


def _spelled(owned: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(owned, sort_keys=True).encode()
    except RecursionError:
        raise InvalidInput([TOO_DEEP]) from None


def _all_finite(document: Mapping[str, Any]) -> bool:
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, float) and not isfinite(value):
            return False
    return True


def read_body(body: bytes) -> Any:
    """The JSON that a body is. Raises InvalidInput with one fault.

    A cut emoji, a byte order mark, NaN or a number beyond every float do not make the rest illegible: whoever
    reads the fields refuses them by name.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body)
        except RecursionError:
            raise InvalidInput([TOO_DEEP]) from None
        except ValueError:
            raise InvalidInput([NOT_JSON]) from None


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
