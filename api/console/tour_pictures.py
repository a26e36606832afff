"""A small picture of a tour: the stops in order and straight lines between, without a map under it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDE, HIGH, EDGE = 360.0, 240.0, 22.0  # units of the picture; marks reach as far as the edge


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the picture. number: of the stop; None for the start."""

    x: float
    y: float
    number: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn. line: points of the way, as SVG writes them."""

    marks: tuple[Mark, ...]
    line: str


def picture(tour: Mapping[str, Any]) -> Picture:
    """The picture of a tour as `inspection.tours.shown` gives it. North is up; degrees are drawn to one scale."""
    spots = [tour["start"], *tour["stops"]]
    drawn = _placed([(spot["lon"], spot["lat"]) for spot in spots])
    way = [*drawn, drawn[0]] if tour["returns"] else drawn
    marks = tuple(Mark(x, y, n or None) for n, (x, y) in enumerate(drawn))
    return Picture(marks, " ".join(f"{x:g},{y:g}" for x, y in way))


def _placed(spots: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Positions in the picture of n >= 1 places, degrees (longitude, latitude)."""
    middle = sum(lat for _, lat in spots) / len(spots)
    narrow = math.cos(math.radians(middle))  # a degree of longitude is so much shorter than one of latitude
    flat = [(lon * narrow, -lat) for lon, lat in spots]
    west, north = min(x for x, _ in flat), min(y for _, y in flat)
    across, down = max(x for x, _ in flat) - west, max(y for _, y in flat) - north
    room = WIDE - 2 * EDGE, HIGH - 2 * EDGE
    scale = min(room[0] / across if across else math.inf, room[1] / down if down else math.inf)
    scale = 0.0 if math.isinf(scale) else scale  # all in one place
    left, top = (WIDE - across * scale) / 2, (HIGH - down * scale) / 2
    return [(round(left + (x - west) * scale, 1), round(top + (y - north) * scale, 1)) for x, y in flat]
