"""Which places of a list may be the same place, written down twice.

The weights are chosen by hand; `bench/duplicates` measures them against planted twins and look-alikes.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from rapidfuzz import fuzz
from shapely import STRtree, box, points

from geo.distance import metres, metres_per_degree
from geo.spellings import Spelling, spelling_of

REACH_METRES = 150.0
_HOUSE = re.compile(r"\d+")
# A position claimed to be worse than this says nothing that widens the search.
LARGEST_ACCURACY_METRES = 100.0
SAME_ADDRESS = 0.6  # likeness from which two addresses with one number are taken for one house
# What it takes from a score that two addresses name other houses: little on one spot, for a house on a corner has
# an address in either street; all of it from this many metres on, as for the branches of a chain along one street.
OTHER_HOUSE_ON_THE_SPOT, OTHER_HOUSE_BEYOND, BEYOND_METRES = 0.1, 0.3, 30.0


@dataclass(frozen=True)
class Place:
    """What is compared of a place: degrees, accuracy in metres, texts as they were written.

    lon, lat: None where it is not known, or only to the nearest settlement. operator: any name for who answers for
    it, where no number is known. area: where it lies at least; places without a position are compared within it.
    """

    key: str
    lon: float | None
    lat: float | None
    accuracy: float
    name: str
    address: str = ""
    kind: str = ""
    bin: str = ""
    operator: str = ""
    area: str = ""


@dataclass(frozen=True)
class Candidate:
    """Two places, a score in 0..1, and the facts behind it by code, for the caller to word."""

    first: str
    second: str
    score: float
    reasons: tuple[tuple[str, float], ...]


def candidates(places: Sequence[Place], least: float = 0.7) -> Iterator[Candidate]:
    """Pairs that score at least `least`, each once, in no promised order."""
    texts = [(spelling_of(p.name), spelling_of(p.address)) for p in places]
    located = [n for n, place in enumerate(places) if place.lon is not None]
    pairs = [*_near(places, located), *_at_one_address(places, texts)]
    for i, j, distance in pairs:
        found = _compare(places[i], places[j], texts[i], texts[j], distance)
        if found.score >= least:
            yield found


def _near(places: Sequence[Place], located: Sequence[int]) -> Iterator[tuple[int, int, float | None]]:
    """Pairs within reach of each other, and the metres between them."""
    if not located:
        return
    lon, lat = (np.array([getattr(places[n], name) for n in located], float) for name in ("lon", "lat"))
    accuracy = np.minimum([places[n].accuracy for n in located], LARGEST_ACCURACY_METRES)
    east, north = metres_per_degree(lat)
    # Twice the largest accuracy at most: a pair's own reach is checked in metres below.
    reach = REACH_METRES + accuracy + accuracy.max()
    boxes = box(lon - reach / east, lat - reach / north, lon + reach / east, lat + reach / north)
    left, right = STRtree(points(lon, lat)).query(boxes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    apart = metres(lon[left], lat[left], lon[right], lat[right])
    near = apart <= REACH_METRES + accuracy[left] + accuracy[right]
    for i, j, distance in zip(left[near], right[near], apart[near], strict=True):
        yield located[i], located[j], float(distance)


def _at_one_address(
    places: Sequence[Place], texts: Sequence[tuple[Spelling, Spelling]]
) -> Iterator[tuple[int, int, float | None]]:
    """Pairs of one area whose addresses name the same house, one of them at least without a position.

    Only those: by names alone every pharmacy of a chain would be every other.
    """
    houses: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, (place, (_, address)) in enumerate(zip(places, texts, strict=True)):
        for number in address.numbers:
            houses[place.area, number].append(n)
    seen = set()
    for together in houses.values():
        for i, j in product([n for n in together if places[n].lon is None], together):
            pair = min(i, j), max(i, j)
            if i == j or pair in seen:
                continue
            seen.add(pair)
            if _alike(texts[i][1], texts[j][1]) >= SAME_ADDRESS and not _other_house(
                texts[i][1].numbers, texts[j][1].numbers
            ):
                yield (*pair, None)


def _compare(
    one: Place,
    other: Place,
    mine: tuple[Spelling, Spelling],
    theirs: tuple[Spelling, Spelling],
    distance: float | None,
) -> Candidate:
    """distance: metres; None where one of the two has no position: then the house they share stands for it."""
    name, slack = _alike(mine[0], theirs[0]), 0.0
    if distance is None:
        score, reasons = 0.65 * name + 0.2 * _alike(mine[1], theirs[1]), [("no_position", 1.0)]
    else:
        slack = max(0.0, distance - min(one.accuracy + other.accuracy, 2 * LARGEST_ACCURACY_METRES))
        score = 0.65 * name + 0.2 * (1 - min(1.0, slack / REACH_METRES))
        reasons = [("distance_metres", round(distance, 1))]
    reasons.append(("name", round(name, 3)))
    if one.address and other.address:
        address = _alike(mine[1], theirs[1])
        reasons.append(("address", round(address, 3)))
        score += 0.1 * address
        if _other_house(mine[1].numbers, theirs[1].numbers):
            reasons.append(("other_house", 1.0))
            score -= _taken_by_other_house(slack)
    else:
        score += 0.05
    same = [
        name for name in ("bin", "operator") if getattr(one, name) and getattr(one, name) == getattr(other, name)
    ]
    if same:  # one fact, known by one or both of its names
        reasons += [(f"same_{name}", 1.0) for name in same]
        score += 0.05
    if one.kind and other.kind:
        reasons.append(("same_kind", float(one.kind == other.kind)))
        score += 0.05 if one.kind == other.kind else -0.15
    return Candidate(one.key, other.key, min(1.0, max(0.0, score)), tuple(reasons))


def _taken_by_other_house(slack: float) -> float:
    share = min(1.0, slack / BEYOND_METRES)
    return OTHER_HOUSE_ON_THE_SPOT + share * (OTHER_HOUSE_BEYOND - OTHER_HOUSE_ON_THE_SPOT)


def _other_house(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether each of two addresses has a number that the other lacks: one that lacks a number only says less.

    12/1 and 12a may be what others call 12. Streets have numbers too, so one in common says nothing of the house.
    """
    mine, theirs = ({found.group() for n in numbers if (found := _HOUSE.match(n))} for numbers in (one, other))
    return bool(mine - theirs and theirs - mine)


def _alike(one: Spelling, other: Spelling) -> float:
    """Likeness in 0..1; numbers that contradict each other halve it, however alike the words are."""
    if one.words and other.words:
        words = fuzz.ratio(one.words, other.words) / 100
    else:
        # Generic words alone: numbers are all there is to tell by.
        words = 1.0 if one.words == other.words and one.numbers & other.numbers else 0.5
    contradict = bool(one.numbers and other.numbers and one.numbers != other.numbers)
    return words * (0.5 if contradict else 1.0)
