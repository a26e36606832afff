"""When the answer of a geocoder is believed, and which settlement an address names: pure functions.

An answer only counts within the district that the facility is held in. It is weak evidence: it never replaces what
a person, a register or the fixes of an audit say, and is replaced by them.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum

from geo.distance import metres
from inspection.searching import fold

HOUSE_M = 50.0  # taken as the accuracy of a house: geocoders put it on its plot, or between its neighbours
LEAST_STREET_M, LEAST_SETTLEMENT_M = 100.0, 1000.0
APART_M = 500.0  # answers of one precision farther from each other than this name different places
# How far from its middle a settlement is taken to reach, in metres. A proposal, like the other weights.
REACH_M = {"city": 8000.0, "town": 4000.0, "village": 2000.0}
OTHER_REACH_M = 1500.0
ONE_PLACE_M = 5000.0  # two gazetteers put the middle of one settlement so far apart

# Words beside a name that say that it is the name of a street; the т is what is left of a пр-т.
STREET_BEFORE = (
    *("ул", "улица", "пр", "т", "проспект", "пер", "переулок", "бульвар", "тупик", "проезд", "шоссе", "street"),
)
STREET_AFTER = ("көшесі", "көше", "даңғылы", "тұйығы", "өткелі", "street", "ave", "avenue")
BEFORE, AFTER = (frozenset(map(fold, words)) for words in (STREET_BEFORE, STREET_AFTER))
HOUSE_NUMBER = re.compile(r"\d")


class Precision(IntEnum):
    """How small the thing is that was found."""

    AREA = 0
    SETTLEMENT = 1
    STREET = 2
    HOUSE = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """One place that a geocoder names. radius_m: half of what it covers across. name: as the geocoder has it."""

    lat: float
    lon: float
    precision: Precision
    radius_m: float
    name: str


@dataclass(frozen=True, slots=True)
class Believed:
    """A position that follows from an answer. centroid: only the middle of a settlement."""

    lat: float
    lon: float
    accuracy_m: float
    centroid: bool
    name: str


@dataclass(frozen=True, slots=True)
class Doubted:
    """An answer that only a person can believe."""

    why: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Village:
    """A settlement of the gazetteer. names: folded, each as a whole."""

    lat: float
    lon: float
    kind: str
    names: tuple[str, ...]


ELSEWHERE = "the address was found in another district than the one that is held"
SEVERAL = "the address names several places that lie far apart"


def question(address: str, district: str | None, region: str | None) -> str:
    """The address as a geocoder is asked for it: with the areas around it, unless it names them itself."""
    known = fold(address)
    around = [name for name in (district, region) if name and fold(name) not in known]
    return ", ".join([" ".join(address.split()), *around])


def believe(answers: Sequence[Answer], inside: Collection[int]) -> Believed | Doubted | None:
    """What follows from the answers. inside: numbers of those that lie in the facility's district.

    None where nothing was found that is smaller than a district.
    """
    small = [n for n, answer in enumerate(answers) if answer.precision > Precision.AREA]
    if not small:
        return None
    here = [answers[n] for n in small if n in inside]
    if not here:
        return Doubted(ELSEWHERE, answers[small[0]])
    best = max(answer.precision for answer in here)
    finest = [answer for answer in here if answer.precision == best]
    if best > Precision.SETTLEMENT and _spread(finest) > APART_M:
        return Doubted(SEVERAL, finest[0])
    first = finest[0]
    return Believed(first.lat, first.lon, _accuracy(first), best is Precision.SETTLEMENT, first.name)


def _spread(answers: Sequence[Answer]) -> float:
    first = answers[0]
    return float(max(metres(first.lon, first.lat, [a.lon for a in answers], [a.lat for a in answers])))


def _accuracy(answer: Answer) -> float:
    if answer.precision is Precision.HOUSE:
        return HOUSE_M
    least = LEAST_STREET_M if answer.precision is Precision.STREET else LEAST_SETTLEMENT_M
    return round(max(least, answer.radius_m), 1)


def settlement_named(address: str, villages: Sequence[Village]) -> Believed | None:
    """The middle of the one settlement that an address names; None where it names none, or several.

    The name of a street does not name a settlement, and neither does a part of a word.
    """
    words = fold(address).split()
    named = [(len(name), village, name) for village in villages for name in village.names if _names(words, name)]
    if not named:
        return None
    # "Жаңа Талап" also has the words of a village called "Талап": the longer name is meant.
    longest = max(length for length, *_ in named)
    found = [village for length, village, _ in named if length == longest]
    first = found[0]
    if max(metres(first.lon, first.lat, [v.lon for v in found], [v.lat for v in found])) > ONE_PLACE_M:
        return None
    name = next(name for length, village, name in named if village is first and length == longest)
    return Believed(first.lat, first.lon, REACH_M.get(first.kind, OTHER_REACH_M), True, name)


def _names(words: Sequence[str], name: str) -> bool:
    parts = name.split()
    if not parts or all(HOUSE_NUMBER.search(part) for part in parts):
        return False
    for start in range(len(words) - len(parts) + 1):
        end = start + len(parts)
        before, after = words[start - 1] if start else "", words[end] if end < len(words) else ""
        if list(words[start:end]) == parts and before not in BEFORE and after not in AFTER:
            return True
    return False
