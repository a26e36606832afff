"""The cells of a row of a file, read one by one, and everything that is wrong with them.

Text stays the text it is, also if it looks like a formula; numbers are read whether a comma or a point is in them;
nothing else is put right.
"""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from inspection.raw_rows import RawRow

NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,20})?")
ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00:00)?")
LOCAL_DAY = re.compile(r"([0-9]{1,2})[.]([0-9]{1,2})[.]([0-9]{4})")
BLANKS = re.compile(r"\s+")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class CellFault:
    """Why a row is refused: the column as the file names it, the reason, and what would be accepted."""

    column: str
    reason: str
    accepted: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be taken."""

    number: int
    external_id: str | None
    faults: tuple[CellFault, ...]


class Cells:
    """The cells of one row by field; what is wrong with them gathers in `faults`."""

    def __init__(self, raw: RawRow, columns: Mapping[str, str]) -> None:
        self.number = raw.number
        self.columns = columns
        self.faults: list[CellFault] = []
        self.values = raw.values

    def fault(self, name: str, reason: str, accepted: str) -> None:
        """Note what is wrong with a field."""
        self.faults.append(CellFault(self.columns.get(name, name), reason, accepted))

    def text(self, name: str, longest: int) -> str | None:
        """The text of a cell in one line, None for an empty one."""
        value = self.values.get(self.columns.get(name, ""))
        if value is None:
            return None
        accepted = f"text of at most {longest} characters"
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.fault(name, "this is no text", accepted)
            return None
        text = BLANKS.sub(" ", _digits(value)).strip()
        if UNPRINTABLE.search(text):
            self.fault(name, "there are control characters, U+0000 or halves of emoji in the text", accepted)
            return None
        if len(text) > longest:
            self.fault(name, f"the text has {len(text)} characters", accepted)
            return None
        return text or None

    def number_of(self, name: str) -> float | None:
        """The finite number of a cell, None for an empty one."""
        value = self.values.get(self.columns.get(name, ""))
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "":
            return None
        number = _number(value)
        if number is None:
            self.fault(name, f"{str(value)[:40]!r} is not a number", "a number like 51.1605 or 51,1605")
        elif not math.isfinite(number):
            self.fault(name, "this is not a number (NaN or infinite)", "a number like 51.1605 or 51,1605")
        return number

    def whole(self, name: str, low: int, high: int) -> int | None:
        """The whole number of a cell, None for an empty one."""
        before = len(self.faults)
        number = self.number_of(name)
        if number is None or len(self.faults) > before:
            return None
        if not number.is_integer() or not low <= number <= high:
            self.fault(name, f"{number:g} cannot stand here", f"a whole number from {low} to {high}")
            return None
        return int(number)

    def day(self, name: str) -> date | None:
        """The day of a cell, None for an empty one."""
        value = self.values.get(self.columns.get(name, ""))
        text = str(value).strip() if value is not None else ""
        if not text:
            return None
        day = _day(text)
        if day is None:
            self.fault(name, f"{text[:40]!r} is no day", "a day like 2026-03-16 or 16.03.2026")
        return day


def _digits(value: str | float) -> str:
    # A spreadsheet writes a BIN as 9.40140000385E+11, and that is how a number is read from it.
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:  # JSON has whole numbers of any length
            return math.inf
    if not isinstance(value, str):
        return None
    if value.casefold().lstrip("+-") in ("nan", "inf", "infinity"):
        return math.nan
    return float(value.replace(",", ".")) if NUMBER.fullmatch(value) else None


def _day(text: str) -> date | None:
    # A spreadsheet knows moments only: a day is its midnight.
    for form, order in ((ISO_DAY, (1, 2, 3)), (LOCAL_DAY, (3, 2, 1))):
        if found := form.fullmatch(text):
            with suppress(ValueError):
                return date(*(int(found[n]) for n in order))
    return None
