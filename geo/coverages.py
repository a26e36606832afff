"""Outlines of neighbouring areas made simpler together, so that no gap opens between them."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.tiles import world

# Of a pixel, of which a tile has 256 across: what is smaller is not seen.
PIXEL = 1 / 256
FINEST = 12  # from this zoom on the outlines are shown as they were drawn


class Coverage:
    """Areas of one level beside each other, ready for the tiles of any zoom.

    codes: one for each polygon. polygons: valid, longitude and latitude in degrees. The work of a zoom is done
    when it is first asked for. Safe to share between threads.
    """

    def __init__(self, codes: Sequence[str], polygons: Sequence[Any]) -> None:
        self.codes = tuple(codes)
        held = np.array(polygons, dtype=object)
        self._drawn: NDArray[Any] = shapely.transform(held, lambda spots: np.column_stack(world(*spots.T)))
        self._at: dict[int, tuple[NDArray[Any], NDArray[np.float64]]] = {}
        self._lock = Lock()

    def near(self, zoom: int, box: tuple[float, float, float, float]) -> tuple[list[int], NDArray[Any]]:
        """Positions and polygons (shares of the world) whose bounds meet a box, made simple for this zoom.

        Source: Visvalingam and Whyatt 1993 on the shared borders, as GEOS does it for coverages.
        """
        polygons, bounds = self._simple(min(zoom, FINEST))
        west, north, east, south = box
        meets = (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= south) & (bounds[:, 3] >= north)
        found = np.flatnonzero(meets)
        return found.tolist(), polygons[found]

    def _simple(self, zoom: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
        with self._lock:
            if zoom not in self._at:
                drawn = self._drawn
                if zoom < FINEST and len(drawn):
                    drawn = shapely.coverage_simplify(drawn, PIXEL * 0.5**zoom)
                self._at[zoom] = drawn, shapely.bounds(drawn).reshape(-1, 4)
            return self._at[zoom]
