"""First keep, then understand: what was sent is evidence, and is kept as it came before anything is made of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller
from inspection.audit_documents import SERVER_OWNED
from inspection.bulk import among, insert_new_rows
from inspection.json_bodies import canonical_hash
from inspection.tables.areas import Area, Level
from inspection.tables.intake import IntakeKey, IntakeRow, IntakeState
from inspection.unit import Unit

AUDITS = "audits"
SCHEMA_VERSION = 1
MOST_BYTES = 1_000_000  # of one document
TOO_LONG = f"the row is longer than {MOST_BYTES} bytes"
KEY = (IntakeRow.home_region, IntakeRow.collection, IntakeRow.document_id, IntakeRow.content_hash)
BODY = tuple_(IntakeRow.document_id, IntakeRow.content_hash)


@dataclass(frozen=True, slots=True)
class Received:
    """One document as it came from somebody. body: the bytes; device_time: the sender's clock."""

    key: IntakeKey
    body: bytes
    person_id: UUID | None
    device_id: UUID | None = None
    device_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not understood yet.

    count: documents that only wait for their turn; oldest: when the first of them was received. states: how many
    are kept, wait for something or were put aside, by state and collection.
    """

    count: int
    oldest: datetime | None
    states: Mapping[tuple[str, str], int]


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


def these(keys: Iterable[IntakeKey]) -> ColumnElement[bool]:
    """The condition that an intake row is one of these."""
    named = sorted(keys)
    ids = (IntakeRow.home_region, IntakeRow.collection, IntakeRow.document_id)
    under = among(ids, ((key.home_region, key.collection, key.document_id) for key in named))
    return and_(under, BODY.in_([(key.document_id, key.content_hash) for key in named]))


def backlog(session: Session, regions: Collection[str] | None = None) -> Backlog:
    """How much is not understood yet, in these regions or in all of them."""
    shown = (IntakeState.KEPT.value, IntakeState.WAITING.value, IntakeState.QUARANTINED.value)
    statement = select(
        IntakeRow.state,
        IntakeRow.collection,
        func.count().label("rows"),
        func.min(IntakeRow.received_at).label("oldest"),
    )
    statement = statement.where(IntakeRow.state.in_(shown)).group_by(IntakeRow.state, IntakeRow.collection)
    if regions is not None:
        statement = statement.where(IntakeRow.home_region.in_(sorted(regions)))
    found = session.execute(statement.order_by(IntakeRow.state, IntakeRow.collection)).all()
    kept = [row for row in found if row.state == IntakeState.KEPT]
    return Backlog(
        count=sum(row.rows for row in kept),
        oldest=min((row.oldest for row in kept), default=None),
        states={(row.state, row.collection): row.rows for row in found},
    )


def is_longer(session: Session, most: int) -> bool:
    """Whether more than so many documents wait for their turn; reads no more than it has to."""
    kept = (
        select(IntakeRow.document_id).where(IntakeRow.state == IntakeState.KEPT.value).limit(most + 1).subquery()
    )
    return session.scalars(select(func.count()).select_from(kept)).one() > most


def backlog_of(session: Session, caller: Caller) -> Backlog:
    """`backlog` of the regions whose journal a caller may read."""
    countries = caller.reach(Act.READ_JOURNAL, Level.COUNTRY)
    whole = session.scalars(select(Area.code).where(Area.level == Level.REGION, Area.country.in_(countries)))
    return backlog(session, {*caller.reach(Act.READ_JOURNAL, Level.REGION), *whole})
