"""What a row of a gazetteer says of a settlement, or everything that is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from inspection import file_columns
from inspection.countries import COUNTRIES
from inspection.facilities import NAME_LENGTH
from inspection.file_cells import CellFault, Cells, Refused
from inspection.raw_rows import RawRow
from inspection.siting import Spot, check_spot

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "code", "kato", "soate", "като", "соате", "код", "коды"),
        "country": ("country", "страна", "ел"),
        "kind": ("kind", "place", "тип", "вид", "түрі"),
        "name": ("name", "название", "наименование"),
        "name_kk": ("name_kk", "name_ky", "атауы"),
        "name_ru": ("name_ru",),
        "name_en": ("name_en",),
        "population": ("population", "население", "халық_саны"),
        "lat": ("lat", "latitude", "широта", "ендік"),
        "lon": ("lon", "lng", "long", "longitude", "долгота", "бойлық"),
    }
)
NEEDED = (("id",), ("name", "name_kk", "name_ru"), ("lat",), ("lon",))
KINDS = ("city", "town", "village", "hamlet", "isolated_dwelling", "locality", "place")
ID_LENGTH = 60
MOST_PEOPLE = 50_000_000  # more than in both countries together


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of a file are to be read. country: of every row, whatever the file says."""

    country: str | None
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Named:
    """A settlement as a row names it. population: None where the file does not say it, which is not zero."""

    number: int
    id: str
    country: str
    kind: str
    name_kk: str
    name_ru: str | None
    name_en: str | None
    population: int | None
    spot: Spot
    columns: Mapping[str, str]

    def refused(self, name: str, reason: str, accepted: str) -> Refused:
        """The row refused for one of its fields."""
        return Refused(self.number, self.id, (CellFault(self.columns.get(name, name), reason, accepted),))


class SettlementRowReader:
    """Reads the rows of one file. Raises InvalidInput for a header without the columns that every row needs."""

    def __init__(self, reading: Reading, columns: Sequence[str]) -> None:
        needed = [*NEEDED, *([] if reading.country else [("country",)])]
        self._columns = file_columns.recognise(NAMES, columns, reading.said, needed, what="a settlement")
        self._country = reading.country

    def read(self, raw: RawRow) -> Named | Refused:
        """What a row says. Never raises for a bad row."""
        if raw.broken is not None:
            return Refused(raw.number, None, (CellFault("", raw.broken, "a row that can be read"),))
        cells = Cells(raw, self._columns)
        made = cells.text("id", ID_LENGTH)
        found = _named(cells, made, self._country)
        return Refused(raw.number, made, tuple(cells.faults)) if found is None or cells.faults else found


def _named(cells: Cells, made: str | None, country: str | None) -> Named | None:
    if made is None and not cells.faults:
        cells.fault("id", "there is no id", "an id that stays with the settlement, for example its KATO code")
    country = country or (cells.text("country", 2) or "").upper()
    if country not in COUNTRIES:
        cells.fault("country", f"{country!r} is not a country we serve", " or ".join(COUNTRIES))
    names = {name: cells.text(name, NAME_LENGTH) for name in ("name", "name_kk", "name_ru", "name_en")}
    local = names["name_kk"] or names["name"] or names["name_ru"]
    if local is None:
        cells.fault("name", "there is no name", "a name in at least one language")
    kind = (cells.text("kind", NAME_LENGTH) or "place").casefold()
    if kind not in KINDS:
        cells.fault("kind", f"{kind[:40]!r} is no kind of settlement", ", ".join(KINDS))
    population = cells.whole("population", 0, MOST_PEOPLE)
    lat, lon = cells.number_of("lat"), cells.number_of("lon")
    if lat is None or lon is None:
        cells.fault("lat" if lat is None else "lon", "the coordinates are missing", "degrees of WGS 84")
        return None
    for fault in check_spot(lat, lon):
        cells.fault(fault.pointer, fault.reason, fault.accepted)
    if made is None or local is None:
        return None
    return Named(
        *(cells.number, made, country, kind, local, names["name_ru"], names["name_en"]),
        *(population, Spot(lat, lon), cells.columns),
    )
