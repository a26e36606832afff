"""The gazetteers beside the repository against the real boundaries: 9,253 places whose district is known."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geo.boundaries import AreaIndex, Placement
from inspection.boundary_file import read_boundaries
from inspection.countries import COUNTRIES
from tests.shared_files import shared

FILES = {"KZ": ("kz_adm1_2024", "kz_adm2_2024"), "KG": ("kg_adm1", "kg_adm2")}


def districts(country: str) -> tuple[list[str], list[Any]]:
    above, below = (shared(f"data/geo/{name}.geojson") for name in FILES[country])
    regions = {area.code for area in read_boundaries(above).records}
    found = read_boundaries(below, known=regions).records
    return [area.code for area in found], list(shapely.from_wkb([area.boundary for area in found]))


def places(country: str) -> tuple[list[str], list[float], list[float]]:
    path: Path = shared(f"data/geo/{country.lower()}_places.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    lon, lat = ([float(row[axis]) for row in rows] for axis in ("lon", "lat"))
    return [area_code(row["adm2_code"], row["adm1_code"]) for row in rows], lon, lat


def area_code(adm2: str, adm1: str) -> str:
    if adm2.startswith("KZ"):
        return adm2.removeprefix("KZ").ljust(COUNTRIES["KZ"].classifier.digits, "0")
    return adm2.replace("KG", "417", 1) + ("-2" if adm2 == adm1 else "")


@pytest.mark.parametrize(("country", "count"), [("KZ", 7116), ("KG", 2137)])
def test_every_place_gets_the_district_its_file_says_where_the_country_is_known(country: str, count: int) -> None:
    told, lon, lat = places(country)
    found = AreaIndex(*districts(country)).assign(lon, lat)
    assert len(told) == count
    assert [found.code(n) for n in range(count)] == told
    assert set(found.placement.tolist()) == {Placement.INSIDE}


def test_where_it_is_not_only_places_that_both_countries_claim_can_differ_and_are_marked() -> None:
    (kz, kz_polygons), (kg, kg_polygons) = districts("KZ"), districts("KG")
    (kz_told, kz_lon, kz_lat), (kg_told, kg_lon, kg_lat) = places("KZ"), places("KG")
    told = kz_told + kg_told
    found = AreaIndex(kz + kg, kz_polygons + kg_polygons).assign(kz_lon + kg_lon, kz_lat + kg_lat)
    contested = set(np.flatnonzero(found.placement == Placement.CONTESTED).tolist())
    differing = {n for n in range(len(told)) if found.code(n) != told[n]}
    assert (len(contested), len(differing)) == (5, 3)
    assert differing <= contested
    for n in contested:
        assert told[n] in found.candidates[n]
        assert {len(code) for code in found.candidates[n]} == {9, 14}, "one of each country"
