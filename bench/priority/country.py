"""The simulated country: what is true of it, and what of that anybody knows."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FACILITIES = 5_000
# By kind: share of facilities, and visits a month of the placeholder priors (domain rules, 4.3: invented numbers).
KINDS = ("polyclinic", "hospital", "service_centre", "pharmacy", "social_office", "other", "school")
SHARES = np.array([0.14, 0.07, 0.08, 0.30, 0.05, 0.10, 0.26])
PLACEHOLDERS = np.array([300.0, 200.0, 120.0, 60.0, 60.0, 10.0, 4.0])
SHAPE = 1.5  # of the placeholder prior

GROUPS = ("wheelchair", "mobility", "vision", "hearing", "cognitive")
GROUP_SHARES = np.array([0.08, 0.42, 0.15, 0.12, 0.23])
ZONES = ("approach", "entrance", "route", "service", "toilet", "information")
ZONE_USE = np.array([1.0, 1.0, 1.0, 1.0, 0.25, 1.0])  # as the checklist has it for any kind
# How often a zone has a fail that concerns the group, before a place's own neglect: rows are zones.
FAILS = np.array(
    [
        [0.25, 0.15, 0.20, 0.00, 0.02],
        [0.40, 0.30, 0.25, 0.02, 0.02],
        [0.30, 0.20, 0.25, 0.02, 0.05],
        [0.20, 0.08, 0.15, 0.30, 0.15],
        [0.60, 0.25, 0.05, 0.00, 0.00],
        [0.02, 0.02, 0.40, 0.30, 0.30],
    ]
)
SEVERITIES = np.array([0.30, 0.55, 0.15])  # of fails: gross, significant, minor
BLOCKS = np.array([0.8, 0.25, 0.03])


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a run assumes.

    counted: share of places with a count. preference: how much likelier an open place is counted than a blocked
    one, as a power of its open share. completeness: true share of visits that a count catches, where 0.9 is
    reported. scatter: of that share between places (sigma of its logarithm). prior: how far the true means of
    kinds are from the placeholders (sigma); turned: they are those of the opposite kinds. shape: of visits within
    a kind; small is skewed. blocks: what a fail of each severity truly blocks. block_scatter: of that between
    places
    (sigma). shares: true group shares. known_catchment: of places without a count. neglect: sigma of how much
    likelier fails are in one place than in another. same_visits: everywhere as many.
    """

    name: str
    counted: float = 0.3
    preference: float = 1.0
    completeness: float = 0.7
    scatter: float = 0.3
    prior: float = 0.7
    shape: float = 0.8
    blocks: tuple[float, float, float] = (0.8, 0.25, 0.03)
    block_scatter: float = 0.5
    shares: tuple[float, ...] = tuple(GROUP_SHARES)
    known_catchment: float = 0.3
    neglect: float = 0.5
    same_visits: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Country:
    """n facilities.

    kind: n. fails: n x zones x groups, 0 for none, else 1 + severity. opened: day of the oldest violation.
    obstructed: n, true visits a month that barriers obstruct. exposure, visits: n; months times the reported
    completeness, and what was counted; exposure 0: never. catchment: n ratios to what is usual, NaN: not known.
    """

    kind: NDArray[np.int64]
    fails: NDArray[np.int8]
    opened: Floats
    obstructed: Floats
    exposure: Floats
    visits: Floats
    catchment: Floats
    true_visits: Floats = field(repr=False)

    def violations(self) -> NDArray[np.int64]:
        """How many each facility has."""
        return np.asarray((self.fails > 0).sum(axis=(1, 2)))


def make(scenario: Scenario, seed: int) -> Country:
    """A country by these assumptions; the same seed gives the same one."""
    source = np.random.default_rng(seed)
    kind = source.choice(len(KINDS), FACILITIES, p=SHARES)
    usual = PLACEHOLDERS[::-1] if scenario.turned else PLACEHOLDERS
    means = usual * np.exp(source.normal(0, scenario.prior, len(KINDS)))
    true_visits = source.gamma(scenario.shape, means[kind] / scenario.shape)
    if scenario.same_visits:
        true_visits = np.full(FACILITIES, 50.0)
    neglect = np.exp(source.normal(0, scenario.neglect, FACILITIES))
    chance = np.clip(FAILS[None] * neglect[:, None, None], 0, 0.95)
    severity = 1 + source.choice(3, chance.shape, p=SEVERITIES)
    fails = np.where(source.random(chance.shape) < chance, severity, 0).astype(np.int8)
    scatter = np.exp(source.normal(0, scenario.block_scatter, fails.shape))
    blocks = np.clip(np.array([0.0, *scenario.blocks])[fails] * scatter, 0, 0.98)
    blocked = obstructed_share(blocks) @ np.array(scenario.shares)
    counted = _counted(scenario, source, 1 - blocked)
    months = source.integers(1, 13, FACILITIES) * counted
    caught = np.clip(scenario.completeness * np.exp(source.normal(0, scenario.scatter, FACILITIES)), 0.02, 1)
    visits = source.poisson(true_visits * (1 - blocked) * months * caught).astype(np.float64)
    known = ~counted & (source.random(FACILITIES) < scenario.known_catchment)
    ratio = true_visits / means[kind] * np.exp(source.normal(0, 0.6, FACILITIES))
    return Country(
        kind=kind,
        fails=fails,
        opened=source.random(FACILITIES),
        obstructed=true_visits * blocked,
        exposure=np.asarray(months * 0.9, dtype=np.float64),
        visits=visits,
        catchment=np.where(known, ratio, np.nan),
        true_visits=true_visits,
    )


def _counted(scenario: Scenario, source: Any, is_open: Floats) -> Bools:
    """Which places were counted: the easier one gets in, the likelier."""
    weight = np.maximum(is_open, 0.01) ** scenario.preference
    wanted = round(scenario.counted * FACILITIES)
    chosen = source.choice(FACILITIES, wanted, replace=False, p=weight / weight.sum()) if wanted else []
    counted = np.zeros(FACILITIES, dtype=bool)
    counted[chosen] = True
    return counted


def obstructed_share(blocks: Floats) -> Floats:
    """B: n x groups. blocks: n x zones x groups, what the worst fail of a zone blocks for the group."""
    return np.asarray(1 - np.prod(1 - ZONE_USE[None, :, None] * blocks, axis=1))


BASE = Scenario("base")
SCENARIOS = (
    BASE,
    *(replace(BASE, name=f"{share:.0%} counted", counted=share) for share in (0.0, 0.05, 0.1, 0.6, 1.0)),
    replace(BASE, name="0% counted, no catchment", counted=0.0, known_catchment=0.0),
    replace(BASE, name="counts at open places only", preference=6.0),
    replace(BASE, name="counts at random", preference=0.0),
    replace(BASE, name="counts catch 0.3, say 0.9", completeness=0.3),
    replace(BASE, name="counts of very uneven care", scatter=1.0),
    replace(BASE, name="priors right", prior=0.0),
    replace(BASE, name="priors far off", prior=1.5),
    replace(BASE, name="priors far off, 5% counted", prior=1.5, counted=0.05),
    replace(BASE, name="priors turned round", turned=True, prior=0.0),
    replace(
        BASE, name="priors turned round, none counted", turned=True, prior=0.0, counted=0.0, known_catchment=0.0
    ),
    replace(BASE, name="gross blocks half", blocks=(0.4, 0.25, 0.03)),
    replace(BASE, name="all severities block alike", blocks=(0.3, 0.3, 0.3)),
    replace(BASE, name="blocks differ wildly", block_scatter=1.5),
    replace(BASE, name="group shares wrong", shares=(0.3, 0.2, 0.3, 0.1, 0.1)),
    replace(BASE, name="visits very skewed", shape=0.3),
    replace(BASE, name="visits hardly differ in a kind", shape=8.0),
    replace(BASE, name="every place visited alike", same_visits=True),
)
