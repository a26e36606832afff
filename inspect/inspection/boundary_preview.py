"""What importing boundaries would change, looked at before anybody says yes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.drawings import Drawing, drawing
from geo.surface import square_kilometres
from inspection.areas import AreaReport, Edition, import_areas
from inspection.boundary_file import AreaRecord
from inspection.countries import local_date
from inspection.errors import Fault, InvalidInput
from inspection.grant_moves import stranded_grants
from inspection.reassigning import foresee_by
from inspection.siting import Drawn, districts_of, drawn_areas
from inspection.tables.areas import Area, AreaBoundary, AreaEdition, Level
from inspection.unit import Unit

SAME = 1e-9  # of its surface: the share by which an outline may differ and still be the same
MOST_PAIRS = 500
LATER = "from here boundaries come into force today or did before; for a later day there is the command line"


@dataclass(frozen=True, slots=True)
class Outline:
    """An area as it is drawn. names: kk, ru."""

    level: int
    names: tuple[str, str]
    polygon: Any


@dataclass(frozen=True, slots=True)
class AreaChange:
    """One area that becomes another. before, after: square kilometres; None where it is not drawn."""

    code: str
    level: int
    name_kk: str
    name_ru: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change.

    unchanged: how many areas stay as they are. moves: from area, to area, fate, how many facilities. stranded:
    codes of areas that are no more, and how many grants lie in them. drawings: districts and regions, before and
    after.
    """

    report: AreaReport
    changes: Sequence[AreaChange]
    unchanged: int
    moves: Sequence[tuple[str, str | None, str, int]]
    stranded: Mapping[str, int]
    before: Drawing
    after: Drawing

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Tried:
    """What an import came to that is taken back: rows as they were held, of which nothing is made yet.

    before, after: of areas as they are drawn. areas: all that tells where a facility would lie.
    """

    report: AreaReport
    before: Sequence[Any]
    after: Sequence[Any]
    areas: Drawn
    stranded: Mapping[str, int]


def try_import(unit: Unit, records: Sequence[AreaRecord], edition: Edition) -> Tried:
    """Import in this unit, and keep what came of it. Whoever calls it rolls the unit back.

    So what is foreseen is what the same code will do. While it runs nobody else can write to SQLite, so that
    everything that takes long is left to `foresee_import`. Raises InvalidInput as `import_areas` does, and for a
    day to come.
    """
    refuse_later(unit, records, edition)
    country = records[0].country
    today = local_date(unit.now, country)
    before = _held(unit.session, country, today)
    report = import_areas(unit, records, edition)
    unit.session.flush()
    stranded = Counter(grant.area_code for grant in stranded_grants(unit.session, today, unit.now))
    after = _held(unit.session, country, today)
    return Tried(report, before, after, drawn_areas(unit.session, today), stranded)


def foresee_import(session: Session, tried: Tried) -> Preview:
    """What an import would change that was tried."""
    before, after = drawn(tried.before), drawn(tried.after)
    changes = compare(before, after)
    moves = Counter(
        (each.from_district or each.from_region, each.to_district or each.to_region, each.fate.value)
        for each in foresee_by(session, districts_of(tried.areas))
    )
    pictures = pictured(before, after, changes)
    listed = [(*pair, count) for pair, count in moves.most_common(MOST_PAIRS)]
    unchanged = len(before.keys() | after.keys()) - len(changes)
    return Preview(tried.report, changes, unchanged, listed, tried.stranded, *pictures)


def refuse_later(unit: Unit, records: Sequence[AreaRecord], edition: Edition) -> None:
    """Refuse boundaries of a day to come: nobody would be there to move the facilities. Raises InvalidInput."""
    if records and edition.valid_from > local_date(unit.now, records[0].country):
        raise InvalidInput([Fault("/valid_from", LATER, "today, or an earlier day")])


def _held(session: Session, country: str, on: date) -> Sequence[Any]:
    """Regions and districts of a country as they are drawn on a day."""
    valid = AreaEdition.valid_to.is_(None) | (AreaEdition.valid_to > on)
    return session.execute(
        select(Area.code, Area.level, Area.name_kk, Area.name_ru, AreaBoundary.boundary)
        .join(AreaBoundary, AreaBoundary.code == Area.code)
        .join(AreaEdition, AreaEdition.id == AreaBoundary.edition_id)
        .where(Area.country == country, Area.level > Level.COUNTRY, AreaEdition.valid_from <= on, valid)
    ).all()


def drawn(rows: Sequence[Any]) -> dict[str, Outline]:
    """Areas by code. rows: as an import that was tried keeps them."""
    return {
        row.code: Outline(
            row.level, (row.name_kk, row.name_ru or row.name_kk), shapely.from_wkb(bytes(row.boundary))
        )
        for row in rows
    }


def compare(before: Mapping[str, Outline], after: Mapping[str, Outline]) -> list[AreaChange]:
    """The areas that come, go, are called or are drawn otherwise, a region before its districts, by code."""
    found = []
    for code in sorted(before.keys() | after.keys()):
        old, new = before.get(code), after.get(code)
        if old is not None and new is not None and old.names == new.names and _same(old.polygon, new.polygon):
            continue
        shown = new or old
        assert shown is not None  # noqa: S101 - the code is of one of them
        sizes = [None if each is None else square_kilometres(each.polygon) for each in (old, new)]
        found.append(AreaChange(code, shown.level, *shown.names, *sizes))
    return sorted(found, key=lambda each: (each.level, each.code))


def _same(one: Any, other: Any) -> bool:
    if shapely.equals_exact(one, other):
        return True
    return bool(shapely.area(shapely.symmetric_difference(one, other)) <= SAME * shapely.area(one))


def pictured(
    before: Mapping[str, Outline], after: Mapping[str, Outline], changes: Sequence[AreaChange]
) -> tuple[Drawing, Drawing]:
    """The same stretch before and after: around what changes, with the neighbours that lie in it."""
    touched = [side[each.code].polygon for each in changes for side in (before, after) if each.code in side]
    whole = touched or [each.polygon for each in after.values()]
    west, south, east, north = shapely.total_bounds(shapely.GeometryCollection(whole)).tolist()
    pad = max(east - west, north - south) * 0.05
    box = (west - pad, south - pad, east + pad, north + pad)
    frame = shapely.box(*box)
    return tuple(  # type: ignore[return-value]
        drawing({code: o.polygon for code, o in _deepest(side) if shapely.intersects(o.polygon, frame)}, box)
        for side in (before, after)
    )


def _deepest(side: Mapping[str, Outline]) -> Sequence[tuple[str, Outline]]:
    """Districts where any are drawn, else regions."""
    deepest = max((each.level for each in side.values()), default=0)
    return [(code, each) for code, each in side.items() if each.level == deepest]


def standing_editions(session: Session, country: str) -> list[list[str]]:
    """What editions of a country there are, and when each was imported last: what a preview rests on."""
    rows = session.execute(
        select(AreaEdition.id, AreaEdition.imported_at)
        .where(AreaEdition.country == country)
        .order_by(AreaEdition.id)
    )
    return [[row.id, row.imported_at.isoformat()] for row in rows]
