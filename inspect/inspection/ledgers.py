"""The chains of entries that can be proven; their rows are read as they are stored, whatever stands there."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, LargeBinary, RowMapping, Text, cast, func
from sqlalchemy.orm import InstrumentedAttribute, Session

from inspection.database import Instant
from inspection.disclosures import disclosure_hash
from inspection.journal import entry_hash
from inspection.tables.disclosures import Disclosure, DisclosureHead
from inspection.tables.journal import JournalEntry
from inspection.tables.regions import RegionHead


@dataclass(frozen=True, slots=True)
class Ledger:
    """One kind of chain, of which each region has one.

    prefix: of the names of its chains. number, hash: columns of its heads. sealed: the hash of an entry. ids,
    texts, wholes, document: columns of its entries by what stands in them, beside those that every ledger has.
    """

    prefix: str
    entries: Any
    heads: Any
    number: str
    hash: str
    sealed: Callable[[Mapping[str, Any]], bytes]
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    document: str
    wholes: tuple[str, ...] = ()

    def due(self, row: RowMapping, number: int) -> bytes | None:
        """The hash that belongs to what an entry says; None for what nobody can read."""
        try:
            said: dict[str, Any] = {name: text_of(row[name]) for name in ("home_region", *self.texts)}
            said["number"] = number
            said["at"] = datetime.fromisoformat(text_of(row["at"]) or "").replace(tzinfo=UTC)
            for name in self.ids:
                stored = text_of(row[name])
                said[name] = None if stored is None else UUID(stored)
            for name in self.wholes:
                stored = text_of(row[name])
                said[name] = None if stored is None else int(stored)
            said[self.document] = orjson.loads(text_of(row[self.document]) or "")
            said["previous_hash"] = bytes_of(row["previous_hash"])
            return self.sealed(said)
        except (ValueError, TypeError):  # of decoding and of orjson alike
            return None


JOURNAL = Ledger(
    "",
    JournalEntry,
    RegionHead,
    "journal_number",
    "journal_hash",
    entry_hash,
    ("actor_id", "device_id"),
    ("grants_used", "action", "object_kind", "object_id", "reason", "request_id"),
    "changes",
)
DISCLOSURES = Ledger(
    "reads:",
    Disclosure,
    DisclosureHead,
    "number",
    "hash",
    disclosure_hash,
    ("actor_id", "device_id"),
    ("grants_used", "kind", "object_id", "reason", "request_id"),
    "asked",
    ("shown",),
)


def ledger_of(chain: str) -> tuple[Ledger, str]:
    """The ledger and the region of a chain, by its name: `750000000`, or `reads:750000000`."""
    region = chain.removeprefix(DISCLOSURES.prefix)
    return (JOURNAL if region == chain else DISCLOSURES), region


# SQLite keeps any bytes in any column, so everything is read as it is stored, and only then understood.


def as_stored(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """A column as its bytes or as text."""
    if session.get_bind().dialect.name == "sqlite":
        read: ColumnElement[Any] = cast(column, LargeBinary)
    elif isinstance(column.type, LargeBinary):
        read = column.expression
    elif isinstance(column.type, Instant):  # how PostgreSQL spells a moment is a setting of the server
        read = func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US")
    else:
        read = cast(column, Text)
    return read.label(column.key)


def stored(session: Session, model: Any) -> list[ColumnElement[Any]]:
    """Every column of a table so."""
    return [as_stored(session, getattr(model, column.key)) for column in model.__table__.columns]


def text_of(stored: bytes | str | None) -> str | None:
    """What stands there. Raises ValueError for what is no text."""
    return stored.decode() if isinstance(stored, bytes) else stored


def bytes_of(stored: bytes | None) -> bytes:
    """What stands there; of nothing, no bytes."""
    return bytes(stored or b"")


def whole(stored: bytes | str | None) -> int | None:
    """The whole number that stands there; None for what is none."""
    with suppress(ValueError):
        text = text_of(stored) or ""
        number = int(text)
        return number if str(number) == text else None
    return None
