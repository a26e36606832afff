import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from geo.distance import metres, metres_per_degree, metres_to_edges

LON = st.floats(46, 87)
LAT = st.floats(39, 56)


def reference(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    return float(Geodesic.WGS84.Inverse(lat1, lon1, lat2, lon2)["s12"])


@given(LON, LAT, LON, LAT)
def test_metres_agree_with_an_independent_library(lon1: float, lat1: float, lon2: float, lat2: float) -> None:
    assert metres(lon1, lat1, lon2, lat2) == pytest.approx(reference(lon1, lat1, lon2, lat2), abs=1e-6)


def test_metres_broadcasts_and_leaves_its_input_alone() -> None:
    lon = np.array([70.0, 71.0])
    found = metres(lon, 50.0, 70.0, 50.0)
    assert found == pytest.approx([0.0, reference(71, 50, 70, 50)])
    assert lon.tolist() == [70.0, 71.0]


@given(LON, LAT)
def test_a_degree_is_as_long_as_a_short_geodesic_says(lon: float, lat: float) -> None:
    east, north = metres_per_degree(lat)
    assert float(east) == pytest.approx(reference(lon, lat, lon + 1e-3, lat) * 1e3, rel=1e-5)
    assert float(north) == pytest.approx(reference(lon, lat - 5e-4, lon, lat + 5e-4) * 1e3, rel=1e-5)


@given(LON, LAT, st.lists(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05)), min_size=2, max_size=4))
def test_the_distance_to_an_edge_is_the_least_over_spots_of_it(
    lon: float, lat: float, ends: list[tuple[float, float]]
) -> None:
    corners = np.array([(lon + x, lat + y) for x, y in ends])
    edges = np.hstack([corners[:-1], corners[1:]])
    shares = np.linspace(0, 1, 2001)[:, None]
    spots = np.concatenate([edge[:2] + shares * (edge[2:] - edge[:2]) for edge in edges])
    least = float(metres(lon, lat, spots[:, 0], spots[:, 1]).min())
    found = float(metres_to_edges(np.array([lon]), np.array([lat]), edges)[0])
    # Spots stand at most 4 m apart, so the least of them is at most some metres too far.
    assert least - 4 <= found <= least + 0.05


def test_many_points_are_worked_in_portions_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    edges = np.array([[70.0, 50.0, 70.1, 50.0], [70.1, 50.0, 70.1, 50.1], [70.1, 50.1, 70.1, 50.1]])
    lon, lat = np.linspace(70, 70.2, 50), np.linspace(50.2, 49.9, 50)
    at_once = metres_to_edges(lon, lat, edges)
    monkeypatch.setattr("geo.distance.PAIRS_AT_ONCE", 7)
    assert metres_to_edges(lon, lat, edges).tolist() == at_once.tolist()
