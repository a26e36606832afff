"""Points a second on one core: `python -m bench.areas REGIONS.geojson DISTRICTS.geojson PLACES.csv`.

The points are the places of the file, each strewn about its spot by some 500 m (seed 1) until there are 500,000.
"""

import csv
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import shapely

from geo.boundaries import AreaIndex
from inspection.boundary_file import read_boundaries

POINTS = 500_000
STREWN = 0.005  # degrees


def main(regions: Path, districts: Path, places: Path) -> None:
    """Measure without and with accuracies, and print a line for each."""
    above = {area.code for area in read_boundaries(regions).records}
    records = read_boundaries(districts, known=above).records
    index = AreaIndex([r.code for r in records], list(shapely.from_wkb([r.boundary for r in records])))
    with places.open(encoding="utf-8", newline="") as lines:
        spots = np.array([(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(lines)])
    chance = np.random.default_rng(1)
    lon, lat = (spots[chance.integers(len(spots), size=POINTS)] + chance.normal(0, STREWN, (POINTS, 2))).T
    index.assign(lon[:1000], lat[:1000])
    for name, accuracy in (("points alone", None), ("with accuracies of 10 m", np.full(POINTS, 10.0))):
        began = perf_counter()
        found = index.assign(lon, lat, accuracy)
        took = perf_counter() - began
        print(f"{name}: {POINTS / took:,.0f} points/s, {len(records)} districts, {(found.area < 0).sum()} nowhere")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
