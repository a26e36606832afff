"""A row of a file as it stands there, before anybody asks what it means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file.

    number: as a spreadsheet counts, the header being row 1; of GeoJSON, the feature, from 1. values: cells by
    the name of their column. broken: why the row could not be read, else None.
    """

    number: int
    values: Mapping[str, object]
    broken: str | None = None


class RowFile(Protocol):
    """An open file of rows.

    columns: the names in its header; None where every row names its own. length, position: how much there is to
    read and how much has been read, in a unit of the file's own.
    """

    columns: Sequence[str] | None
    length: int
    position: int

    def __iter__(self) -> Iterator[RawRow]: ...
