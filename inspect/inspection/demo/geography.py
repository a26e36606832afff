"""The ground of the demo region: its outlines, and points where buildings could stand."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random

import shapely

from inspection.boundary_file import AreaRecord, read_boundaries
from inspection.tables.areas import Level

OUTLINES = Path(__file__).parents[1] / "data" / "demo-areas.geojson"
MARGIN = 0.006  # degrees kept from every border, so that no building's district is in doubt
SETTLEMENTS = 7  # of a rural district; a city is one
# Share of facilities: half of them stand in the two cities.
DISTRICTS: Mapping[str, float] = {
    "991000000": 0.38,
    "991600000": 0.16,
    "993200000": 0.12,
    "993400000": 0.13,
    "993600000": 0.1,
    "993800000": 0.11,
}
CITIES = ("991000000", "991600000")

Point = tuple[float, float]  # longitude, latitude


@cache
def areas() -> tuple[AreaRecord, ...]:
    """The region and its districts."""
    return read_boundaries(OUTLINES).records


@cache
def names() -> Mapping[str, tuple[str, str]]:
    """Code of a district to its Kazakh and Russian names."""
    return {a.code: (a.name_kk, a.name_ru or a.name_kk) for a in areas() if a.level == Level.DISTRICT}


class Ground:
    """Where one can build in a district: in a city around its middle, else in a few settlements."""

    def __init__(self, source: Random) -> None:
        outlines = {a.code: shapely.from_wkb(a.boundary) for a in areas() if a.code in DISTRICTS}
        self._within = {code: outline.buffer(-MARGIN) for code, outline in outlines.items()}
        self._centres = {code: self._settle(source, code) for code in DISTRICTS}

    def point(self, source: Random, district: str) -> Point:
        """A point of a district, longitude and latitude."""
        centres = self._centres[district]
        # The n-th settlement is 1 / n the size of the first.
        lon, lat = source.choices(centres, [1 / n for n in range(1, len(centres) + 1)])[0]
        spread = 0.03 if district in CITIES else 0.012
        for _ in range(50):
            found = round(source.gauss(lon, spread), 6), round(source.gauss(lat, spread * 0.66), 6)
            if shapely.contains_xy(self._within[district], *found):
                return found
        return lon, lat

    @property
    def centres(self) -> Mapping[str, Sequence[Point]]:
        """The middles of the settlements of each district, the largest first."""
        return self._centres

    def _settle(self, source: Random, district: str) -> Sequence[Point]:
        within = self._within[district]
        if district in CITIES:
            middle = within.representative_point()
            return [(round(middle.x, 6), round(middle.y, 6))]
        west, south, east, north = within.bounds
        centres: list[Point] = []
        while len(centres) < SETTLEMENTS:
            spot = round(source.uniform(west, east), 6), round(source.uniform(south, north), 6)
            if shapely.contains_xy(within, *spot):
                centres.append(spot)
        return centres
