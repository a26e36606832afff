"""How large areas are, in square kilometres on the WGS 84 ellipsoid."""

from typing import Any

import numpy as np
import shapely

from geo.distance import WGS84


def square_kilometres(polygon: Any) -> float:
    """The surface of a shapely polygon or multipolygon, longitude and latitude in degrees; holes do not count.

    Its edges are taken as geodesics; for edges of some kilometres that is the same. Source: Karney, Algorithms for
    geodesics, 2013, as PROJ computes it.
    """
    return sum(_of_ring(part.exterior) - sum(map(_of_ring, part.interiors)) for part in shapely.get_parts(polygon))


def _of_ring(ring: Any) -> float:
    # A ring counts as much whichever way round it was drawn.
    spots = np.array(shapely.get_coordinates(ring))
    square_metres, _around = WGS84.polygon_area_perimeter(spots[:, 0], spots[:, 1])
    return abs(float(square_metres)) / 1e6
