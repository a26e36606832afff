"""What becomes of the rows of a file, whatever they describe: taken in batches, refused one by one, reported."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from inspection.file_cells import CellFault, Refused

MOST_ROWS = 500  # of one unit of work
T = TypeVar("T")


class Result(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the report. external_id: what the row is called. faults: why the row was refused."""

    number: int
    result: Result
    external_id: str | None
    facility_id: UUID | None
    faults: tuple[CellFault, ...] = ()


def refusal(row: Refused) -> Outcome:
    """The line of the report for a refused row."""
    return Outcome(row.number, Result.REFUSED, row.external_id, None, row.faults)


class Doubles:
    """Which ids a file has had so far. They lie in a file of their own, so millions take no memory."""

    def __init__(self) -> None:
        self._seen = sqlite3.connect("")  # a private file that is removed when it is closed
        self._seen.execute("CREATE TABLE seen (id BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID")

    def earlier(self, made: UUID, number: int) -> int | None:
        """The number of an earlier row with this id; None if this row is the first, which is noted."""
        added = self._seen.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (made.bytes, number)).rowcount
        if added:
            return None
        (first,) = self._seen.execute("SELECT number FROM seen WHERE id = ?", (made.bytes,)).fetchone()
        return int(first)

    def close(self) -> None:
        """Let go of the file."""
        self._seen.close()


def batches(rows: Iterable[T], region_of: Callable[[T], str]) -> Iterator[tuple[str, list[T]]]:
    """The rows in batches that fit one unit: at most MOST_ROWS of one region."""
    by_region = sorted(rows, key=region_of)  # stable, so the order of the file stands within a region
    for region, group in groupby(by_region, key=region_of):
        of_region = list(group)
        for start in range(0, len(of_region), MOST_ROWS):
            yield region, of_region[start : start + MOST_ROWS]
