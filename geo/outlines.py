"""The geometry of a GeoJSON feature as a sound polygon, or everything that is wrong with it.

An outline decides whose duty a place is, so it is not bent until it fits. Repaired, and said, is only what
leaves the area as it was: a ring that touches or crosses itself within a hair. A ring that is not closed is
refused, because what is missing may be half a border.
"""

import reprlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.distance import Floats

# Of the area: what a repair may change at most.
REPAIRABLE_SHARE = 1e-4
# Pairs of segments whose frames meet, for each segment of an outline; a border has about three. Repairing holds
# every crossing in memory, and a scribble of 20,000 positions has a hundred million of them.
MOST_MEETINGS, ALWAYS_ALLOWED = 10, 100_000
PAIRS_AT_ONCE = 4_000_000
GEOMETRY_ACCEPTED = "a Polygon or MultiPolygon with coordinates [longitude, latitude] in degrees (WGS 84)"
RING_ACCEPTED = "a ring of at least 4 positions whose last equals its first"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an outline: JSON pointer within the geometry, why, and what would be accepted."""

    pointer: str
    reason: str
    accepted: str


class BadOutline(Exception):
    """A geometry that cannot be an area; lists every flaw found, ring by ring."""

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__("; ".join(flaw.reason for flaw in flaws))
        self.flaws = tuple(flaws)


@dataclass(frozen=True, slots=True)
class Outline:
    """A valid, non-empty shapely Polygon or MultiPolygon, and what was repaired if anything was."""

    polygon: Any
    repair: str | None = None


def read_outline(geometry: object) -> Outline:
    """Outline of a parsed GeoJSON geometry; heights are dropped.

    Raises BadOutline. Source: RFC 7946, section 3.1.
    """
    flaws: list[Flaw] = []
    parts: list[Any] = []
    for pointer, rings in _parts(geometry):
        sound = [_ring(ring, f"{pointer}/{position}", flaws) for position, ring in enumerate(rings)]
        if not flaws:
            parts.append(shapely.Polygon(sound[0], sound[1:]))
    if flaws:
        raise BadOutline(flaws)
    return _sound(parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts))


def _parts(geometry: object) -> list[tuple[str, list[Any]]]:
    """Polygons of the geometry with their pointers, each a non-empty list of rings as they came."""
    if not isinstance(geometry, dict):
        raise BadOutline([Flaw("", "there is no geometry", GEOMETRY_ACCEPTED)])
    kind, held = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadOutline(
            [Flaw("/type", f"a geometry of type {reprlib.repr(kind)} has no area", GEOMETRY_ACCEPTED)]
        )
    polygons: list[tuple[str, Any]] = [("/coordinates", held)]
    if kind == "MultiPolygon":
        polygons = [(f"/coordinates/{n}", one) for n, one in enumerate(held)] if isinstance(held, list) else []
    empty = [
        Flaw(pointer, "the polygon has no rings", RING_ACCEPTED)
        for pointer, rings in polygons
        if not isinstance(rings, list) or not rings
    ]
    if empty or not polygons:
        raise BadOutline(empty or [Flaw("/coordinates", "the geometry is empty", GEOMETRY_ACCEPTED)])
    return polygons


def _ring(ring: object, pointer: str, flaws: list[Flaw]) -> Floats:
    """The positions of one ring, n rows of longitude and latitude; a flaw is noted, not raised."""
    try:
        held = np.array(ring)
    except ValueError:  # positions of different lengths
        held = np.array(None)
    if held.dtype.kind not in "if" or held.ndim != 2 or held.shape[1] not in (2, 3):
        flaws.append(Flaw(pointer, "the positions are not all pairs of numbers", GEOMETRY_ACCEPTED))
        return np.empty((0, 2))
    positions = held[:, :2].astype(np.float64)
    reason, where = _flaw_of(positions)
    if reason:
        accepted = GEOMETRY_ACCEPTED if where else RING_ACCEPTED
        flaws.append(Flaw(pointer + where, reason, accepted))
    return positions


def _flaw_of(positions: Floats) -> tuple[str, str]:
    """Why these positions are no ring, and the pointer to the first guilty one; empty when they are."""
    unknown = np.flatnonzero(~np.isfinite(positions).all(axis=1))
    if len(unknown):
        return "a coordinate is not a number (NaN or infinite)", f"/{unknown[0]}"
    beyond = np.flatnonzero((np.abs(positions) > (180, 90)).any(axis=1))
    if len(beyond):
        return "a coordinate is beyond 180° or 90°: these are not WGS 84 degrees", f"/{beyond[0]}"
    if len(positions) < 4:
        return f"the ring has only {len(positions)} positions", ""
    if (positions[0] != positions[-1]).any():
        return "the ring is not closed: its last position differs from its first", ""
    return "", ""


def _sound(polygon: Any) -> Outline:
    reason = shapely.is_valid_reason(polygon)
    drawn = shapely.area(polygon)
    if shapely.is_valid(polygon) and drawn > 0:
        return Outline(polygon)
    if _is_scribble(polygon):
        raise _not_sound(reason)
    mended = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
    change = abs(shapely.area(mended) - drawn)
    if drawn <= 0 or change > REPAIRABLE_SHARE * drawn:
        raise _not_sound(reason if shapely.area(mended) > 0 else "it encloses no area")
    return Outline(mended, f"{reason}; repaired, the area changed by {change / drawn:.1e} of itself")


def _not_sound(flaw: str) -> BadOutline:
    accepted = "an outline that never crosses itself"
    return BadOutline([Flaw("/coordinates", f"the outline is not sound: {flaw}", accepted)])


def _is_scribble(polygon: Any) -> bool:
    """Whether so many segments come near each other that nobody can pay for finding where they cross."""
    held, ring = shapely.get_coordinates(shapely.get_rings(polygon), return_index=True)
    ends = np.stack((held[:-1], held[1:]), axis=1)[ring[:-1] == ring[1:]]
    segments = shapely.linestrings(ends)
    tree, at_once, meetings = shapely.STRtree(segments), max(16, PAIRS_AT_ONCE // len(segments)), 0
    for first in range(0, len(segments), at_once):
        meetings += tree.query(segments[first : first + at_once]).shape[1]
        if meetings > max(ALWAYS_ALLOWED, MOST_MEETINGS * len(segments)):
            return True
    return False
