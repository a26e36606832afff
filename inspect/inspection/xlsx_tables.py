"""Rows of the first sheet of an XLSX workbook.

A workbook cannot be read piece by piece: its cells are in memory at once, so its size is limited before. An
archive can say that it is smaller than it is, and one far-away cell makes a table of billions, so both are
measured and not believed.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from inspection.errors import Fault, InvalidInput
from inspection.raw_rows import RawRow

MOST_BYTES = 256 << 20  # unpacked
MOST_CELLS = 4_000_000  # of the smallest table around all cells
BLOCK = 1 << 18
OVERLAP = 64
ACCEPTED = f"an XLSX workbook of at most {MOST_BYTES >> 20} MB unpacked; a larger table as CSV"
REFERENCE = re.compile(rb"""\br=["']([A-Z]{0,3})([0-9]{1,7})["']""")


class XlsxFile:
    """The first sheet of a workbook; cells are text, numbers, dates or empty."""

    def __init__(self, path: Path) -> None:
        refuse_bomb(path)
        sheet = _first_sheet(path)
        self._rows = sheet.iter_rows()
        self.length = sheet.total_height
        self.position = 0
        # Rows are counted from the first that holds anything, so this one is the header.
        self._first = (sheet.start or (0, 0))[0] + 1
        self._names = [str(cell).strip() for cell in next(self._rows, [])]
        self.columns: Sequence[str] | None = self._names
        if not any(self._names):
            raise InvalidInput([Fault("", "the first sheet is empty", "a first row with names of columns")])

    def __iter__(self) -> Iterator[RawRow]:
        for position, cells in enumerate(self._rows, start=1):
            self.position = position
            named = {n: _plain(c) for n, c in zip(self._names, cells, strict=False) if n and c != ""}
            if named:
                yield RawRow(self._first + position, named)
        self.position = self.length


def _plain(cell: object) -> object:
    # Spreadsheets know one kind of number: a whole one was typed without a fraction.
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    return cell.isoformat() if isinstance(cell, date | datetime) else cell


def _first_sheet(path: Path) -> CalamineSheet:
    try:
        workbook = CalamineWorkbook.from_path(path)
        if not workbook.sheet_names:
            raise InvalidInput([Fault("", "the workbook has no sheets", ACCEPTED)])
        return workbook.get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError) as error:
        raise _refused(f"the workbook cannot be read: {error}") from None


def _refused(reason: str) -> InvalidInput:
    return InvalidInput([Fault("", reason, ACCEPTED)], "the file cannot be read")


def refuse_bomb(path: Path) -> None:
    """Raise InvalidInput for an archive that unpacks to more than we take, whatever it says of itself."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            members = archive.infolist()
            if not any(m.filename == "[Content_Types].xml" for m in members):
                raise _refused("this is an archive, but no workbook")
            left = MOST_BYTES
            for member in members:
                left -= _measure(file, member, left)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError) as error:
        raise _refused(f"the archive is damaged: {error}") from None


def _measure(file: BinaryIO, member: zipfile.ZipInfo, left: int) -> int:
    """Bytes the member unpacks to. Raises InvalidInput past `left`, or for a sheet with too wide a table."""
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused("a part of the workbook is encrypted or packed in an unusual way")
    file.seek(member.header_offset)
    name, extra = struct.unpack("<26xHH", file.read(30))  # PKWARE's APPNOTE, 4.3.7: the local file header
    file.seek(name + extra, 1)
    size, rows, columns, tail = 0, 0, 0, b""
    is_sheet = "sharedStrings" not in member.filename
    for block in _unpacked(file, member):
        size += len(block)
        if size > left:
            raise _refused(f"the workbook unpacks to more than {MOST_BYTES >> 20} MB")
        if is_sheet:
            for letters, number in REFERENCE.findall(tail + block):
                rows, columns = max(rows, int(number)), max(columns, _column(letters))
            tail = block[-OVERLAP:]
        if rows * columns > MOST_CELLS:
            raise _refused(
                f"the sheet spans {rows:,} rows and {columns:,} columns, more than {MOST_CELLS:,} cells"
            )
    return size


def _unpacked(file: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    left = member.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and (packed := file.read(min(BLOCK, left))):
        left -= len(packed)
        if inflate is None:
            yield packed
        while inflate is not None and packed:
            yield inflate.decompress(packed, BLOCK)
            packed = inflate.unconsumed_tail


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
