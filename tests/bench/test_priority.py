"""The simulation of ranks: its model gives the worked numbers of the domain rules, and its measure can be lost."""

import numpy as np
import pytest

from bench.priority.__main__ import compare
from bench.priority.country import GROUPS, KINDS, SCENARIOS, ZONES, Country, make
from bench.priority.model import ranks

GROSS, SIGNIFICANT = 1, 2


def one_place(kind: str, visits: float = 0, exposure: float = 0, *fails: tuple[str, str, int]) -> Country:
    """A country of one facility. fails: zone, group, severity."""
    found = np.zeros((1, len(ZONES), len(GROUPS)), dtype=np.int8)
    for zone, group, severity in fails:
        found[0, ZONES.index(zone), GROUPS.index(group)] = severity
    return Country(
        kind=np.array([KINDS.index(kind)]),
        fails=found,
        opened=np.zeros(1),
        obstructed=np.ones(1),
        exposure=np.array([float(exposure)]),
        visits=np.array([float(visits)]),
        catchment=np.array([np.nan]),
        true_visits=np.ones(1),
    )


EVERYTHING = (
    *(("entrance", group, GROSS) for group in ("wheelchair", "mobility")),
    ("entrance", "vision", SIGNIFICANT),
    ("service", "wheelchair", SIGNIFICANT),
    *(("toilet", group, GROSS) for group in ("wheelchair", "mobility")),
)


def test_the_share_obstructed_is_the_worked_number_of_the_domain_rules() -> None:
    # V is the prior's 60 of an uncounted pharmacy; the rules' own V = 500 gives 230.35.
    (found,) = ranks(one_place("pharmacy", 0, 0, *EVERYTHING), learn=False)
    assert found / 60 * 500 == pytest.approx(230.35)


def test_a_counted_zero_leaves_the_worked_number_of_visits() -> None:
    mild = ("information", "hearing", SIGNIFICANT)  # blocks 0.25 of 0.12: 3 % of all visits
    (found,) = ranks(one_place("pharmacy", 0, 2 / 0.97, mild), learn=False)
    assert found / 0.03 == pytest.approx(0.74, abs=0.005)


def test_no_order_beats_the_oracle_and_the_model_is_no_oracle() -> None:
    shares = compare(make(SCENARIOS[0], seed=1), seed=1)
    for name, share in shares.items():
        assert all(a <= b + 1e-9 for a, b in zip(share, shares["oracle"], strict=True)), name
        assert list(share) == sorted(share)
    assert shares["model"][0] < shares["oracle"][0]


def test_where_every_place_is_visited_alike_the_model_can_lose() -> None:
    (alike,) = (scenario for scenario in SCENARIOS if scenario.same_visits)
    shares = compare(make(alike, seed=3), seed=3)
    assert shares["model"][1] < shares["violations"][1]
