"""Tables of text: comma, semicolon, tab or bar between the cells, whichever the header uses."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from inspection.errors import Fault, InvalidInput
from inspection.raw_rows import RawRow

DELIMITERS = ",;\t|"
HEADER_LONGEST = 100_000
HEADER_ACCEPTED = "a first row with names of columns"


class CsvFile:
    """A table of text cells, read row by row."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._path = path
        self._encoding = encoding
        self.length = path.stat().st_size
        self.position = 0
        with self._open() as (_, text):
            header, self._skipped = _header(text)
        self._delimiter = _delimiter(header)
        self._names = [name.strip() for name in next(csv.reader([header], delimiter=self._delimiter))]
        self.columns: Sequence[str] | None = self._names

    @contextmanager
    def _open(self) -> Iterator[tuple[BinaryIO, io.TextIOWrapper]]:
        # The bytes under the text tell how far reading has come.
        with self._path.open("rb") as raw, io.TextIOWrapper(raw, encoding=self._encoding, newline="") as text:
            yield raw, text

    def __iter__(self) -> Iterator[RawRow]:
        with self._open() as (raw, text):
            for _ in range(self._skipped):
                next(text)
            reader = csv.reader(text, delimiter=self._delimiter)
            next(reader)
            number = 1 + self._skipped
            while True:
                number += 1
                line = reader.line_num + self._skipped + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    break
                except csv.Error:
                    reason = f"a quotation mark of line {line} is never closed, and the lines after it are lost"
                    yield RawRow(number, {}, reason)
                    continue
                self.position = raw.tell()
                if any(cell.strip() for cell in cells):
                    yield self._row(number, cells)
        self.position = self.length

    def _row(self, number: int, cells: list[str]) -> RawRow:
        if any(cell.strip() for cell in cells[len(self._names) :]):
            reason = f"there are {len(cells)} cells under {len(self._names)} columns; is a delimiter not quoted?"
            return RawRow(number, {}, reason)
        return RawRow(number, dict(zip(self._names, cells, strict=False)))


def _header(text: io.TextIOWrapper) -> tuple[str, int]:
    """The line with the names of the columns, and how many lines stand before it."""
    for skipped in range(20):
        line = text.readline(HEADER_LONGEST)
        if len(line) == HEADER_LONGEST:
            raise InvalidInput([Fault("", "the first line is too long for a header", HEADER_ACCEPTED)])
        # Excel writes `sep=;` in front of tables for itself.
        if line.strip() and not line.lower().startswith("sep="):
            return line, skipped
    raise InvalidInput([Fault("", "there is no header in the first lines", HEADER_ACCEPTED)])


def _delimiter(header: str) -> str:
    counts = {sign: len(next(csv.reader([header], delimiter=sign))) for sign in DELIMITERS}
    return max(DELIMITERS, key=lambda sign: counts[sign])
