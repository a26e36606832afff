"""What a row of a file says of a facility, or everything that is wrong with it.

An empty cell says nothing: it never clears what is held. Text stays the text it is, also if it looks like a
formula; numbers are read whether a comma or a point is in them; nothing else is put right.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from inspection.errors import InvalidInput
from inspection.facilities import ADDRESS_LENGTH, NAME_LENGTH
from inspection.facility_columns import recognise
from inspection.file_cells import CellFault, Cells, Refused
from inspection.raw_rows import RawRow
from inspection.searching import fold
from inspection.siting import Spot, check_spot

IMPORTED = UUID("0a0cf1f4-9f0c-5b61-8a83-5f4c5d7c2f60")  # namespace of ids of imported facilities
ID_LENGTH = 120

YES, NO = frozenset({"true", "1", "yes", "да", "иә"}), frozenset({"false", "0", "no", "нет", "жоқ"})


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
class Reading:
    """How the rows of a file are to be read.

    source: the register the file comes from. said: field to column, where names are not recognised. kind: of
    every row, whatever the file says. kinds: words of the file to kinds. needs_location: rows without
    coordinates are refused.
    """

    source: str
    said: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    needs_location: bool = True


class RowReader:
    """Reads the rows of one file.

    columns: of its header, None where each row has its own. Raises InvalidInput for a header without the columns
    that every row needs.
    """

    def __init__(self, reading: Reading, columns: Sequence[str] | None) -> None:
        self._reading = reading
        self._needed: list[tuple[str, ...]] = [("name_ru", "name_kk")]
        self._needed += [] if reading.kind else [("kind",)]
        self._needed += [("lat",), ("lon",)] if reading.needs_location else []
        self._fixed = None if columns is None else recognise(columns, reading.said, self._needed)
        self._seen: dict[tuple[str, ...], dict[str, str]] = {}

    def read(self, raw: RawRow) -> Described | Refused:
        """What a row says. Never raises for a bad row."""
        if raw.broken is not None:
            return Refused(raw.number, None, (CellFault("", raw.broken, "a row that can be read"),))
        try:
            columns = self._fixed or self._own_columns(tuple(raw.values))
        except InvalidInput as error:
            faults = tuple(CellFault(f.pointer[1:], f.reason, f.accepted) for f in error.faults)
            return Refused(raw.number, None, faults)
        return _described(_Cells(raw, columns), self._reading)

    def _own_columns(self, names: tuple[str, ...]) -> dict[str, str]:
        if names not in self._seen:
            if len(self._seen) >= MOST_SHAPES:
                self._seen.clear()
            self._seen[names] = recognise(names, self._reading.said, self._needed)
        return self._seen[names]


MOST_SHAPES = 100  # different sets of properties that are remembered


def _described(cells: "_Cells", reading: Reading) -> Described | Refused:
    external_id = cells.text("external_id", ID_LENGTH)
    names = {n: cells.text(n, NAME_LENGTH) for n in ("name_ru", "name_kk")}
    # A register in one language names the place in that language only; the name is the same until translated.
    given = [name for name in names.values() if name]
    if not given and not cells.faults:
        cells.fault("name_ru" if "name_ru" in cells.columns else "name_kk", "the name is empty", "a name")
    fields: dict[str, Any] = {n: name or (given[0] if given else "") for n, name in names.items()}
    for name in ("address_ru", "address_kk"):
        fields[name] = cells.text(name, ADDRESS_LENGTH)
    word = reading.kind or cells.text("kind", 200)
    fields["kind"] = reading.kinds.get(word, word) if word else None
    if not word:
        cells.fault("kind", "the kind is empty", "a kind of facility")
    fields["building_year"] = cells.whole("building_year", 1500, 2100)
    fields["catchment"] = cells.whole("catchment", 0, 100_000_000)
    fields["active"] = cells.active()
    spot = _spot(cells, reading)
    tax_id, operator_name = cells.text("operator_tax_id", 40), cells.text("operator_name", NAME_LENGTH)
    if cells.faults:
        return Refused(cells.number, external_id, tuple(cells.faults))
    external_id = external_id or derived_id(fields, spot)
    return Described(
        cells.number,
        facility_id(reading.source, external_id),
        external_id,
        {name: value for name, value in fields.items() if value is not None},
        spot,
        tax_id,
        operator_name,
        cells.columns,
    )


def facility_id(source: str, external_id: str) -> UUID:
    """The id of an imported facility: always the same for the same row of the same register."""
    return uuid.uuid5(IMPORTED, f"{source}\x1f{external_id}")


def derived_id(fields: Mapping[str, Any], spot: Spot | None) -> str:
    """What stands for the id of a row that has none: its folded name and address, or without one its spot.

    A row whose name or address is corrected is therefore a new one; only a real id prevents that.
    """
    where = fold(fields.get("address_ru") or fields.get("address_kk") or "")
    if not where and spot is not None:
        where = f"{spot.lat:.4f} {spot.lon:.4f}"  # about ten metres
    return f"derived-{uuid.uuid5(IMPORTED, fold(fields['name_ru']) + chr(31) + where).hex}"


def _spot(cells: "_Cells", reading: Reading) -> Spot | None:
    before = len(cells.faults)
    lat, lon, accuracy = (cells.number_of(name) for name in ("lat", "lon", "accuracy_m"))
    if len(cells.faults) > before:
        return None
    for wrong in check_spot(lat, lon):
        cells.fault(wrong.pointer, wrong.reason, wrong.accepted)
    if accuracy is not None and not 0 <= accuracy <= 1_000_000:
        cells.fault("accuracy_m", "this is no radius in metres", "a number from 0 to 1000000")
    if lat is None and lon is None and reading.needs_location:
        cells.fault("lat", "there are no coordinates", "degrees of WGS 84; without them only with --region")
    if lat is None or lon is None or len(cells.faults) > before:
        return None
    return Spot(lat, lon, accuracy)


class _Cells(Cells):
    """The cells of a row that describes a facility."""

    def active(self) -> bool | None:
        """Whether the facility still exists, by either of the two columns that can say so."""
        for name, when_true in (("active", True), ("deleted", False)):
            value = self.values.get(self.columns.get(name, ""))
            if value is None or value == "":
                continue
            word = str(value).strip().casefold()
            if word in YES | NO:
                return when_true if word in YES else not when_true
            self.fault(name, f"{word[:40]!r} is neither yes nor no", "true or false")
        return None
