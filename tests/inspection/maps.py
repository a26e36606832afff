"""Outlines for the areas of the small world: plain squares, some with a border between them."""

from datetime import date

import shapely

from inspection.areas import AreaReport, Edition, import_areas
from inspection.boundary_file import AreaRecord
from inspection.siting import Spot
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, OTHER_DISTRICT, OTHER_REGION, REGION, World

SQUARES = {  # west, south, east, north
    REGION: (76.0, 43.0, 77.0, 43.5),
    DISTRICT: (76.0, 43.0, 76.5, 43.5),
    NEIGHBOUR: (76.5, 43.0, 77.0, 43.5),
    OTHER_REGION: (71.0, 51.0, 72.0, 52.0),
    OTHER_DISTRICT: (71.0, 51.0, 72.0, 52.0),
}
PARENTS = {DISTRICT: REGION, NEIGHBOUR: REGION, OTHER_DISTRICT: OTHER_REGION}
EDITION = Edition("kz-2024", date(2024, 1, 1), "Ойдан шығарылған шекаралар")

IN_DISTRICT = Spot(43.25, 76.25)
IN_NEIGHBOUR = Spot(43.25, 76.75)
ON_THE_BORDER = Spot(43.25, 76.4999, accuracy_m=100)
A_KILOMETRE_OUT = Spot(42.991, 76.25)
FAR_AWAY = Spot(48.0, 60.0)
ELSEWHERE = Spot(51.5, 71.5)


def record(code: str, square: tuple[float, float, float, float] | None = None, /, **about: object) -> AreaRecord:
    """The record of an area of the small world."""
    parent = PARENTS.get(code, COUNTRY)
    bbox = square or SQUARES[code]
    plain = {
        "code": code,
        "country": COUNTRY,
        "level": 1 if parent == COUNTRY else 2,
        "parent": parent,
        "name_kk": f"{code} ауданы",
        "name_ru": f"район {code}",
        "name_en": None,
        "boundary": shapely.to_wkb(shapely.box(*bbox)),
        "bbox": bbox,
        "classifier": "KATO",
    }
    return AreaRecord(**{**plain, **about})


def every_record() -> list[AreaRecord]:
    """One record for each region and district."""
    return [record(code) for code in SQUARES]


def draw(world: World, records: list[AreaRecord] | None = None, edition: Edition = EDITION) -> AreaReport:
    """Import boundaries into the small world."""
    with world.unit() as unit:
        return import_areas(unit, every_record() if records is None else records, edition)
