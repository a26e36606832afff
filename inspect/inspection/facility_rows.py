"""What a row of a file says of a facility, or everything that is wrong with it.

An empty cell says nothing: it never clears what is held. Text stays the text it is, also if it looks like a
formula; numbers are read whether a comma or a point is in them; nothing else is put right.
"""

import math
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from inspection.errors import InvalidInput
from inspection.facilities import ADDRESS_LENGTH, NAME_LENGTH
from inspection.facility_columns import recognise
from inspection.raw_rows import RawRow
from inspection.searching import fold
from inspection.siting import Spot, check_spot

IMPORTED = UUID("0a0cf1f4-9f0c-5b61-8a83-5f4c5d7c2f60")  # namespace of ids of imported facilities
ID_LENGTH = 120
KIND_LENGTH = 40
T = TypeVar("T")

YES, NO = frozenset({"true", "1", "yes", "да", "иә"}), frozenset({"false", "0", "no", "нет", "жоқ"})
NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,20})?")
BLANKS = re.compile(r"\s+")


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


@dataclass(frozen=True, slots=True)
class Described:
    """A facility as a row describes it.

    fields: those of `FacilityFields` that the row says something of. columns: field to column of the file.
    """

    number: int
    facility_id: UUID
    external_id: str
    fields: Mapping[str, Any]
    spot: Spot | None
    operator_tax_id: str | None
    operator_name: str | None
    columns: Mapping[str, str]

    def refused(self, fault_field: str, reason: str, accepted: str) -> Refused:
        """The row refused for one of its fields."""
        column = self.columns.get(fault_field, fault_field)
        return Refused(self.number, self.external_id, (CellFault(column, reason, accepted),))


@dataclass(frozen=True, slots=True)
class RowReader:
    """How the rows of one file are to be read.

    source: the register the file comes from. said: field to column where names are not recognised. kind: of
    every row, whatever the file says. kinds: words of the file to kinds. needs_location: refuse rows without
    coordinates.
    """

    source: str
    said: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    needs_location: bool = True

    def check_columns(self, columns: Sequence[str]) -> None:
        """Refuse a file without the columns that every row needs. Raises InvalidInput."""
        self._recognised(tuple(columns))

    def read(self, raw: RawRow) -> Described | Refused:
        """What a row says. Never raises for a bad row."""
        if raw.broken is not None:
            return Refused(raw.number, None, (CellFault("", raw.broken, "a row that can be read"),))
        try:
            columns = self._recognised(tuple(raw.values) if not _TABLES.get(id(self)) else ())
        except InvalidInput as error:
            faults = tuple(CellFault(f.pointer[1:], f.reason, f.accepted) for f in error.faults)
            return Refused(raw.number, None, faults)
        return _Row(raw, columns).described(self)
