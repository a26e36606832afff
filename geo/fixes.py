"""One position from many fixes of a place: robust against the few that are wrong, however sure they say they are.

A fix is not turned round or corrected: what cannot be a measurement of this place does not count, and it is
said why. The others vote: the seed is the fix with which most others agree, so that no single fix, whatever
accuracy it claims, outvotes two that agree. Those that agree with it are averaged in a local plane of metres, by
accuracy, with the weights of Huber for what lies at the rim. Nothing depends on the order of the fixes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geo.distance import Floats, metres, metres_per_degree

SHARPEST_M = 3.0  # no tablet measures better, whatever it says
VAGUEST_M = 200.0  # a fix by the network: it tells the quarter, not the building
EXIF_M = 100.0  # cameras write the last position they had, and anybody can write another
EXIF_VOICE = 0.25
STALE_AFTER = timedelta(minutes=10)  # before the visit began
HUBER = 1.5  # of the standard deviation: the usual 95 % efficiency for Gaussian errors is at 1.345
AGREE = 3.0  # standard deviations of a difference
NARROWEST_M = 30.0  # two fixes at two doors of one building agree
ROUNDS = 20
GOOD_M = 50.0

Box = tuple[float, float, float, float]  # west, south, east, north in degrees


class Source(StrEnum):
    """Who measured."""

    TABLET = "tablet"
    EXIF = "exif"


class Why(StrEnum):
    """Why a fix does not count."""

    ZERO = "zero"
    SWAPPED = "swapped"
    OUTSIDE = "outside"
    STALE = "stale"
    REPEATED = "repeated"
    VAGUE = "vague"
    OUTLIER = "outlier"


@dataclass(frozen=True, slots=True)
class Fix:
    """One measured position: WGS 84 degrees, radius in metres (None: not said).

    visit: names the visit it belongs to. at, visit_at: the moment of the fix and the beginning of its visit, by
    one clock, where known.
    """

    lat: float
    lon: float
    accuracy_m: float | None
    visit: str = ""
    source: Source = Source.TABLET
    at: datetime | None = None
    visit_at: datetime | None = None

    @property
    def sigma_m(self) -> float:
        """Standard deviation that is believed, in metres."""
        weakest = EXIF_M if self.source is Source.EXIF else SHARPEST_M
        # Devices write 0 where they do not know.
        return max(weakest, self.accuracy_m or (EXIF_M if self.source is Source.EXIF else VAGUEST_M))


@dataclass(frozen=True, slots=True)
class Located:
    """What fixes say together.

    radius_m: of the circle that holds the place with some 68 %. reasons: for each fix in the order given, why it
    does not count; None if it counts. good: fit to stand as a position of its own.
    """

    lat: float
    lon: float
    radius_m: float
    reasons: tuple[Why | None, ...]
    good: bool


def locate(fixes: Sequence[Fix], box: Box | None = None) -> tuple[Located | None, tuple[Why | None, ...]]:
    """The position that fixes agree on, None if none counts, and why each does not count.

    box: the country, to tell swapped axes. The result is the same for any order of the fixes.
    """
    order = sorted(range(len(fixes)), key=lambda n: _rank(fixes[n]))
    reasons = _sieve(fixes, order, box)
    fit = [n for n in order if reasons[n] is None]
    if not fit:
        return None, tuple(reasons)
    chosen = [fixes[n] for n in fit]
    lat, lon, radius, counted = _agreed(chosen)
    for n, counts in zip(fit, counted.tolist(), strict=True):
        reasons[n] = None if counts else Why.OUTLIER
    good = radius <= GOOD_M and any(
        f.source is Source.TABLET and f.sigma_m <= GOOD_M for f, yes in zip(chosen, counted, strict=True) if yes
    )
    return Located(lat, lon, radius, tuple(reasons), good), tuple(reasons)


def _rank(fix: Fix) -> tuple[float, str, float, float, str, str]:
    at = fix.at.timestamp() if fix.at else float("inf")
    return at, fix.visit, fix.lat, fix.lon, fix.source.value, repr(fix.accuracy_m)


def _sieve(fixes: Sequence[Fix], order: Sequence[int], box: Box | None) -> list[Why | None]:
    reasons: list[Why | None] = [None] * len(fixes)
    seen: set[tuple[float, float]] = set()
    for n in order:
        fix = fixes[n]
        reasons[n] = _unfit(fix, box)
        if reasons[n] is None and (fix.lat, fix.lon) in seen:
            # A receiver never measures the same digits twice; a cache does.
            reasons[n] = Why.REPEATED
        elif reasons[n] is None:
            seen.add((fix.lat, fix.lon))
    return reasons


def _unfit(fix: Fix, box: Box | None) -> Why | None:
    if abs(fix.lat) < 1e-6 and abs(fix.lon) < 1e-6:
        return Why.ZERO
    if box is not None and not _holds(box, fix.lat, fix.lon):
        return Why.SWAPPED if _holds(box, fix.lon, fix.lat) else Why.OUTSIDE
    if fix.at and fix.visit_at and fix.at < fix.visit_at - STALE_AFTER:
        return Why.STALE
    return Why.VAGUE if fix.sigma_m >= VAGUEST_M else None


def _holds(box: Box, lat: float, lon: float) -> bool:
    return box[0] <= lon <= box[2] and box[1] <= lat <= box[3]


def _agreed(fixes: Sequence[Fix]) -> tuple[float, float, float, NDArray[np.bool_]]:
    """Latitude, longitude and radius that n >= 1 fit fixes agree on, and which of them count."""
    lat, lon = np.array([f.lat for f in fixes]), np.array([f.lon for f in fixes])
    sigma = np.array([f.sigma_m for f in fixes])
    voice = np.array([EXIF_VOICE if f.source is Source.EXIF else 1.0 for f in fixes])
    seed = _seed(lat, lon, sigma, voice)
    counted = metres(lon[seed], lat[seed], lon, lat) <= _gate(sigma, sigma[seed])
    east, north = (float(scale) for scale in metres_per_degree(lat[seed]))
    spots = np.column_stack([(lon - lon[seed]) * east, (lat - lat[seed]) * north])
    visits = Counter(f.visit for f, yes in zip(fixes, counted, strict=True) if yes)
    # Fixes of one visit err together: the same sky, the same walls. n of them are worth the root of n.
    shared = np.array([max(1, visits[f.visit]) for f in fixes])
    weight = np.where(counted, 1 / (sigma**2 * np.sqrt(shared)), 0.0)
    middle, spread = _huber(spots, sigma, weight)
    radius = float(np.sqrt(1 / weight.sum()) * max(1.0, spread))
    return float(lat[seed] + middle[1] / north), float(lon[seed] + middle[0] / east), radius, counted


def _gate(sigma: Floats, other: float) -> Floats:
    return np.asarray(np.maximum(NARROWEST_M, AGREE * np.hypot(sigma, other)))


def _seed(lat: Floats, lon: Floats, sigma: Floats, voice: Floats) -> int:
    """The fix with which most agree; of equals the sharpest, then the first."""
    support = [
        float(voice[metres(lon[n], lat[n], lon, lat) <= _gate(sigma, sigma[n])].sum()) for n in range(len(lat))
    ]
    return max(range(len(lat)), key=lambda n: (support[n], -sigma[n], -n))


def _huber(spots: Floats, sigma: Floats, weight: Floats) -> tuple[Floats, float]:
    """Weighted middle of spots in metres, and how much wider they are strewn than their accuracies say."""
    now = weight
    middle: Floats = (spots * now[:, None]).sum(axis=0) / now.sum()
    for _ in range(ROUNDS):
        away = np.hypot(*(spots - middle).T) / sigma
        now = weight * np.minimum(1.0, HUBER / np.maximum(away, 1e-9))
        middle = (spots * now[:, None]).sum(axis=0) / now.sum()
    away = np.hypot(*(spots - middle).T) / sigma
    return middle, float(np.sqrt((weight * away**2).sum() / weight.sum() / 2))
