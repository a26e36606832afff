"""Plants twins and look-alikes beside brands of a list; prints the share reported per kind and threshold.

python -m bench.duplicates.planting BRANDS.csv STREETS.csv
"""

import csv
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from geo.similarity import Place, candidates


def north(place: Place, degrees: float) -> float:
    """A latitude so many degrees north of a place, all of which have a position here."""
    return (place.lat or 0.0) + degrees


THRESHOLDS = (0.6, 0.7, 0.8, 0.9)
Planting = Callable[[Place, dict[str, str]], Place]
TWINS: dict[str, Planting] = {
    "Latin name": lambda p, row: replace(p, name=row["display_name"]),
    "Kazakh name": lambda p, row: replace(p, name=row["name_kk"]),
    "moved 80 m": lambda p, _: replace(p, lat=north(p, 0.00072)),
    "typo": lambda p, _: replace(p, name=p.name[:2] + p.name[3:]),
    "no address": lambda p, _: replace(p, address=""),
    "house written otherwise": lambda p, _: replace(p, address=f"ул. {p.address.replace(', ', ', д. ')} Б"),
    "house on a corner": lambda p, _: replace(p, address="Проспект Мира, 100", lat=north(p, 0.00009)),
}
# Which column a planting cannot do without.
NEEDED = {"Latin name": "display_name", "Kazakh name": "name_kk"}
LOOK_ALIKES: dict[str, Planting] = {
    "branch 60 m on": lambda p, _: replace(p, lat=north(p, 0.00054), address=p.address + "0"),
    "branch next door, 35 m on": lambda p, _: replace(p, lat=north(p, 0.000315), address=p.address + "0"),
    "No 3 and No 5": lambda p, _: replace(p, name=p.name.replace("№ 3", "№ 5")),
    "other kind, one building": lambda p, _: replace(p, name="Клиника Денсаулық", kind="clinic"),
}


def main(brands: str, streets: str) -> None:
    """Each original stands alone, a kilometre or more from the next, so every pair is a planted one."""
    chance = random.Random(7)
    with Path(brands).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["name_ru"] or row["display_name"]]
    with Path(streets).open(encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    for kind, plant in (TWINS | LOOK_ALIKES).items():
        places = []
        needed = NEEDED.get(kind)
        used = [row for row in rows if needed is None or (row[needed] and row["name_ru"])]
        for at, row in enumerate(used):
            name = (row["name_ru"] or row["display_name"]) + (" № 3" if kind == "No 3 and No 5" else "")
            address = f"{chance.choice(names)}, {chance.randint(1, 99)}"
            one = Place(f"{at}", 60 + at * 0.02, 51.1, 10.0, name, address, row["kind"])
            places += [one, replace(plant(one, row), key=f"{at}'")]
        scores = [found.score for found in candidates(places, 0.0)]
        shares = (f"{sum(score >= least for score in scores) / len(used):6.0%}" for least in THRESHOLDS)
        print(f"{'twin' if kind in TWINS else 'apart':6}{kind:26}", *shares, f" of {len(used)}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
