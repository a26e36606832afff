"""Maps: tiles and small lists of features of what a caller may see, counted together where there are many.

Narrowed before anything is counted: a facility that the caller may not see is in no cluster, no sum and no mean.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo import tiles
from geo.tiles import DEEPEST, Tile
from inspection.access import Act, Caller
from inspection.countries import COUNTRIES
from inspection.criteria import GROUPS
from inspection.errors import Fault, InvalidInput
from inspection.map_choices import (
    EVERYTHING,
    STATES,
    Choice,
    Integers,
    in_state,
    lies_in,
    of_kind_and_area,
    states_of,
)
from inspection.map_outlines import MapOutlines, attributions, read_editions
from inspection.map_points import ACCESS, Heads, MapPoints, Snapshot, read_heads
from inspection.tables.areas import Area, Level
from inspection.violation_filters import local_dates

FACILITIES, CLUSTERS = "facilities", "clusters"
SINGLES_FROM = 14  # zoom from which every facility is shown for itself: a tile is 1.8 km wide at 43° north
NAMES_FROM = 14
MOST_FEATURES = 2_000
EDITION = 1  # one more whenever tiles of the same facts look different


@dataclass(frozen=True, slots=True)
class Maps:
    """What a process keeps ready for maps of one database."""

    points: MapPoints = field(default_factory=MapPoints)
    outlines: MapOutlines = field(default_factory=MapOutlines)


def read_tile(z: int, x: int, y: int) -> Tile:
    """The tile with these numbers. Raises InvalidInput."""
    if not 0 <= z <= DEEPEST:
        raise InvalidInput([Fault("/z", f"there is no zoom {z}", f"a zoom from 0 to {DEEPEST}")])
    last = 2**z - 1
    faults = [
        Fault(f"/{name}", f"at zoom {z} there is no tile {number}", f"a whole number from 0 to {last}")
        for name, number in (("x", x), ("y", y))
        if not 0 <= number <= last
    ]
    if faults:
        raise InvalidInput(faults)
    return Tile(z, x, y)


def tag(session: Session, caller: Caller, *, now: datetime) -> str:
    """Changes whenever something on the caller's maps may have; a few small queries and no tile.

    Hangs on the grants, on the heads of the regions they reach, on the boundaries, and on the day, because what is
    due becomes overdue at midnight.
    """
    heads = read_heads(session)
    reach = {level.name: caller.reach(Act.READ, level) for level in Level}
    regions = None if reach["COUNTRY"] else {*reach["REGION"], *_regions_of(session, reach["DISTRICT"])}
    facts = {
        "edition": EDITION,
        "reach": reach,
        "heads": {r: h for r, h in heads.items() if regions is None or r in regions or r in COUNTRIES},
        "boundaries": read_editions(session, now.date()),
        "today": local_dates(now),
    }
    return hashlib.blake2s(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def _regions_of(session: Session, districts: Sequence[str]) -> set[str]:
    if not districts:
        return set()
    rows = session.connection().execute(select(Area.parent_code).where(Area.code.in_(districts)))
    return {row[0] or "" for row in rows}


def tile(
    session: Session, caller: Caller, maps: Maps, wanted: Tile, *, now: datetime, choice: Choice = EVERYTHING
) -> bytes:
    """The tile as the caller may see it: layers `areas`, `clusters`, `facilities`, those that are not empty.

    choice: which facilities are counted and shown. Raises InvalidInput for an area that is not known.
    """
    snapshot = maps.points.now(session)
    outlines = maps.outlines.now(session, now.date(), _names(snapshot.heads))
    rows = snapshot.rows
    found = tiles.within(rows["x"], rows["y"], wanted)
    found = found[(snapshot.visible(caller) & of_kind_and_area(session, snapshot, choice))[found]]
    states = states_of(snapshot, found, local_dates(now))
    wanted_state = in_state(states, choice)
    found, states = found[wanted_state], states[wanted_state]
    return outlines.layer(wanted) + _points(snapshot, wanted, found, states)


def _names(heads: Heads) -> Any:
    # Areas are renamed in the journal of their country.
    return tuple(sorted((region, head[2]) for region, head in heads.items() if region in COUNTRIES))


def _points(snapshot: Snapshot, wanted: Tile, found: NDArray[np.intp], states: Integers) -> bytes:
    x, y = snapshot.rows["x"][found], snapshot.rows["y"][found]
    counted = tiles.cluster(x, y, wanted)
    many = counted.count > 1 if wanted.z < SINGLES_FROM else np.zeros(len(counted.cell), dtype=bool)
    single = ~many[counted.of] if len(found) else np.zeros(0, dtype=bool)
    alone = [
        about(snapshot, n, state, named=wanted.z >= NAMES_FROM)
        for n, state in zip(found[single].tolist(), states[single].tolist(), strict=True)
    ]
    shapes = tiles.points(x[single], y[single], wanted)
    return _clusters(counted, many, states, wanted) + tiles.layer(FACILITIES, shapes, alone)


def _clusters(counted: tiles.Clusters, many: NDArray[np.bool_], states: Integers, wanted: Tile) -> bytes:
    by_state = [counted.sums(states == n)[many] for n in range(len(STATES))]
    worst = np.argmax(np.array(by_state) > 0, axis=0) if len(by_state[0]) else []
    properties = [
        {"count": int(count), "worst": STATES[worst[n]]}
        | {name: int(by_state[k][n]) for k, name in enumerate(STATES)}
        for n, count in enumerate(counted.count[many])
    ]
    shapes = tiles.points(counted.x[many], counted.y[many], wanted)
    return tiles.layer(CLUSTERS, shapes, properties, counted.cell[many].tolist())


def about(snapshot: Snapshot, at: int, state: int, *, named: bool) -> dict[str, Any]:
    """What a map shows of one facility: few bytes, and its names only where there is room for them."""
    row = snapshot.rows[at]
    access = row["access"]
    shown = {
        "id": str(snapshot.keys[at][1]),
        "kind": snapshot.kinds[row["kind"]],
        "state": STATES[state],
        "open": int(row["open"]),
        **{group: ACCESS[access[n]].value for n, group in enumerate(GROUPS)},
    }
    if row["rough"]:
        shown["rough"] = True
    return shown | dict(zip(("name_kk", "name_ru"), snapshot.names[at], strict=True)) if named else shown


BOX_ACCEPTED = "west,south,east,north in degrees of WGS 84, for example 76.8,43.2,77.0,43.3"


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees of WGS 84, edges included. West may be east of east: then it reaches over 180°."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of n points lie within; those without a position do not."""
        beside = (lon >= self.west) & (lon <= self.east)
        if self.west > self.east:
            beside = (lon >= self.west) | (lon <= self.east)
        return beside & (lat >= self.south) & (lat <= self.north)


def read_box(west: float, south: float, east: float, north: float) -> Box:
    """A box of these edges. Raises InvalidInput."""
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidInput([Fault("/bbox", "these are not the edges of a box on the globe", BOX_ACCEPTED)])
    return Box(west, south, east, north)


def features(
    session: Session, caller: Caller, maps: Maps, *, now: datetime, box: Box | None = None, area: str | None = None
) -> dict[str, Any]:
    """The facilities of a small area as a GeoJSON FeatureCollection, sorted by id.

    One that is not located has no geometry, and is found by its area only. Raises InvalidInput without an area or
    box, for an area that is not known, and where more than MOST_FEATURES facilities lie. Source: RFC 7946.
    """
    if box is None and area is None:
        raise InvalidInput([Fault("/bbox", "neither a box nor an area is named", "bbox, or area, or both")])
    snapshot = maps.points.now(session)
    chosen = snapshot.visible(caller)
    if area is not None:
        chosen = chosen & lies_in(session, snapshot, area)
    if box is not None:
        with np.errstate(invalid="ignore"):
            chosen = chosen & box.holds(snapshot.rows["lon"], snapshot.rows["lat"])
    found = np.flatnonzero(chosen)
    if len(found) > MOST_FEATURES:
        reason = f"{len(found)} facilities lie there"
        accepted = f"a smaller one, of at most {MOST_FEATURES} facilities, or tiles"
        raise InvalidInput([Fault("/bbox" if box else "/area", reason, accepted)])
    states = states_of(snapshot, found, local_dates(now))
    shown = [_feature(snapshot, n, state) for n, state in zip(found.tolist(), states.tolist(), strict=True)]
    return {"type": "FeatureCollection", "features": sorted(shown, key=lambda each: UUID(each["id"]).int)}


def every_feature(
    session: Session, caller: Caller, maps: Maps, *, now: datetime, area: str | None = None
) -> tuple[int, Iterator[dict[str, Any]]]:
    """How many facilities the caller may see in an area, or anywhere, and the feature of each, one by one.

    They are those of one moment, and need no session any more. Raises InvalidInput for an area that is not known.
    """
    snapshot = maps.points.now(session)
    chosen = snapshot.visible(caller)
    if area is not None:
        chosen = chosen & lies_in(session, snapshot, area)
    found = np.flatnonzero(chosen)
    states = states_of(snapshot, found, local_dates(now))
    pairs = zip(found.tolist(), states.tolist(), strict=True)
    return len(found), (_feature(snapshot, n, state) for n, state in pairs)


def _feature(snapshot: Snapshot, at: int, state: int) -> dict[str, Any]:
    lon, lat = float(snapshot.rows["lon"][at]), float(snapshot.rows["lat"][at])
    shown = about(snapshot, at, state, named=True)
    made = shown.pop("id")
    spot = None if np.isnan(lon) else {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
    return {"type": "Feature", "id": made, "geometry": spot, "properties": shown}


def sources(session: Session, *, now: datetime) -> list[str]:
    """Whom a map must credit."""
    return attributions(session, now.date())
