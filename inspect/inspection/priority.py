"""How many visits by people with disabilities a month barriers obstruct: visit rates, groups, ranks, gains.

Plain numbers in, plain numbers out; every function that serves the whole country takes and gives arrays. Visit
counts are shrunk to a prior of the kind of facility (Gamma prior, Poisson counts: Clayton and Kaldor 1987; its
moments: Marshall 1991). The discount of blocked months, the split by group and the blocking are the project's
own proposals (domain notes 4.3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

LOW, HIGH = 0.05, 0.95  # quantiles of the interval, which holds 90 %
ENOUGH_SITES = 8  # counted facilities of a kind from which its prior is estimated
SHARES_WEIGHT = 50.0  # visits that the expected split by group is worth
NEIGHBOURS_WEIGHT = 5.0  # facilities that the wider neighbourhood is worth: a proposal, like the other weights
LARGEST_GAINS = 3


@dataclass(frozen=True, slots=True)
class Prior:
    """What is expected of a facility of a kind that nobody counted: a Gamma distribution of visits a month.

    shape: dimensionless; rate: months. placeholder: invented, to be replaced by real counts. sites: the counted
    facilities that it rests on.
    """

    shape: float
    rate: float
    placeholder: bool
    sites: int = 0

    @property
    def mean(self) -> float:
        """Expected visits a month."""
        return self.shape / self.rate


@dataclass(frozen=True, slots=True)
class Rates:
    """Visits a month, one of each per facility: the mean, and the bounds that hold 90 %."""

    mean: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Gain:
    """What one repair alone would free: visits a month, and of which group most. Gains do not add up."""

    barrier: str
    visits: float
    group: str


def exposure(months: ArrayLike, completeness: ArrayLike, obstructed: ArrayLike) -> Array:
    """Months of undisturbed and complete counting that a count is worth.

    months: > 0; completeness: share of visits that were counted, 0 < c <= 1; obstructed: share of visits that
    barriers obstructed meanwhile, 0..1, 0 if nobody checked. A zero counted where nobody gets in is worth little.
    """
    counted: Array = np.asarray(months, float) * np.asarray(completeness, float)
    return np.asarray(counted * (1.0 - np.asarray(obstructed, float)))


def visit_rates(shape: ArrayLike, rate: ArrayLike, visits: ArrayLike, exposed: ArrayLike) -> Rates:
    """Visits a month after the counts: Gamma(shape + visits, rate + exposed).

    shape, rate: of the prior, > 0. visits: counted, >= 0; exposed: months (`exposure`), >= 0, both 0 if nobody
    counted. A counted zero leaves the mean above 0.
    """
    # SciPy takes a tenth of a second to import, and few requests need it.
    from scipy.special import gammaincinv  # noqa: PLC0415

    a = np.asarray(shape, float) + np.asarray(visits, float)
    b = np.asarray(rate, float) + np.asarray(exposed, float)
    return Rates(a / b, gammaincinv(a, LOW) / b, gammaincinv(a, HIGH) / b)


def estimated_prior(visits: ArrayLike, exposed: ArrayLike, otherwise: Prior) -> Prior:
    """The prior of a kind from its counted facilities, by moments; with fewer than 8 of them `otherwise`.

    visits, exposed: one of each per counted facility. Those without any exposure say nothing and do not count,
    nor does a kind of which no visit was ever counted: its prior would allow none.
    """
    y, e = np.asarray(visits, float), np.asarray(exposed, float)
    y, e = y[e > 0], e[e > 0]
    if len(y) < ENOUGH_SITES or not y.any():
        return otherwise
    total = e.sum()
    mean = y.sum() / total
    scatter = (e * (y / e - mean) ** 2).sum() / total
    between = scatter - mean * len(y) / total
    if between <= 0:  # no more scatter than chance alone makes
        between = (mean / 10) ** 2
    return Prior(float(mean**2 / between), float(mean / between), placeholder=False, sites=len(y))


def group_shares(expected: Sequence[float], counted: ArrayLike, exposed: ArrayLike | None = None) -> Array:
    """Share of visits by group, shrunk to what is expected: (50 * expected + counted) / (50 + all counted).

    expected: G shares with sum 1. counted: visits by group, shape (..., G), zeros where nobody split the count.
    exposed: visits of all groups among which each group's were counted, same shape, by default all counted. It is
    less where a group was not told apart or barriers kept it away; with none at all, the expected share remains.
    """
    n = np.asarray(counted, float)
    among = n.sum(axis=-1, keepdims=True) if exposed is None else np.asarray(exposed, float)
    shrunk = (SHARES_WEIGHT * np.asarray(expected, float) + n) / (SHARES_WEIGHT + among)
    return np.asarray(shrunk / shrunk.sum(axis=-1, keepdims=True))


def obstructed_visits(visits: ArrayLike, shares: ArrayLike, obstructed: ArrayLike) -> Array:
    """O = V * sum over groups of share * obstructed share.

    visits: a month, shape (n,), a mean or a bound of it; shares, obstructed: shape (n, G).
    """
    weighed = (np.asarray(shares, float) * np.asarray(obstructed, float)).sum(axis=-1)
    return np.asarray(np.asarray(visits, float) * weighed)


@dataclass(frozen=True, slots=True)
class Barriers:
    """Barriers that stand, one element each, of facilities numbered from 0.

    facility, zone: numbers; block: shape (n, G), share of a group's visits that the barrier alone stops where the
    zone is passed, 0 for groups it does not concern; use: share of visits that need the zone.
    """

    facility: NDArray[np.int64]
    zone: NDArray[np.int64]
    block: Array
    use: Array


@dataclass(frozen=True, slots=True)
class Shares:
    """Obstructed shares. by_facility: (facilities, G); gains: (barriers, G), taken off by a repair alone."""

    by_facility: Array
    gains: Array


def obstructed_shares(barriers: Barriers, facilities: int) -> Shares:
    """What `obstruction.obstruction` says of one facility, of many at once.

    The worst inside a zone, the product over zones; a repair takes a zone down to its second worst.
    """
    groups = barriers.block.shape[1]
    by_facility, gains = np.zeros((facilities, groups)), np.zeros_like(barriers.block)
    if not len(barriers.facility):
        return Shares(by_facility, gains)
    zones = int(barriers.zone.max()) + 1
    _, zone_of = np.unique(barriers.facility * zones + barriers.zone, return_inverse=True)
    facility_of = np.zeros(int(zone_of.max()) + 1, np.int64)
    facility_of[zone_of] = barriers.facility
    starts = np.flatnonzero(np.diff(facility_of, prepend=-1))  # sorted, because zone_of numbers them sorted
    for group in range(groups):
        stopped = barriers.use * barriers.block[:, group]
        worst, second, worst_at = _two_worst(zone_of, stopped, len(facility_of))
        passable = 1.0 - worst
        product = np.multiply.reduceat(passable, starts)
        by_facility[facility_of[starts], group] = 1.0 - product
        elsewhere = _product_of_others(passable, starts)
        gains[worst_at, group] = elsewhere * (worst - second)
    return Shares(by_facility, gains)


def _two_worst(zone_of: NDArray[np.int64], stopped: Array, zones: int) -> tuple[Array, Array, NDArray[np.int64]]:
    """Largest and second largest value of each zone, and the element that is the largest."""
    order = np.lexsort((-stopped, zone_of))
    first = np.searchsorted(zone_of[order], np.arange(zones))
    worst_at = order[first]
    following = np.minimum(first + 1, len(order) - 1)
    same = (following > first) & (zone_of[order[following]] == np.arange(zones))
    return stopped[worst_at], np.where(same, stopped[order[following]], 0.0), worst_at


def _product_of_others(passable: Array, starts: NDArray[np.int64]) -> Array:
    """For each zone the product over the other zones of its facility; one that nobody passes divides nothing."""
    lengths = np.diff(starts, append=len(passable))
    closed = passable == 0.0
    open_only = np.repeat(np.multiply.reduceat(np.where(closed, 1.0, passable), starts), lengths)
    how_many = np.repeat(np.add.reduceat(closed.astype(np.int64), starts), lengths)
    others_closed = how_many - closed
    return np.where(others_closed > 0, 0.0, open_only / np.where(closed, 1.0, passable))


def largest_gains(
    visits: float, shares: Sequence[float], gains: Mapping[str, Sequence[float]], groups: Sequence[str]
) -> list[Gain]:
    """The repairs that free most visits a month of a facility, at most three, the largest first.

    gains: barrier to what its repair takes off the obstructed share of each group. A repair that frees nothing
    alone is not named. Equal gains stand in the order of the barriers' names.
    """
    found = []
    for barrier in sorted(gains):
        by_group = visits * np.asarray(shares, float) * np.asarray(gains[barrier], float)
        if by_group.sum() > 0:
            found.append(Gain(barrier, float(by_group.sum()), groups[int(by_group.argmax())]))
    return sorted(found, key=lambda gain: -gain.visits)[:LARGEST_GAINS]


def expected_shares(local: ArrayLike, audited: ArrayLike, wider: ArrayLike) -> Array:
    """Obstructed share to expect of a facility that nobody visited: that of its neighbours, shrunk to wider ones.

    local: sum over the audited facilities of the kind in the area, shape (..., G); audited: how many they are,
    shape (...); wider: the mean of the wider neighbourhood, shape (..., G), itself perhaps shrunk to a wider one.
    The mean of the posterior predictive when the neighbourhood's mean has weight 5.
    """
    n = np.asarray(audited, float)[..., None]
    return (np.asarray(local, float) + NEIGHBOURS_WEIGHT * np.asarray(wider, float)) / (n + NEIGHBOURS_WEIGHT)


# 28 CFR 36.304(c): get in first, then reach goods and services, then restrooms, then the rest.
_STEPS = {"approach": 0, "parking": 0, "entrance": 0, "route": 1, "service": 1, "information": 1, "toilet": 2}
_THE_REST = 3


def order_of_works(gain: float, zone: str, due: str) -> tuple[float, int, str]:
    """Sort key of the works inside a facility: the largest gain, then the step of the zone, then the due date.

    gain: visits a month; due: ISO date. Source of the steps: 28 CFR 36.304(c).
    """
    return (-gain, _STEPS.get(zone, _THE_REST), due)
