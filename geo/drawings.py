"""Outlines of neighbouring areas as paths for a small picture (SVG)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

WIDE = 1000  # units of a picture
FINEST = 1.0  # unit: what is smaller is not seen


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture. size: its width and height; paths: of each area, as the attribute `d` of a path."""

    size: tuple[int, int]
    paths: Mapping[str, str]


def drawing(polygons: Mapping[str, Any], box: tuple[float, float, float, float]) -> Drawing:
    """A picture of these polygons in a box (west, south, east, north, degrees), north up, simplified.

    A degree of longitude is drawn as long as it is in the middle of the box. Areas beyond the box are cut by the
    picture's edge, not by us.
    """
    west, south, east, north = box
    shrunk = float(np.cos(np.radians((south + north) / 2)))
    scale = WIDE / max((east - west) * shrunk, 1e-9)
    high = max(1, round((north - south) * scale))

    def placed(spots: Any) -> Any:
        return np.column_stack([(spots[:, 0] - west) * shrunk * scale, (north - spots[:, 1]) * scale])

    codes = sorted(polygons)
    drawn = shapely.transform(np.array([polygons[code] for code in codes], dtype=object), placed)
    simple = shapely.simplify(drawn, FINEST, preserve_topology=True)
    paths = {code: _path(shape) for code, shape in zip(codes, simple, strict=True)}
    return Drawing((WIDE, high), paths)


def _path(shape: Any) -> str:
    return "".join(_ring(ring) for part in shapely.get_parts(shape) for ring in shapely.get_rings(part))


def _ring(ring: Any) -> str:
    spots = np.round(shapely.get_coordinates(ring)[:-1]).astype(int).tolist()
    return "M" + "L".join(f"{x} {y}" for x, y in spots) + "Z"
