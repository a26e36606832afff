"""A small picture of where a place was measured: fixes with their circles around the accepted position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.distance import metres, metres_per_degree

WIDE, HIGH, EDGE = 360.0, 260.0, 16.0  # units of the picture
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000)  # metres of the bar
FARTHEST = 50_000.0  # metres from the accepted position that are still drawn


@dataclass(frozen=True, slots=True)
class Circle:
    """One measured position. radius: of its accuracy, None where it is not known. number: in the list beside."""

    x: float
    y: float
    radius: float | None
    number: int | None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn; north is up. held: the accepted position. bar: its length in units, and in metres."""

    held: Circle | None
    fixes: tuple[Circle, ...]
    bar: tuple[float, int]


def distances(place: Mapping[str, Any], fixes: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """Metres from the accepted position to each fix; None where there is no accepted position."""
    if place["lat"] is None:
        return [None] * len(fixes)
    return [float(metres(place["lon"], place["lat"], fix["lon"], fix["lat"])) for fix in fixes]


def picture(place: Mapping[str, Any], fixes: Sequence[Mapping[str, Any]]) -> Picture | None:
    """The picture of a place and its fixes; None where nothing is known. Fixes beyond FARTHEST are only listed."""
    away = distances(place, fixes)
    near = [(n, fix) for n, fix in enumerate(fixes, 1) if (away[n - 1] or 0.0) <= FARTHEST]
    spots = [(fix["lon"], fix["lat"], fix["accuracy_m"]) for _, fix in near]
    if place["lat"] is not None:
        spots.insert(0, (place["lon"], place["lat"], place["accuracy_m"]))
    if not spots:
        return None
    drawn, scale = _placed(spots)
    held = Circle(*drawn.pop(0), None) if place["lat"] is not None else None
    marks = [Circle(*at, n, fix["counts"]) for at, (n, fix) in zip(drawn, near, strict=True)]
    length = next((step for step in reversed(STEPS) if step * scale <= WIDE / 3), STEPS[0])
    return Picture(held, tuple(marks), (round(length * scale, 1), length))


def _placed(
    spots: Sequence[tuple[float, float, float | None]],
) -> tuple[list[tuple[float, float, float | None]], float]:
    """Where each spot and its circle lie in the picture, and how many units a metre has."""
    lon, lat, _ = spots[0]
    across, down = (float(each) for each in metres_per_degree(lat))
    flat = [((x - lon) * across, (lat - y) * down, radius or 0.0) for x, y, radius in spots]
    west, east = min(x - r for x, _, r in flat), max(x + r for x, _, r in flat)
    north, south = min(y - r for _, y, r in flat), max(y + r for _, y, r in flat)
    wide, high = max(east - west, 10.0), max(south - north, 10.0)  # no closer than ten metres
    scale = min((WIDE - 2 * EDGE) / wide, (HIGH - 2 * EDGE) / high)
    left, top = (WIDE - (west + east) * scale) / 2, (HIGH - (north + south) * scale) / 2
    return [
        (round(left + x * scale, 1), round(top + y * scale, 1), None if said is None else round(said * scale, 1))
        for (x, y, _), (_, _, said) in zip(flat, spots, strict=True)
    ], scale
