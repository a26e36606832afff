"""The outlines of areas as the map shows them: public, the same for whoever is signed in, so kept ready.

They change with an edition of boundaries or a new name, some times a year; a process reads them once.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.coverages import Coverage
from geo.tiles import MARGIN, Tile, clipped, layer
from inspection.tables.areas import Area, AreaBoundary, AreaEdition, Level

AREAS = "areas"
DISTRICTS_FROM = 5  # zoom; a district of a smaller scale is a few pixels
REGION_NAMES_FROM = 4
DISTRICT_NAMES_FROM = 8
MOST_LAYERS = 2_000  # kept ready: some 2 kB each

Edition = tuple[str, str]  # id, and when it was imported: a redrawn one is another
Editions = tuple[Edition, ...]


@dataclass(frozen=True, slots=True)
class Outlines:
    """The areas of the editions valid on one day, by level, with the layers that were asked for already."""

    editions: Editions
    renamed: Any  # what else the names hang on
    levels: Mapping[Level, tuple[Coverage, tuple[Mapping[str, Any], ...]]]
    layers: "OrderedDict[Tile, bytes]" = field(default_factory=OrderedDict)
    lock: Any = field(default_factory=Lock)

    def layer(self, tile: Tile) -> bytes:
        """The layer `areas` of a tile."""
        with self.lock:
            if tile in self.layers:
                self.layers.move_to_end(tile)
                return self.layers[tile]
        drawn = self._drawn(tile)
        with self.lock:
            self.layers[tile] = drawn
            while len(self.layers) > MOST_LAYERS:
                self.layers.popitem(last=False)
        return drawn

    def _drawn(self, tile: Tile) -> bytes:
        shapes: list[Any] = []
        properties: list[Mapping[str, Any]] = []
        for level, (coverage, about) in self.levels.items():
            if level == Level.DISTRICT and tile.z < DISTRICTS_FROM:
                continue
            positions, polygons = coverage.near(tile.z, tile.box(MARGIN))
            shapes += clipped(polygons, tile)
            named = tile.z >= (REGION_NAMES_FROM if level == Level.REGION else DISTRICT_NAMES_FROM)
            properties += [_shown(about[n], named=named) for n in positions]
        return layer(AREAS, shapes, properties)


def _shown(about: Mapping[str, Any], *, named: bool) -> Mapping[str, Any]:
    return {name: value for name, value in about.items() if value is not None and (named or name[:5] != "name_")}


class MapOutlines:
    """The outlines of one database, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: Outlines | None = None

    def now(self, session: Session, on: date, renamed: Any) -> Outlines:
        """The outlines valid on a day. renamed: anything that is another after an area got another name."""
        editions = read_editions(session, on)
        with self._lock:
            held = self._held
            if held is None or (held.editions, held.renamed) != (editions, renamed):
                held = self._held = _read(session, editions, renamed)
            return held


def read_editions(session: Session, on: date) -> Editions:
    """The editions valid on a day."""
    valid = AreaEdition.valid_to.is_(None) | (AreaEdition.valid_to > on)
    rows = session.connection().execute(
        select(AreaEdition.id, AreaEdition.imported_at)
        .where(AreaEdition.valid_from <= on, valid)
        .order_by(AreaEdition.id)
    )
    return tuple((made, at.isoformat()) for made, at in rows)


def attributions(session: Session, on: date) -> list[str]:
    """Whom the boundaries valid on a day must be credited to."""
    named = [made for made, _ in read_editions(session, on)]
    rows = session.scalars(
        select(AreaEdition.attribution).where(AreaEdition.id.in_(named)).order_by(AreaEdition.id)
    )
    return list(dict.fromkeys(rows))


def _read(session: Session, editions: Editions, renamed: Any) -> Outlines:
    columns = (Area.code, Area.level, Area.parent_code, Area.name_kk, Area.name_ru, AreaBoundary.boundary)
    rows = session.connection().execute(
        select(*columns)
        .join(AreaBoundary, AreaBoundary.code == Area.code)
        .where(AreaBoundary.edition_id.in_([made for made, _ in editions]))
        .where(Area.level > Level.COUNTRY)
        .order_by(Area.code)
    )
    found: dict[Level, list[Any]] = {Level.REGION: [], Level.DISTRICT: []}
    for row in rows:
        found[Level(row.level)].append(row)
    return Outlines(editions, renamed, {level: _level(level, held) for level, held in found.items()})


def _level(level: Level, rows: list[Any]) -> tuple[Coverage, tuple[Mapping[str, Any], ...]]:
    polygons = shapely.from_wkb(np.array([bytes(row.boundary) for row in rows], dtype=object))
    about = tuple(
        {"code": row.code, "level": int(level), "parent": row.parent_code}
        | {"name_kk": row.name_kk, "name_ru": row.name_ru}
        for row in rows
    )
    return Coverage([row.code for row in rows], list(polygons)), about
