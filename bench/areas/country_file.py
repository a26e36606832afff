"""A boundary file of the made-up country: each region is a column of a grid, its districts lie in it as a pile."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, bindparam, update

from bench.violations.country import COUNTRY, Country
from inspection.tables.facilities import Facility

WEST, SOUTH, WIDTH, HEIGHT = 47.0, 41.0, 2.0, 1.0  # degrees
SIDE = 150  # vertices on each side of an outline


def write(path: Path, country: Country, *, moved: float = 0.0) -> None:
    """Write the file. moved: degrees by which the border between two districts lies further north."""
    features = list(_features(country, moved))
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def place_facilities(engine: Engine, rows: list[Any]) -> None:
    """Give facilities coordinates. rows: home_region, id, and the column and share of the way up of each."""
    mine = (Facility.home_region == bindparam("b_region")) & (Facility.id == bindparam("b_id"))
    with engine.begin() as connection:
        connection.execute(update(Facility.__table__).where(mine), rows)  # type: ignore[arg-type]


def boxes(country: Country, moved: float = 0.0) -> Mapping[str, tuple[float, float, float, float]]:
    """West, south, east, north of every area."""
    count = Counter(code[:2] for code in country.districts)
    number: Counter[str] = Counter()
    found = {}
    for column, region in enumerate(country.regions):
        west = WEST + column * WIDTH
        found[region] = (west, SOUTH, west + WIDTH, SOUTH + HEIGHT * count[region[:2]])
    for code in country.districts:
        west, south, east, north = found[code[:2] + "0000000"]
        low, high = (SOUTH + HEIGHT * (number[code[:2]] + n) for n in (0, 1))
        number[code[:2]] += 1
        lifted = [edge if edge in {south, north} else edge + moved for edge in (low, high)]
        found[code] = (west, lifted[0], east, lifted[1])
    return found


def _features(country: Country, moved: float) -> Iterator[Mapping[str, Any]]:
    placed = boxes(country, moved)
    for level, codes in ((1, country.regions), (2, country.districts)):
        for code in codes:
            parent = COUNTRY if level == 1 else code[:2] + "0000000"
            names = {"name_kk": f"Аумақ {code}", "name_ru": f"Район {code}", "name_en": f"Area {code}"}
            about = {"code": code, "country": COUNTRY, "level": level, "parent": parent, **names}
            geometry = {"type": "Polygon", "coordinates": [_ring(*placed[code])]}
            yield {"type": "Feature", "properties": about, "geometry": geometry}


def _ring(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    """An outline whose sides wind, each as that of its neighbour does."""
    steps = [n / SIDE for n in range(SIDE)]
    up, across = north - south, east - west

    def bent(along: float) -> float:
        return 0.01 * math.sin(along * 40)

    ring = [(west + across * s + 0.0, south + bent(west + across * s)) for s in steps]
    ring += [(east + bent(south + up * s), south + up * s) for s in steps]
    ring += [(east - across * s, north + bent(east - across * s)) for s in steps]
    ring += [(west + bent(north - up * s), north - up * s) for s in steps]
    return [*ring, ring[0]]
