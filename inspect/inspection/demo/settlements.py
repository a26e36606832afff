"""Where the people of the demo region live: around the places where its buildings stand."""

from random import Random
from typing import Any

from inspection.bulk import upsert_rows
from inspection.demo.chance import chance
from inspection.demo.geography import CITIES, SETTLEMENTS, Ground, Point
from inspection.demo.people import REGION
from inspection.searching import fold_all
from inspection.siting import Certainty
from inspection.tables.settlements import Settlement
from inspection.unit import Unit

SOURCE = "demo"
LARGEST = 9_000  # people of the first village of a district; the n-th has an n-th of that
CITY = 310_000


def add_settlements(unit: Unit, country: str, seed: int) -> int:
    """Write the settlements of a demo region; how many. Of the smallest ones nobody knows how many live there."""
    ground, source = Ground(chance(seed, "ground")), chance(seed, "people around")
    rows = [
        _named(district, n, source) | _placed(unit, country, district, spot)
        for district, centres in sorted(ground.centres.items())
        for n, spot in enumerate(centres, start=1)
    ]
    upsert_rows(unit.session, Settlement, rows)
    return len(rows)


def _named(district: str, n: int, source: Random) -> dict[str, Any]:
    """The n-th settlement of a district, from 1."""
    city, number = district in CITIES, f"{district[2:4]}-{n}"
    names = ("Демо қаласы", "Демо-город") if city else ("Демо ауылы", "Демо-село")
    people = round(source.uniform(0.7, 1.3) * (CITY if city else LARGEST / n))
    return {
        "source": SOURCE,
        "id": f"{district}-{n}",
        "kind": "city" if city else "village",
        "name_kk": f"{names[0]} {number}",
        "name_ru": f"{names[1]} {number}",
        "name_en": None,
        "search": fold_all(f"{name} {number}" for name in names),
        "population": None if n == SETTLEMENTS else people,
    }


def _placed(unit: Unit, country: str, district: str, spot: Point) -> dict[str, Any]:
    return {
        "country": country,
        "region_code": REGION,
        "district_code": district,
        "area_certainty": Certainty.INSIDE.value,
        "lon": spot[0],
        "lat": spot[1],
        "demo": True,
        "imported_at": unit.now,
        "gone_at": None,
    }
