"""How far it is to the nearest of many places, in geodesic metres.

Candidates are found with a search tree in space: the straight way through the Earth (the chord) grows with the way
along the ellipsoid, but for the difference of its radii. What could be nearer because of that is looked at, too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.distance import WGS84, Floats, metres

Indices = NDArray[np.int64]
NOWHERE = -1
AT_ONCE = 20_000  # origins: their candidates stay below 100 MB


@dataclass(frozen=True, slots=True)
class Nearest:
    """Of each origin the number of its nearest target and the metres to it; NOWHERE and infinite without any."""

    target: Indices
    metres: Floats


def nearest(lon: ArrayLike, lat: ArrayLike, target_lon: ArrayLike, target_lat: ArrayLike) -> Nearest:
    """The nearest of m targets to each of n origins; of targets at the same distance the first.

    Degrees of WGS 84, finite. Source of the distances: Karney 2013, as PROJ computes them.
    """
    # SciPy takes a tenth of a second to import, and few requests need it.
    from scipy.spatial import cKDTree  # noqa: PLC0415

    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    targets = np.asarray(target_lon, np.float64), np.asarray(target_lat, np.float64)
    found = Nearest(np.full(len(lon), NOWHERE, np.int64), np.full(len(lon), np.inf))
    if not len(targets[0]) or not len(lon):
        return found
    tree = cKDTree(_in_space(*targets))
    for start in range(0, len(lon), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        spots = _in_space(lon[part], lat[part])
        chord, _ = tree.query(spots)
        near = tree.query_ball_point(spots, chord + _uncertain(chord), return_sorted=True)
        counts = np.array([len(each) for each in near])
        candidates = np.concatenate([np.asarray(each, np.int64) for each in near])
        origins = np.repeat(np.arange(len(counts)), counts)
        apart = metres(lon[part][origins], lat[part][origins], targets[0][candidates], targets[1][candidates])
        # Stable, and candidates stand in order: of several at one distance the first wins.
        order = np.lexsort((candidates, apart, origins))
        first = order[np.concatenate([[0], np.cumsum(counts)[:-1]])]
        found.target[part], found.metres[part] = candidates[first], apart[first]
    return found


def _in_space(lon: Floats, lat: Floats) -> Floats:
    """Geocentric coordinates in metres, shape (n, 3)."""
    across, up = np.radians(lon), np.radians(lat)
    curvature = WGS84.a / np.sqrt(1 - WGS84.es * np.sin(up) ** 2)
    flat = curvature * np.cos(up)
    return np.column_stack([flat * np.cos(across), flat * np.sin(across), curvature * (1 - WGS84.es) * np.sin(up)])


def _uncertain(chord: Floats) -> Floats:
    """By how much a chord may be longer and yet belong to a shorter way along the ellipsoid, in metres.

    A way exceeds its chord c by about c³ / 24R²; R lies between the radii of curvature at the equator along the
    meridian (the least) and at the poles (the greatest). Twice that difference, and a metre, is taken; beyond a
    quarter of the globe, where the series is too short, a fiftieth of the chord.
    """
    least, greatest = WGS84.a * (1 - WGS84.es), WGS84.a / np.sqrt(1 - WGS84.es)
    series = 2 * chord**3 / 24 * (1 / least**2 - 1 / greatest**2) + 1.0
    return np.asarray(np.where(chord > WGS84.a, np.maximum(series, chord / 50), series))
