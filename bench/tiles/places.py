"""Outlines and places for the made-up country: winding borders without gaps, and crowds."""

import math
import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update

from inspection.bulk import table_of
from inspection.tables.areas import Area, AreaBoundary, AreaEdition, Level
from inspection.tables.facilities import Facility, Standing
from inspection.tables.feed import FeedRow
from inspection.tables.regions import RegionHead

SEED = 7
BOX = (47.0, 41.0, 87.0, 55.0)
CITY = (76.93, 43.25)  # the first district: a tenth of all facilities, within some 8 km
CORNERS = 63_000  # as many as the real outlines of Kazakhstan's districts have
GROUPS = ("wheelchair", "mobility", "vision", "hearing", "cognitive")
STATES = ("full", "partial", "conditional", "blocked", "unknown")


def draw(engine: Engine, now: datetime) -> None:
    """Give every district an outline, every facility a place, and two of three a standing."""
    source = random.Random(SEED)
    with engine.begin() as connection:
        codes = list(connection.scalars(select(Area.code).where(Area.level == Level.DISTRICT).order_by(Area.code)))
        facilities = connection.execute(
            select(Facility.home_region, Facility.id, Facility.region_code, Facility.district_code)
        ).all()
        crowded = max(codes, key=[row.district_code for row in facilities].count)
        centres = {code: (source.uniform(BOX[0], BOX[2]), source.uniform(BOX[1], BOX[3])) for code in codes}
        centres[crowded] = CITY
        connection.execute(
            insert(AreaEdition),
            [
                {"id": "bench", "country": "KZ", "valid_from": date(2020, 1, 1), "attribution": "made up"}
                | {"imported_at": now}
            ],
        )
        connection.execute(insert(AreaBoundary), list(_outlines(centres)))
        _make_heads(connection)
        table = table_of(Facility)
        moved = (
            update(table)
            .where(table.c.home_region == bindparam("region"), table.c.id == bindparam("made"))
            .values(lat=bindparam("y"), lon=bindparam("x"), location_method="fix")
        )
        connection.execute(moved, [_spot(row, centres, crowded, source) for row in facilities])
        audited = [row for row in facilities if source.random() < 2 / 3]
        for start in range(0, len(audited), 2_000):
            rows = [_standing(row, source, now) for row in audited[start : start + 2_000]]
            connection.execute(insert(Standing), rows)


def _make_heads(connection: Connection) -> None:
    """Heads of the regions that say where the feed stands: the country was written past the units of work."""
    ends = select(FeedRow.region, func.max(FeedRow.number)).group_by(FeedRow.region)
    rows = [{"region": region, "feed_number": number} for region, number in connection.execute(ends)]
    connection.execute(insert(RegionHead), rows)


def _spot(
    row: Any, centres: Mapping[str, tuple[float, float]], crowded: str, source: random.Random
) -> dict[str, Any]:
    in_city = row.district_code == crowded or source.random() < 0.05
    lon, lat = CITY if in_city else centres[row.district_code]
    spread = 0.06 if in_city else 0.3
    x, y = source.gauss(lon, spread * 1.4), source.gauss(lat, spread)
    return {"region": row.home_region, "made": row.id, "x": min(max(x, 46.5), 87.4), "y": min(max(y, 40.5), 55.5)}


def _standing(row: Any, source: random.Random, now: datetime) -> dict[str, Any]:
    zones = {
        g: {f"zone-{n}": {"access": "blocked", "barriers": ["a@main", "b@main"]} for n in range(9)} for g in GROUPS
    }
    return {
        "home_region": row.home_region,
        "id": row.id,
        "rev": 1,
        "country": "KZ",
        "region_code": row.region_code,
        "district_code": row.district_code,
        "passport": {"site": {group: source.choice(STATES) for group in GROUPS}, "zones": zones},
        "barriers": [],
        "without_effect": {},
        "awaiting": {},
        "audited_at": now,
        "settled_at": now - timedelta(seconds=source.randrange(720 * 86_400)),
    }


def _outlines(centres: Mapping[str, tuple[float, float]]) -> Iterator[dict[str, Any]]:
    """Cells around the centres, their straight borders bent: neighbours are bent alike, so no gap opens."""
    codes = list(centres)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(
            shapely.multipoints(list(centres.values())), extend_to=shapely.box(*BOX), ordered=True
        )
    )
    cells = shapely.clip_by_rect(cells, *BOX)
    step = float(shapely.length(cells).sum()) / CORNERS
    bent = shapely.transform(shapely.segmentize(cells, step), _bend)
    for code, cell in zip(codes, bent, strict=True):
        west, south, east, north = shapely.bounds(cell)
        bounds = {"west": west, "south": south, "east": east, "north": north}
        yield {"edition_id": "bench", "code": code, "boundary": shapely.to_wkb(cell)} | bounds


def _bend(spots: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    x, y = spots.T
    waves = [(2.0, 0.05), (11.0, 0.012), (47.0, 0.004), (161.0, 0.001)]
    more_x = sum(width * np.sin(rate * y + math.e * rate * x) for rate, width in waves)
    more_y = sum(width * np.cos(rate * x - math.pi * rate * y) for rate, width in waves)
    return np.column_stack([x + more_x, y + more_y])
