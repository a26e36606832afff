"""One day on the road: hours, a break, places with opening hours, and the exact clock that times a tour of them.

Times are whole seconds of the day. Travel is a square matrix of seconds; row and column 0 are the start, 1 + n the
nth place.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.distance import metres

Seconds = NDArray[np.int64]
Order = tuple[int, ...]
Score = tuple[int, float, int, int]


@dataclass(frozen=True, slots=True)
class Stop:
    """A place that could be visited.

    seconds: that the visit takes. prize: what it collects, >= 0; None: not known. required: must be visited if it
    can be. opens: hours within one of which the whole visit must lie; none: at any time.
    """

    seconds: int
    prize: float | None
    required: bool = False
    opens: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Lunch:
    """A break that begins between two times and interrupts no visit."""

    earliest: int
    latest: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Day:
    """The hours of one day. returns: whether the way back to the start lies within them."""

    begins: int
    ends: int
    returns: bool = True
    lunch: Lunch | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a tour: position of its stop, and when one arrives, begins and leaves."""

    stop: int
    arrives: int
    begins: int
    leaves: int


@dataclass(frozen=True, slots=True)
class Timed:
    """A tour with its times. lunch: when the break begins; None where none is due. ends: with the way back."""

    visits: tuple[Visit, ...]
    lunch: int | None
    ends: int


# A moment on the way: the time, the visits so far as a chain (those before, the last), when the break began.
_Chain = tuple[Any, Visit] | None
_Moment = tuple[int, _Chain, int | None]


class Question:
    """A day, the places that could be visited, and the way between them.

    travel: seconds, one row and column more than there are stops. Raises ValueError for what cannot be.
    """

    def __init__(self, day: Day, stops: Sequence[Stop], travel: Seconds) -> None:
        if travel.shape != (len(stops) + 1,) * 2 or (travel < 0).any():
            raise ValueError("travel is a square of seconds, one row more than there are stops")
        if not 0 <= day.begins <= day.ends:
            raise ValueError("a day ends after it begins")
        for stop in stops:
            if stop.seconds < 0 or (stop.prize is not None and not 0 <= stop.prize < math.inf):
                raise ValueError("a visit takes time, and its prize is no less than nothing")
        self.day, self.stops, self.travel = day, tuple(stops), travel
        # Numbers of plain lists are read ten times as fast as those of an array.
        self.rows: list[list[int]] = travel.tolist()
        self.lunch = day.lunch if day.lunch is not None and day.begins <= day.lunch.latest else None

    def timed(self, order: Order) -> Timed | None:
        """The earliest times of these visits in this order; None if they do not fit into the day.

        To be early is never a loss, so of each spot on the way the earliest moment before and the earliest after
        the break are all that has to be known.
        """
        free: _Moment | None = (self.day.begins, None, None)
        fed, here = self._rested(free, None), 0
        for n in order:
            leg = self.rows[here][n + 1]
            free, fed = _moved(free, leg), _moved(fed, leg)
            came = free[0] if free else 0, fed[0] if fed else 0
            fed_came = fed
            fed = self._rested(free, fed)
            free = self._visited(free, n, came[0])
            fed = self._visited(fed, n, came[1] if fed is fed_came else came[0])
            fed = self._rested(free, fed)
            here = n + 1
            if free is None and fed is None:
                return None
        return self._ended(free, fed, self.rows[here][0] if self.day.returns else 0)

    def _rested(self, free: _Moment | None, fed: _Moment | None) -> _Moment | None:
        """The earlier of being fed already and having the break here."""
        if free is None or self.lunch is None:
            return fed
        begins = max(free[0], self.lunch.earliest)
        if begins > self.lunch.latest or (fed is not None and fed[0] <= begins + self.lunch.seconds):
            return fed
        return begins + self.lunch.seconds, free[1], begins

    def _visited(self, moment: _Moment | None, n: int, arrives: int) -> _Moment | None:
        if moment is None:
            return None
        begins = _open_from(self.stops[n], moment[0])
        leaves = self.day.ends + 1 if begins is None else begins + self.stops[n].seconds
        if begins is None or leaves > self.day.ends:
            return None
        return leaves, (moment[1], Visit(n, arrives, begins, leaves)), moment[2]

    def _ended(self, free: _Moment | None, fed: _Moment | None, back: int) -> Timed | None:
        free, fed = _moved(free, back), _moved(fed, back)
        fed = self._rested(free, fed)
        if free is not None and self.lunch is not None and free[0] > self.lunch.latest:
            free = None  # who is out when the break must begin has one
        left = [moment for moment in (free, fed) if moment is not None and moment[0] <= self.day.ends]
        if not left:
            return None
        ends, chain, lunch = min(left, key=lambda moment: moment[0])
        visits: list[Visit] = []
        while chain is not None:
            chain, visit = chain
            visits.append(visit)
        return Timed(tuple(reversed(visits)), lunch, ends)

    def score(self, timed: Timed) -> Score:
        """What a tour is worth; the greater the better."""
        chosen = [self.stops[visit.stop] for visit in timed.visits]
        known = math.fsum(stop.prize for stop in chosen if stop.prize is not None)
        unknown = sum(stop.prize is None for stop in chosen)
        return sum(stop.required for stop in chosen), round(known, 9), unknown, -timed.ends


def _moved(moment: _Moment | None, leg: int) -> _Moment | None:
    return None if moment is None else (moment[0] + leg, moment[1], moment[2])


def _open_from(stop: Stop, moment: int) -> int | None:
    """The earliest beginning from a moment on, with which the whole visit lies within opening hours."""
    if not stop.opens:
        return moment
    fits = (max(moment, opens) for opens, closes in stop.opens if max(moment, opens) + stop.seconds <= closes)
    return min(fits, default=None)


def straight_travel(spots: Sequence[tuple[float, float]], detour: float, metres_a_second: float) -> Seconds:
    """Seconds between n places (longitude, latitude in degrees; the start first), as the crow flies.

    detour: how much longer the road is, >= 1. metres_a_second: along the road.
    """
    lon, lat = np.array(spots, dtype=np.float64).reshape(-1, 2).T
    away = metres(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    return np.ceil(away * detour / metres_a_second).astype(np.int64)
