from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.criteria import GROUPS, Severity
from inspection.history import Finding, LatestFinding, Spot
from inspection.obstruction import obstruction
from inspection.priority import (
    Barriers,
    Prior,
    estimated_prior,
    expected_shares,
    exposure,
    group_shares,
    largest_gains,
    obstructed_shares,
    obstructed_visits,
    order_of_works,
    visit_rates,
)
from tests.inspection.checklists import CLINIC, a_checklist
from tests.inspection.events import a_finding, an_audit, day

SHARES = (0.08, 0.42, 0.15, 0.12, 0.23)
PHARMACY = (1.5, 1.5 / 60)
INVENTED = Prior(1.5, 1.5 / 60, placeholder=True)
CHECKLIST = a_checklist()
ZONES = ("entrance", "service", "toilet")


@pytest.mark.parametrize(
    ("prior", "visits", "exposed", "mean", "interval"),
    [
        ((2, 2 / 300), 1500, exposure(3, 1, 0), 499.6, (478.5, 520.9)),
        (PHARMACY, 0, 0, 60.0, (7.0, 156.3)),
        (PHARMACY, 0, exposure(2, 1, 0), 0.74, (0.1, 1.9)),
        (PHARMACY, 0, exposure(2, 1, 0.9), 6.67, (0.8, 17.4)),
        (PHARMACY, 0, exposure(2, 1, 1), 60.0, (7.0, 156.3)),
    ],
)
def test_the_worked_rates_come_out(
    prior: tuple[float, float], visits: int, exposed: Any, mean: float, interval: tuple[float, float]
) -> None:
    rates = visit_rates(*prior, visits, exposed)
    assert float(rates.mean) == pytest.approx(mean, abs=0.05 if mean > 10 else 0.005)
    assert (float(rates.low), float(rates.high)) == pytest.approx(interval, abs=0.05)


def test_the_worked_obstruction_comes_out() -> None:
    shares = np.array([[0.88, 0.84, 0.25, 0, 0], [0.4, 0.2, 0.25, 0, 0]])
    assert list(obstructed_visits([500, 500], [SHARES, SHARES], shares)) == pytest.approx([230.35, 76.75])


def test_a_counted_zero_is_never_a_rate_of_zero() -> None:
    assert float(visit_rates(*PHARMACY, 0, 1200).mean) > 0


def test_incomplete_counting_is_worth_fewer_months() -> None:
    assert float(exposure(10, 0.5, 0.2)) == pytest.approx(4)


def test_a_prior_rests_on_eight_counted_facilities_or_stays_a_placeholder() -> None:
    counts, months = [10.0, 20, 30, 40, 50, 60, 70, 80], [1.0] * 8
    assert estimated_prior(counts[:7], months[:7], INVENTED) is INVENTED
    # Mean 45, scatter 525, less the 45 that chance alone makes: 480 between facilities.
    prior = estimated_prior(counts, months, INVENTED)
    assert (prior.shape, prior.rate) == pytest.approx((45**2 / 480, 45 / 480))
    assert (prior.placeholder, prior.sites) == (False, 8)


def test_facilities_as_alike_as_chance_allows_scatter_by_a_tenth_of_the_mean() -> None:
    prior = estimated_prior([40] * 9, [2] * 9, INVENTED)
    assert (prior.mean, prior.shape) == pytest.approx((20, 100))


def test_facilities_without_exposure_do_not_make_a_prior() -> None:
    assert estimated_prior([5] * 8, [1] * 7 + [0], INVENTED) is INVENTED


def test_a_kind_of_which_no_visit_was_counted_keeps_its_placeholder() -> None:
    assert estimated_prior([0] * 9, [1] * 9, INVENTED) is INVENTED


def test_the_split_by_group_is_shrunk_by_fifty_visits() -> None:
    assert list(group_shares(SHARES, [0] * 5)) == pytest.approx(SHARES)
    assert list(group_shares(SHARES, [50, 0, 0, 0, 0])) == pytest.approx([0.54, 0.21, 0.075, 0.06, 0.115])


def test_a_group_that_was_not_told_apart_or_was_kept_away_keeps_its_expected_share() -> None:
    assert list(group_shares(SHARES, [80, 0, 0, 0, 0], [1000, 0, 0, 0, 0])) == pytest.approx(SHARES)
    shut_out = group_shares(SHARES, [0, 0, 300, 240, 460], [0, 0, 2000, 2000, 2000])
    assert list(shut_out) == pytest.approx(SHARES, abs=1e-3)
    believed = group_shares(SHARES, [0, 0, 300, 240, 460], [2000] * 5)
    assert believed[0] < SHARES[0] / 15


def test_visits_whose_group_nobody_asked_divide_like_those_that_were_asked() -> None:
    asked = [20, 20, 30, 20, 10]
    assert list(group_shares(SHARES, asked, [5000] * 5)) == pytest.approx(group_shares(SHARES, asked))


def test_neighbours_are_believed_as_far_as_they_are_many() -> None:
    assert float(expected_shares([0.0], 0, [0.4])[0]) == pytest.approx(0.4)
    assert float(expected_shares([4.0], 5, [0.4])[0]) == pytest.approx(0.6)


def test_the_three_largest_gains_are_named_with_the_group_that_gains_most() -> None:
    gains = {"ramp": (0.48, 0.64, 0, 0, 0), "strip": (0, 0, 0.25, 0, 0), "a": (0.01, 0, 0, 0, 0), "b": (0,) * 5}
    gains |= {"counter": (0.04, 0, 0, 0, 0)}
    named = largest_gains(500, SHARES, gains, GROUPS)
    assert [(g.barrier, g.group) for g in named] == [
        ("ramp", "mobility"),
        ("strip", "vision"),
        ("counter", "wheelchair"),
    ]
    assert named[0].visits == pytest.approx(153.6)


def test_works_are_ordered_by_gain_then_by_getting_in_first_then_by_date() -> None:
    works = [(5, "toilet", "2026-01-01"), (9, "staff", "2026-09-01"), (5, "entrance", "2026-05-01")]
    works += [(5, "entrance", "2026-03-01"), (5, "service", "2026-02-01")]
    ordered = sorted(works, key=lambda work: order_of_works(*work))
    assert [(zone, due[5:7]) for _, zone, due in ordered] == [
        ("staff", "09"),
        ("entrance", "03"),
        ("entrance", "05"),
        ("service", "02"),
        ("toilet", "01"),
    ]


findings = st.lists(
    st.builds(
        lambda zone, severity, groups: (zone, severity, tuple(g for g in GROUPS if g in groups)),
        st.sampled_from(ZONES),
        st.sampled_from(list(Severity)),
        st.sets(st.sampled_from(GROUPS), min_size=1),
    ),
    max_size=8,
)


@given(st.lists(findings, min_size=1, max_size=5))
def test_many_facilities_at_once_are_reckoned_as_one_alone(sites: list[list[tuple[str, Severity, Any]]]) -> None:
    alone = [[a_finding(Spot(f"c{n:02}"), zone=z, severity=s, groups=g) for n, (z, s, g) in enumerate(site)]
             for site in sites]  # fmt: skip
    flat = [(number, finding) for number, site in enumerate(alone) for finding in site]
    together = obstructed_shares(
        Barriers(
            np.array([number for number, _ in flat], np.int64),
            np.array([ZONES.index(f.zone) for _, f in flat], np.int64),
            np.array([_block(f) for _, f in flat]).reshape(-1, len(GROUPS)),
            np.array([CHECKLIST.zone_use["default"].get(f.zone, 1.0) for _, f in flat]),
        ),
        len(sites),
    )
    row = 0
    for number, site in enumerate(alone):
        said = {f.spot: LatestFinding(f, an_audit(1, 1).id, day(1), ("pandus-criteria", "1")) for f in site}
        seen = obstruction(CHECKLIST, CLINIC, said)
        assert list(together.by_facility[number]) == pytest.approx([seen.by_group[g] for g in GROUPS])
        for finding in site:
            expected = [seen.gains[finding.spot].get(g, 0.0) for g in GROUPS]
            assert list(together.gains[row]) == pytest.approx(expected, abs=1e-12)
            row += 1


def test_a_zone_that_nobody_passes_leaves_the_other_repairs_no_gain() -> None:
    closed, half = [1.0], [0.5]
    site = Barriers(np.array([0, 0, 2]), np.array([0, 1, 0]), np.array([closed, half, closed]), np.ones(3))
    seen = obstructed_shares(site, 3)
    assert seen.by_facility.tolist() == [[1.0], [0.0], [1.0]]
    assert seen.gains.tolist() == [[0.5], [0.0], [1.0]]


def _block(finding: Finding) -> list[float]:
    return [CHECKLIST.severity_block[finding.severity] if g in finding.groups else 0.0 for g in GROUPS]
