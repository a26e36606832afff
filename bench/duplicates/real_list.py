"""Plants twins, each changed in two ways at once, in a list of real places; prints recall and precision.

python -m bench.duplicates.real_list PLACES.csv

PLACES.csv has the columns name, address, lat and lon. What is reported and was not planted is counted as false and
named, the likeliest first: some of it will be twins that the list had already.
"""

import csv
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from geo.similarity import Candidate, Place, candidates

THRESHOLDS = (0.6, 0.7, 0.8, 0.9)
TWINS, SEED, NAMED = 300, 11, 15
Change = Callable[[Place, random.Random], Place]


def _moved(place: Place, chance: random.Random) -> Place:
    return replace(
        place,
        lat=(place.lat or 0.0) + chance.uniform(-0.0006, 0.0006),
        lon=(place.lon or 0.0) + chance.uniform(-6e-4, 6e-4),
    )


def _mistyped(place: Place, chance: random.Random) -> Place:
    at = chance.randrange(len(place.name))
    return replace(place, name=place.name[:at] + place.name[at + 1 :])


def _reordered(place: Place, _chance: random.Random) -> Place:
    first, _, rest = place.name.partition(" ")
    return replace(place, name=f"{rest} {first}" if rest else place.name)


def _house_otherwise(place: Place, _chance: random.Random) -> Place:
    street, _, house = place.address.rpartition(" ")
    return replace(place, address=f"{street}, д. {house} Б" if house.isdigit() else place.address)


CHANGES: dict[str, Change] = {
    "moved up to 80 m": _moved,
    "a letter left out": _mistyped,
    "in capitals": lambda p, _: replace(p, name=p.name.upper()),
    "first word last": _reordered,
    "no address": lambda p, _: replace(p, address=""),
    "house written otherwise": _house_otherwise,
    "half of the name": lambda p, _: replace(p, name=p.name[: max(4, len(p.name) // 2)]),
}


def main(path: str) -> None:
    """Plant, look, print."""
    places, chance = list(_read(path)), random.Random(SEED)
    planted: dict[frozenset[str], tuple[str, ...]] = {}
    for original in chance.sample(places, TWINS):
        twin, names = original, tuple(sorted(chance.sample(list(CHANGES), 2)))
        for name in names:
            twin = CHANGES[name](twin, chance)
        places.append(replace(twin, key=f"{original.key}'"))
        planted[frozenset((original.key, f"{original.key}'"))] = names
    found = sorted(candidates(places, THRESHOLDS[0]), key=lambda c: -c.score)
    for least in THRESHOLDS:
        pairs = [frozenset((c.first, c.second)) for c in found if c.score >= least]
        right = sum(pair in planted for pair in pairs)
        print(f"{least}: recall {right / TWINS:.1%}, precision {right / len(pairs):.1%} of {len(pairs)} pairs")
    _name_missed(found, planted)
    _name_others(found, planted, {p.key: p for p in places})


def _read(path: str) -> Iterator[Place]:
    with Path(path).open(encoding="utf-8") as file:
        for at, row in enumerate(csv.DictReader(file)):
            if row["name"]:
                yield Place(
                    f"{at}",
                    float(row["lon"]),
                    float(row["lat"]),
                    10.0,
                    row["name"],
                    row["address"],
                    row["category"],
                )


def _name_missed(found: Sequence[Candidate], planted: dict[frozenset[str], tuple[str, ...]]) -> None:
    seen = {frozenset((c.first, c.second)) for c in found if c.score >= THRESHOLDS[1]}
    for change in CHANGES:
        with_it = [pair for pair, names in planted.items() if change in names]
        print(f"at {THRESHOLDS[1]} {sum(pair in seen for pair in with_it):4} of {len(with_it):4} {change}")


def _name_others(
    found: Sequence[Candidate], planted: dict[frozenset[str], tuple[str, ...]], places: dict[str, Place]
) -> None:
    others = [c for c in found if frozenset((c.first, c.second)) not in planted]
    for each in others[:NAMED]:
        one, other = places[each.first], places[each.second]
        print(f"{each.score:.2f} {one.name}, {one.address} | {other.name}, {other.address}")


if __name__ == "__main__":
    main(sys.argv[1])
