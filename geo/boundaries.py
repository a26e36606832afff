"""Which area a point lies in: bulk assignment of points to the areas of one level, usually districts.

The rules, in this order; none depends on the order of the areas or of the points:

1. Inside exactly one outline: that area (`INSIDE`).
2. In several, or on a border (`CONTESTED`). An area drawn inside another one wins over it, as a city does over
   the district around it. Of those left the one wins in which the point lies deepest, to a decimetre, because
   two outlines that overlap by mistake disagree about a strip, and the middle of the strip is the best guess
   at the true border. Of equals, as on a shared border, the first code in alphabetical order.
3. In none, but within the tolerance of one: the nearest (`NEAREST`); of equals, to a decimetre, the first code.
4. Else nowhere (`NOWHERE`): unknown, never guessed.

Whatever the rule said, a point is uncertain when another area could be the true one: always where it is
contested, and wherever the circle of its accuracy reaches another area.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.distance import Floats, metres_per_degree, metres_to_edges

Positions = NDArray[np.intp]

TOLERANCE_M = 5_000.0
POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


class Placement(IntEnum):
    """How a point came to its area; the rules of the module say when."""

    NOWHERE = 0
    INSIDE = 1
    CONTESTED = 2
    NEAREST = 3


@dataclass(frozen=True, slots=True)
class Assignment:
    """What n points were assigned to.

    codes: the areas of the index, in alphabetical order. area: n positions in `codes`, -1 for nowhere.
    placement: n values of `Placement`. metres: n distances to the area, 0 within it, NaN for nowhere.
    candidates: for each uncertain point, by position, the codes that could be true, the assigned one first.
    """

    codes: tuple[str, ...]
    area: NDArray[np.int32]
    placement: NDArray[np.uint8]
    metres: Floats
    candidates: Mapping[int, tuple[str, ...]]

    def code(self, point: int) -> str | None:
        """Code of the area of one point, None for nowhere."""
        area = int(self.area[point])
        return None if area < 0 else self.codes[area]


class AreaIndex:
    """Outlines of one level, ready to assign points.

    codes: unique. polygons: as many valid shapely polygons or multipolygons, longitude and latitude in
    degrees, none across the antimeridian. tolerance_m: how far outside every outline a point still belongs to
    the nearest one. Raises ValueError for anything else.

    With one point the costs are some 0.1 ms, in bulk well below 1 µs a point. Where the country is known, an
    index of its areas alone settles the strips that two countries' outlines both claim.
    """

    def __init__(self, codes: Sequence[str], polygons: Sequence[Any], tolerance_m: float = TOLERANCE_M) -> None:
        if len(set(codes)) != len(polygons) or len(codes) != len(polygons):
            raise ValueError("each polygon needs a code of its own")
        order = sorted(range(len(codes)), key=lambda position: codes[position])
        self.codes = tuple(codes[position] for position in order)
        self.tolerance_m = tolerance_m
        self._polygons = np.array([polygons[position] for position in order], dtype=object)
        fit = np.isin(shapely.get_type_id(self._polygons), POLYGONAL)
        fit &= ~shapely.is_empty(self._polygons) & shapely.is_valid(self._polygons)
        if not fit.all():
            raise ValueError(f"not valid polygons: {', '.join(np.array(self.codes)[~fit])}")
        shapely.prepare(self._polygons)
        self._bounds: Floats = shapely.bounds(self._polygons).reshape(-1, 4)
        self._edges: dict[int, Floats] = {}
        self._drawn_inside: dict[tuple[int, int], bool] = {}

    def assign(self, lon: ArrayLike, lat: ArrayLike, accuracy_m: ArrayLike | None = None) -> Assignment:
        """Areas of n points by the rules of this module.

        lon, lat: n each, degrees; a point that is not on the globe, or NaN, is nowhere. accuracy_m: n radii in
        metres within which the true position lies, NaN or 0 where none is known (then only the point counts).
        Raises ValueError if the lengths differ or a radius is negative.
        """
        points = _Points.of(lon, lat, accuracy_m)
        area = np.full(len(points.lon), -1, dtype=np.int32)
        placement = np.full(len(points.lon), Placement.NOWHERE, dtype=np.uint8)
        away = np.full(len(points.lon), np.nan)
        rivals: dict[int, set[int]] = {}

        self._place_inside(points, area, placement, rivals)
        away[area >= 0] = 0
        self._place_nearest(points, area, placement, away)
        self._reach_others(points, area, away, rivals)

        return Assignment(self.codes, area, placement, away, self._name(area, rivals))

    def _place_inside(
        self, points: "_Points", area: NDArray[np.int32], placement: NDArray[np.uint8], rivals: dict[int, set[int]]
    ) -> None:
        for k, near in self._boxed(points, points.on_globe, 0.0):
            hits = near[shapely.intersects_xy(self._polygons[k], points.lon[near], points.lat[near])]
            for again in hits[area[hits] >= 0].tolist():
                rivals.setdefault(again, {int(area[again])}).add(k)
            area[hits], placement[hits] = k, Placement.INSIDE
        for point, claimed in rivals.items():
            area[point] = self._settle(claimed, points, point)
            placement[point] = Placement.CONTESTED

    def _settle(self, claimed: set[int], points: "_Points", point: int) -> int:
        left = [k for k in sorted(claimed) if not any(self._is_inside(other, k) for other in claimed - {k})]
        if len(left) == 1:
            return left[0]
        depth = {k: round(float(self._metres(k, points, np.array([point]))[0]), 1) for k in left}
        return max(left, key=lambda k: depth[k])  # the first of equals, and they are in order of code

    def _is_inside(self, inner: int, outer: int) -> bool:
        # One spot well within tells a city drawn over its district from two outlines that overlap in a strip.
        if (inner, outer) not in self._drawn_inside:
            bulk = shapely.area(self._polygons[[inner, outer]])
            spot = shapely.point_on_surface(self._polygons[inner])
            self._drawn_inside[inner, outer] = bool(
                bulk[0] < bulk[1] and shapely.contains(self._polygons[outer], spot)
            )
        return self._drawn_inside[inner, outer]

    def _place_nearest(
        self, points: "_Points", area: NDArray[np.int32], placement: NDArray[np.uint8], away: Floats
    ) -> None:
        reach = np.where(points.on_globe & (area < 0), self.tolerance_m, np.nan)
        for k, near, metres in self._within(points, reach, area):
            closer = np.isnan(away[near]) | (np.round(metres, 1) < np.round(away[near], 1))
            area[near[closer]], placement[near[closer]] = k, Placement.NEAREST
            away[near[closer]] = metres[closer]

    def _reach_others(
        self, points: "_Points", area: NDArray[np.int32], away: Floats, rivals: dict[int, set[int]]
    ) -> None:
        # Of a point outside every outline the circle must not only reach the other area: from its far side
        # the other area must be the nearer one.
        outside = np.nan_to_num(away)
        reach = np.where(outside > 0, outside + 2 * points.accuracy_m, points.accuracy_m)
        reach = np.where(points.on_globe & (points.accuracy_m > 0), reach, np.nan)
        for k, near, _ in self._within(points, reach, area):
            for point in near.tolist():
                rivals.setdefault(point, set()).add(k)

    def _within(
        self, points: "_Points", reach_m: Floats, own: NDArray[np.int32]
    ) -> Iterator[tuple[int, Positions, Floats]]:
        """Areas other than their own within reach of points, with the metres; a reach of NaN asks nothing."""
        asking = ~np.isnan(reach_m)
        if not asking.any():
            return
        # An ellipse of metres is covered by a circle of degrees with the longer axis, 0.1 % kept in hand.
        degrees = np.minimum(1.001 * reach_m / metres_per_degree(points.lat)[0], 360.0)
        for k, boxed in self._boxed(points, asking, float(np.nanmax(degrees))):
            foreign = boxed[own[boxed] != k]
            spots = shapely.points(points.lon[foreign], points.lat[foreign])
            near = foreign[shapely.dwithin(self._polygons[k], spots, degrees[foreign])]
            metres = self._metres(k, points, near)
            metres[shapely.intersects_xy(self._polygons[k], points.lon[near], points.lat[near])] = 0
            yield k, near[metres <= reach_m[near]], metres[metres <= reach_m[near]]

    def _boxed(self, points: "_Points", asking: NDArray[np.bool_], pad: float) -> Iterator[tuple[int, Positions]]:
        """Of the points that ask, those in each area's bounding box widened by `pad` degrees."""
        order = points.by_lon[asking[points.by_lon]]
        lon, lat = points.lon[order], points.lat[order]
        starts = np.searchsorted(lon, self._bounds[:, 0] - pad, side="left")
        stops = np.searchsorted(lon, self._bounds[:, 2] + pad, side="right")
        for k in np.flatnonzero(stops > starts).tolist():
            strip = lat[starts[k] : stops[k]]
            fits = (strip >= self._bounds[k, 1] - pad) & (strip <= self._bounds[k, 3] + pad)
            if fits.any():
                yield k, order[starts[k] : stops[k]][fits]

    def _metres(self, k: int, points: "_Points", which: Positions) -> Floats:
        """Metres from points to the outline of area k, whichever side they are on."""
        if k not in self._edges:
            rings = shapely.get_rings(shapely.get_parts(self._polygons[k]))
            corners, ring = shapely.get_coordinates(rings, return_index=True)
            joined = ring[1:] == ring[:-1]
            self._edges[k] = np.hstack([corners[:-1][joined], corners[1:][joined]])
        return metres_to_edges(points.lon[which], points.lat[which], self._edges[k])

    def _name(self, area: NDArray[np.int32], rivals: dict[int, set[int]]) -> dict[int, tuple[str, ...]]:
        named = {}
        for point, others in sorted(rivals.items()):
            own = int(area[point])
            ranked = ([own] if own >= 0 else []) + sorted(others - {own})
            named[point] = tuple(self.codes[k] for k in ranked)
        return named


@dataclass(frozen=True, slots=True)
class _Points:
    """Checked input: degrees, radii, which points are on the globe, and their order by longitude."""

    lon: Floats
    lat: Floats
    accuracy_m: Floats
    on_globe: NDArray[np.bool_]
    by_lon: Positions

    @classmethod
    def of(cls, lon: ArrayLike, lat: ArrayLike, accuracy_m: ArrayLike | None) -> "_Points":
        x = np.atleast_1d(np.asarray(lon, dtype=np.float64))
        y = np.atleast_1d(np.asarray(lat, dtype=np.float64))
        radii = np.zeros_like(x) if accuracy_m is None else np.atleast_1d(np.asarray(accuracy_m, dtype=np.float64))
        if not x.shape == y.shape == radii.shape or x.ndim != 1:
            raise ValueError("longitudes, latitudes and accuracies must be as many")
        if (radii < 0).any():
            raise ValueError("an accuracy is a radius in metres and cannot be negative")
        with np.errstate(invalid="ignore"):
            on_globe = (np.abs(x) <= 180) & (np.abs(y) <= 90)
        return cls(x, y, np.nan_to_num(radii, posinf=np.inf), on_globe, np.argsort(x, kind="stable"))
