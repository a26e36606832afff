"""Proof that a journal is what was written: a walk along its chain that names every flaw and stops at none.

The chain betrays what was changed inside the database. That its end was cut off together with the head, or all of
it written anew, only somebody can tell who noted an entry elsewhere: see `Noted`.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, LargeBinary, RowMapping, Text, cast, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from inspection.database import Instant
from inspection.journal import commitment, entry_hash
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.regions import RegionHead

TAMPERED, UNREADABLE, MISSING, CUT_OFF = "tampered", "unreadable", "missing", "cut off"
TORN = "one of the two is tampered: the second does not follow from the first"
OFF_HEAD = "tampered, or the head of the region is"
AFTER_HEAD = "stands after the end that the head of the region names"
HEAD_MISSING, HEAD_UNREADABLE = "head missing", "head unreadable"
OTHER_VALUE, ORPHAN = "value does not match", "value without an entry"
NOT_AS_NOTED, NOTED_AND_GONE = "not the entry that was noted", "was noted and is gone"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One place at which the journal is not what was written.

    first, last: numbers of the entries it is about; null where it is about the region or about no number at all.
    """

    region: str
    first: int | None
    last: int | None
    what: str

    def __str__(self) -> str:
        where = "" if self.first is None else f" entry {self.first}"
        if self.first != self.last:
            where = f" entries {self.first} to {self.last}"
        return f"{self.region}{where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry as it was noted outside the database. hash: 32 bytes."""

    region: str
    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.region}={self.number}:{self.hash.hex()}"


def verify(session: Session, region: str, noted: Collection[Noted] = ()) -> "Walk":
    """The walk along a region's journal; iterate it for the flaws. noted: what its entries must still be."""
    return Walk(session, region, noted)


def journal_regions(session: Session) -> list[str]:
    """Every region (or country) that has a journal or left traces of one, sorted."""
    columns = RegionHead.region, JournalEntry.home_region, JournalValue.home_region
    found = session.scalars(union(*(select(column) for column in columns)))
    return sorted(region for region in found if isinstance(region, str))


def count_entries(session: Session) -> int:
    """How many entries there are, whatever stands in them: a walk of every region must have seen as many."""
    return session.scalar(select(func.count()).select_from(JournalEntry)) or 0


class Walk:
    """One region's journal from its first entry to its head, in constant memory.

    A tampered entry is named once: the walk goes on from the hash that is stored. When it has ended, `last` is the
    newest entry, fit to be noted elsewhere, and `seen` the number of entries.
    """

    def __init__(self, session: Session, region: str, noted: Collection[Noted]) -> None:
        self.seen = 0
        self.last = Noted(region, 0, bytes(32))
        self._session = session
        self._region = region
        self._noted: dict[int, set[bytes]] = {}
        for each in noted:
            if each.region == region and each != self.last:
                self._noted.setdefault(each.number, set()).add(each.hash)
        self._doubted = False  # the last entry was named already

    def __iter__(self) -> Iterator[Flaw]:
        yield from self._entries()
        head = _head(self._session, self._region)
        # Units that were committed since the walk began are no flaw: it follows them to the head.
        while isinstance(head, Noted) and head.number > (before := self.last.number):
            yield from self._entries(after=before)
            if self.last.number == before:
                break
            head = _head(self._session, self._region)
        yield from self._end(head)
        for number in sorted(self._noted):
            yield self._flaw(NOTED_AND_GONE, number)
        yield from self._values()

    def _flaw(self, what: str, first: int | None = None, last: int | None = None) -> Flaw:
        return Flaw(self._region, first, first if last is None else last, what)

    def _entries(self, after: int | None = None) -> Iterator[Flaw]:
        statement = select(*_stored(self._session, JournalEntry)).where(JournalEntry.home_region == self._region)
        if after is not None:
            statement = statement.where(JournalEntry.number > after)
        statement = statement.order_by(JournalEntry.number)
        for row in self._session.execute(statement, execution_options={"yield_per": 1000}).mappings():
            number = _whole(row["number"])
            if number is not None:
                self.seen += 1
                yield from self._step(number, row)
            elif after is None:  # SQLite sorts text after every number, so it comes with each look
                self.seen += 1
                yield self._flaw(UNREADABLE)

    def _step(self, number: int, row: RowMapping) -> Iterator[Flaw]:
        expected = self.last.number + 1
        if number < expected:
            yield self._flaw(TAMPERED, number)  # the first entry is number 1
            return
        if number > expected:
            yield self._flaw(MISSING, expected, number - 1)
        sealed, due = _bytes(row["hash"]), _hash_due(row, number)
        follows = number != expected or _bytes(row["previous_hash"]) == self.last.hash
        if due is None:
            yield self._flaw(UNREADABLE, number)
        elif due != sealed or (number == 1 and not follows):
            yield self._flaw(TAMPERED, number)
        elif not follows and not self._doubted:
            yield self._flaw(TORN, number - 1, number)
        if self._noted.pop(number, {sealed}) != {sealed}:
            yield self._flaw(NOT_AS_NOTED, number)
        self._doubted = due != sealed
        self.last = Noted(self._region, number, sealed)

    def _end(self, head: "Noted | str | None") -> Iterator[Flaw]:
        number = self.last.number
        if head is None and self.seen:
            yield self._flaw(HEAD_MISSING)
        elif isinstance(head, str):
            yield self._flaw(head)
        elif head is not None and head.number > number:
            yield self._flaw(CUT_OFF, number + 1, head.number)
        elif head is not None and head.number < number:
            yield self._flaw(AFTER_HEAD, head.number + 1, number)
        elif head is not None and head.hash != self.last.hash and not self._doubted:
            yield self._flaw(OFF_HEAD, number)

    def _values(self) -> Iterator[Flaw]:
        at_entry = (JournalEntry.home_region == JournalValue.home_region) & (
            JournalEntry.number == JournalValue.number
        )
        statement = (
            select(*_stored(self._session, JournalValue), _as_stored(self._session, JournalEntry.changes))
            .outerjoin(JournalEntry, at_entry)
            .where(JournalValue.home_region == self._region)
            .order_by(JournalValue.number, JournalValue.field)
        )
        for row in self._session.execute(statement, execution_options={"yield_per": 1000}).mappings():
            if what := _flaw_of_value(row):
                yield self._flaw(what, _whole(row["number"]))


# SQLite keeps any bytes in any column, so everything is read as it is stored, and only then understood.


def _as_stored(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    if session.get_bind().dialect.name == "sqlite":
        read: ColumnElement[Any] = cast(column, LargeBinary)
    elif isinstance(column.type, LargeBinary):
        read = column.expression
    elif isinstance(column.type, Instant):  # how PostgreSQL spells a moment is a setting of the server
        read = func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US")
    else:
        read = cast(column, Text)
    return read.label(column.key)


def _stored(session: Session, model: type[JournalEntry | JournalValue | RegionHead]) -> list[ColumnElement[Any]]:
    return [_as_stored(session, getattr(model, column.key)) for column in model.__table__.columns]


def _text(stored: bytes | str | None) -> str | None:
    """Raises ValueError for what is no text."""
    return stored.decode() if isinstance(stored, bytes) else stored


def _bytes(stored: bytes | None) -> bytes:
    return bytes(stored or b"")


def _whole(stored: bytes | str | None) -> int | None:
    with suppress(ValueError):
        text = _text(stored) or ""
        number = int(text)
        return number if str(number) == text else None
    return None


def _hash_due(row: RowMapping, number: int) -> bytes | None:
    """The hash that belongs to what an entry says; None for what nobody can read."""
    try:
        said: dict[str, Any] = {
            name: _text(row[name])
            for name in ("home_region", "action", "object_kind", "object_id", "reason", "request_id")
        }
        said["number"] = number
        said["at"] = datetime.fromisoformat(_text(row["at"]) or "").replace(tzinfo=UTC)
        actor = _text(row["actor_id"])
        said["actor_id"] = None if actor is None else UUID(actor)
        said["changes"] = orjson.loads(_text(row["changes"]) or "")
        said["previous_hash"] = _bytes(row["previous_hash"])
        return entry_hash(said)
    except (ValueError, TypeError):  # of decoding and of orjson alike
        return None


def _head(session: Session, region: str) -> "Noted | str | None":
    """The head of a region; a word for what is wrong with one that nobody can read; None where there is none."""
    statement = select(*_stored(session, RegionHead)).where(RegionHead.region == region)
    row = session.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    number = _whole(row["journal_number"])
    return HEAD_UNREADABLE if number is None else Noted(region, number, _bytes(row["journal_hash"]))


def _flaw_of_value(row: RowMapping) -> str | None:
    if row["changes"] is None:
        return ORPHAN
    try:
        promised = orjson.loads(_text(row["changes"]) or "")
    except ValueError:
        return None  # the entry is named already
    try:
        kept = {"commitment": commitment(_bytes(row["salt"]), orjson.loads(_text(row["value"]) or ""))}
        name = _text(row["field"])
    except (ValueError, TypeError):
        return UNREADABLE
    return None if isinstance(promised, dict) and promised.get(name) == kept else OTHER_VALUE
