"""The nearest place is the one that is nearest along the Earth, wherever on it."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.distance import Floats, metres
from geo.reach import NOWHERE, nearest

LON, LAT = st.floats(-180, 180), st.floats(-90, 90)
SPOTS = st.lists(st.tuples(LON, LAT), min_size=1, max_size=30)
AROUND = st.lists(st.tuples(st.floats(46.5, 87.3), st.floats(40.6, 55.4)), min_size=1, max_size=60)


def by_trying_all(origins: Floats, targets: Floats) -> Floats:
    apart = metres(origins[:, :1], origins[:, 1:], targets[:, 0], targets[:, 1])
    return np.asarray(apart.min(axis=1))


@pytest.mark.parametrize("spots", [SPOTS, AROUND], ids=["anywhere", "in the country"])
def test_it_is_the_least_of_all_distances(spots: st.SearchStrategy[list[tuple[float, float]]]) -> None:
    @given(spots, spots)
    @settings(max_examples=150, deadline=None)
    def compared(origins: list[tuple[float, float]], targets: list[tuple[float, float]]) -> None:
        here, there = np.array(origins), np.array(targets)
        found = nearest(*here.T, *there.T)
        assert found.metres == pytest.approx(by_trying_all(here, there), abs=1e-3)

    compared()


def test_it_is_the_distance_that_another_library_measures() -> None:
    found = nearest([76.9], [43.25], [71.4, 69.6], [51.1, 42.3])
    there = Geodesic.WGS84.Inverse(43.25, 76.9, 42.3, 69.6)["s12"]
    assert (found.target.tolist(), found.metres[0]) == ([1], pytest.approx(there, abs=1e-6))


def test_a_chord_that_is_longer_may_belong_to_the_shorter_way() -> None:
    # North-south and east-west ways of about the same length far in the north differ in curvature.
    source = np.random.default_rng(1)
    bearing = source.uniform(0, 360, 4000)
    radius = 700_000 + source.uniform(-2, 2, 4000)
    ends = [Geodesic.WGS84.Direct(50, 70, b, r) for b, r in zip(bearing, radius, strict=True)]
    lon, lat = np.array([end["lon2"] for end in ends]), np.array([end["lat2"] for end in ends])
    found = nearest([70.0], [50.0], lon, lat)
    assert found.target[0] == radius.argmin()


def test_over_the_antimeridian_it_is_near() -> None:
    found = nearest([179.9], [52.0], [-179.9, 170.0], [52.0, 52.0])
    assert found.target.tolist() == [0]
    assert found.metres[0] < 20_000


def test_of_two_at_one_spot_the_first_is_named() -> None:
    assert nearest([70.0], [50.0], [71.0, 70.5, 70.5], [50.0, 50.0, 50.0]).target.tolist() == [1]


def test_without_targets_nothing_is_near_and_without_origins_nothing_is_asked() -> None:
    nobody = nearest([70.0, 71.0], [50.0, 50.0], [], [])
    assert nobody.target.tolist() == [NOWHERE, NOWHERE]
    assert np.isinf(nobody.metres).all()
    assert len(nearest([], [], [70.0], [50.0]).target) == 0
