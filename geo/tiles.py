"""Vector tiles: which points and outlines lie in one, how points close together are counted as one, and its bytes.

A tile (z, x, y) is one of 2^z times 2^z squares of the Web Mercator world, numbered from the north-west. Positions
here are shares of that world, 0 to 1 from west to east and from north to south. The world ends at 85.05° north and
south: what lies beyond is on no tile. At 180° it closes: that meridian is the western edge.

Points are counted together by a grid of `CELLS` times `CELLS` to a tile. The cells of a zoom tile the world, none
lies in two tiles, and each is a quarter of a cell of the zoom before: so a cluster is in exactly one tile, and the
same whichever tile is asked first, and the clusters of a zoom add up to those of the zoom before.

Sources: Mapbox Vector Tile specification 2.1; EPSG:3857 for the projection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from mapbox_vector_tile.encoder import on_invalid_geometry_make_valid
from numpy.typing import ArrayLike, NDArray

from geo.distance import Floats

Positions = NDArray[np.intp]

EXTENT = 4096  # units a tile is wide
CELLS = 8
DEEPEST = 20  # a tile of 38 m at the equator: closer than a position is known
END_OF_WORLD = 85.0511287798066  # degrees: atan(sinh(pi))
MARGIN = 64 / EXTENT  # of a tile: outlines reach so far over its edge that the edge itself is never drawn
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
OPTIONS = {
    "y_coord_down": True,  # the positions here grow to the south already
    "extents": EXTENT,
    "on_invalid_geometry": on_invalid_geometry_make_valid,
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile. Raises ValueError for numbers that no tile has."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.z <= DEEPEST:
            raise ValueError(f"a zoom is from 0 to {DEEPEST}")
        if not (0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise ValueError(f"at zoom {self.z} a column or row is from 0 to {2**self.z - 1}")

    def box(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """West, north, east and south as shares of the world. margin: as a share of the tile."""
        step = 0.5**self.z
        west, north, more = self.x * step, self.y * step, margin * step
        return west - more, north - more, west + step + more, north + step + more


@dataclass(frozen=True, slots=True)
class Clusters:
    """Points of a tile counted by cell.

    cell: n numbers of cells, ascending, unique at the zoom. of: for each of the m points the position of its cell.
    count: n. x, y: n means of the points' positions.
    """

    cell: NDArray[np.int64]
    of: Positions
    count: NDArray[np.int64]
    x: Floats
    y: Floats

    def sums(self, values: ArrayLike) -> NDArray[np.int64]:
        """Sum of whole numbers (or how many are true) by cell. values: m."""
        totals = np.bincount(self.of, weights=np.asarray(values, dtype=np.float64), minlength=len(self.cell))
        return totals.astype(np.int64)


def world(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Positions of n points of WGS 84 degrees; NaN for NaN and for what lies beyond the end of the world."""
    x = (np.asarray(lon, dtype=np.float64) / 360 + 0.5) % 1.0
    degrees = np.asarray(lat, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        on_map = np.abs(degrees) <= END_OF_WORLD
        y = 0.5 - np.arcsinh(np.tan(np.radians(np.where(on_map, degrees, 0)))) / (2 * np.pi)
    # The southern edge itself belongs to the last row, as no row follows.
    return np.where(on_map, x, np.nan), np.where(on_map, np.clip(y, 0, np.nextafter(1, 0)), np.nan)


def within(x: Floats, y: Floats, tile: Tile) -> Positions:
    """Which of n points lie in the tile. Its western and northern edges belong to it, the others to neighbours."""
    west, north, east, south = tile.box()
    with np.errstate(invalid="ignore"):
        return np.flatnonzero((x >= west) & (x < east) & (y >= north) & (y < south))


def cluster(x: Floats, y: Floats, tile: Tile) -> Clusters:
    """Count m points that lie in the tile by its cells."""
    across = 2**tile.z * CELLS
    column, row = np.floor(x * across).astype(np.int64), np.floor(y * across).astype(np.int64)
    cell, of = np.unique(row * across + column, return_inverse=True)
    count = np.bincount(of, minlength=len(cell))
    means = (np.bincount(of, weights=axis, minlength=len(cell)) / np.maximum(count, 1) for axis in (x, y))
    return Clusters(cell, of.astype(np.intp), count.astype(np.int64), *means)


def points(x: Floats, y: Floats, tile: Tile) -> list[Any]:
    """Points of a tile as geometries in its own units, each within 0 and EXTENT - 1: beyond, nobody draws them."""
    west, north, *_ = tile.box()
    scale = EXTENT * 2**tile.z
    spots = [np.clip(np.floor((axis - edge) * scale), 0, EXTENT - 1) for axis, edge in ((x, west), (y, north))]
    return list(shapely.points(*spots))


def clipped(polygons: NDArray[Any], tile: Tile) -> list[Any]:
    """Each of n polygons (shares of the world) as far as it lies in the tile, in the tile's units.

    Rounded corner by corner and not as a whole: corners that neighbours share stay shared. One that is not there,
    or thinner than a unit, is an empty polygon.
    """
    west, north, east, south = tile.box(MARGIN)
    cut = shapely.clip_by_rect(polygons, west, north, east, south)
    left, top, *_ = tile.box()
    scale = EXTENT * 2**tile.z
    rounded = shapely.transform(cut, lambda spots: np.round((spots - (left, top)) * scale))
    return [_polygonal(shape) for shape in rounded]


def _polygonal(shape: Any) -> Any:
    parts = [p for p in shapely.get_parts(shape) if shapely.get_type_id(p) == shapely.GeometryType.POLYGON]
    whole = [p for p in parts if shapely.area(p) > 0]
    return shapely.multipolygons(whole) if len(whole) > 1 else whole[0] if whole else shapely.Polygon()


def layer(
    name: str, shapes: Sequence[Any], properties: Sequence[Mapping[str, Any]], ids: Sequence[int] = ()
) -> bytes:
    """The bytes of one layer; layers behind each other are a tile, and no bytes are an empty one.

    properties: of each shape; the format has no word for None. ids: of each shape, if it has one.
    """
    features = [
        {"geometry": shape, "properties": dict(about)} | ({"id": int(ids[n])} if len(ids) else {})
        for n, (shape, about) in enumerate(zip(shapes, properties, strict=True))
        if not shape.is_empty
    ]
    if not features:
        return b""
    return bytes(mapbox_vector_tile.encode([{"name": name, "features": features}], default_options=OPTIONS))
