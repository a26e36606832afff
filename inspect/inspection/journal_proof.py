"""Proof that a journal is what was written: a walk along its chain that names every flaw and stops at none.

The chains of who was shown what (`disclosures`) are walked in the same way; their names begin with `reads:`.
The chain betrays what was changed inside the database. That its end was cut off together with the head, or all of
it written anew, only somebody can tell who noted an entry elsewhere: see `Noted`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import orjson
from sqlalchemy import RowMapping, func, select, union
from sqlalchemy.orm import Session

from inspection.journal import commitment
from inspection.ledgers import DISCLOSURES, JOURNAL, as_stored, bytes_of, ledger_of, stored, text_of, whole
from inspection.tables.disclosures import Disclosure, DisclosureHead
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.regions import RegionHead

TAMPERED, UNREADABLE, MISSING, CUT_OFF = "tampered", "unreadable", "missing", "cut off"
TORN = "one of the two is tampered: the second does not follow from the first"
OFF_HEAD = "tampered, or the head of the region is"
AFTER_HEAD = "stands after the end that the head of the region names"
HEAD_MISSING, HEAD_UNREADABLE = "head missing", "head unreadable"
OTHER_VALUE, ORPHAN = "value does not match", "value without an entry"
NOTED = "disclosures.noted"  # the action of an entry that says where a chain of disclosures ended
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
    """An entry as it was noted outside the database. region: the name of its chain; hash: 32 bytes."""

    region: str
    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.region}={self.number}:{self.hash.hex()}"


def verify(session: Session, region: str, noted: Collection[Noted] = ()) -> "Walk":
    """The walk along a chain; iterate it for its flaws. region: its name. noted: what its entries must be."""
    return Walk(session, region, noted)


def journal_regions(session: Session) -> list[str]:
    """The name of every chain of which there is something or a trace, sorted: those of journals first."""
    journals = RegionHead.region, JournalEntry.home_region, JournalValue.home_region
    reads = DisclosureHead.region, Disclosure.home_region
    return [
        ledger.prefix + region
        for ledger, columns in ((JOURNAL, journals), (DISCLOSURES, reads))
        for region in sorted(filter(_is_text, session.scalars(union(*(select(column) for column in columns)))))
    ]


def noted_in_journal(session: Session) -> list[Noted]:
    """What journals say of the chains of disclosures: each night where they ended."""
    columns = (as_stored(session, column) for column in (JournalEntry.object_id, JournalEntry.changes))
    statement = select(*columns).where(JournalEntry.action == NOTED)
    found = session.execute(statement.order_by(JournalEntry.home_region, JournalEntry.number))
    return [noted for region, changes in found if (noted := _noted(region, changes))]


def _noted(region: bytes | str | None, changes: bytes | str | None) -> Noted | None:
    try:
        said = orjson.loads(text_of(changes) or "")
        return Noted(f"{DISCLOSURES.prefix}{text_of(region)}", said["number"][1], bytes.fromhex(said["hash"][1]))
    except (ValueError, TypeError, LookupError):
        return None  # the walk of its journal names the entry


def _is_text(region: object) -> bool:
    return isinstance(region, str)


def count_entries(session: Session) -> int:
    """How many entries there are, whatever stands in them: a walk of every region must have seen as many."""
    counts = (session.scalar(select(func.count()).select_from(model)) for model in (JournalEntry, Disclosure))
    return sum(count or 0 for count in counts)


class Walk:
    """One chain from its first entry to its head, in constant memory.

    A tampered entry is named once: the walk goes on from the hash that is stored. When it has ended, `last` is the
    newest entry, fit to be noted elsewhere, and `seen` the number of entries.
    """

    def __init__(self, session: Session, region: str, noted: Collection[Noted]) -> None:
        self.seen = 0
        self.last = Noted(region, 0, bytes(32))
        self._session = session
        self._chain = region
        self._ledger, self._region = ledger_of(region)
        self._noted: dict[int, set[bytes]] = {}
        for each in noted:
            if each.region == region and each != self.last:
                self._noted.setdefault(each.number, set()).add(each.hash)
        self._doubted = False  # the last entry was named already

    def __iter__(self) -> Iterator[Flaw]:
        yield from self._entries()
        head = self._head()
        # Units that were committed since the walk began are no flaw: it follows them to the head.
        while isinstance(head, Noted) and head.number > (before := self.last.number):
            yield from self._entries(after=before)
            if self.last.number == before:
                break
            head = self._head()
        yield from self._end(head)
        for number in sorted(self._noted):
            yield self._flaw(NOTED_AND_GONE, number)
        if self._ledger is JOURNAL:
            yield from self._values()

    def _flaw(self, what: str, first: int | None = None, last: int | None = None) -> Flaw:
        return Flaw(self._chain, first, first if last is None else last, what)

    def _entries(self, after: int | None = None) -> Iterator[Flaw]:
        entries = self._ledger.entries
        statement = select(*stored(self._session, entries)).where(entries.home_region == self._region)
        if after is not None:
            statement = statement.where(entries.number > after)
        statement = statement.order_by(entries.number)
        for row in self._session.execute(statement, execution_options={"yield_per": 1000}).mappings():
            number = whole(row["number"])
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
        sealed, due = bytes_of(row["hash"]), self._ledger.due(row, number)
        follows = number != expected or bytes_of(row["previous_hash"]) == self.last.hash
        if due is None:
            yield self._flaw(UNREADABLE, number)
        elif due != sealed or (number == 1 and not follows):
            yield self._flaw(TAMPERED, number)
        elif not follows and not self._doubted:
            yield self._flaw(TORN, number - 1, number)
        if self._noted.pop(number, {sealed}) != {sealed}:
            yield self._flaw(NOT_AS_NOTED, number)
        self._doubted = due != sealed
        self.last = Noted(self._chain, number, sealed)

    def _head(self) -> "Noted | str | None":
        """The head; a word for what is wrong with one that nobody can read; None where there is none."""
        heads = self._ledger.heads
        statement = select(*stored(self._session, heads)).where(heads.region == self._region)
        row = self._session.execute(statement).mappings().one_or_none()
        if row is None:
            return None
        number = whole(row[self._ledger.number])
        return HEAD_UNREADABLE if number is None else Noted(self._chain, number, bytes_of(row[self._ledger.hash]))

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
            select(*stored(self._session, JournalValue), as_stored(self._session, JournalEntry.changes))
            .outerjoin(JournalEntry, at_entry)
            .where(JournalValue.home_region == self._region)
            .order_by(JournalValue.number, JournalValue.field)
        )
        for row in self._session.execute(statement, execution_options={"yield_per": 1000}).mappings():
            if what := _flaw_of_value(row):
                yield self._flaw(what, whole(row["number"]))


def _flaw_of_value(row: RowMapping) -> str | None:
    if row["changes"] is None:
        return ORPHAN
    try:
        promised = orjson.loads(text_of(row["changes"]) or "")
    except ValueError:
        return None  # the entry is named already
    try:
        kept = {"commitment": commitment(bytes_of(row["salt"]), orjson.loads(text_of(row["value"]) or ""))}
        name = text_of(row["field"])
    except (ValueError, TypeError):
        return UNREADABLE
    return None if isinstance(promised, dict) and promised.get(name) == kept else OTHER_VALUE
