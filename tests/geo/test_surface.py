"""How large areas are, against what can be computed otherwise."""

import math

import pytest
import shapely

from geo.surface import square_kilometres

EQUATORIAL, POLAR = 6378.137, 6356.752314245  # km, of WGS 84


def zone(south: float, north: float, degrees: float) -> float:
    """The surface between two parallels and meridians, in closed form (authalic latitude)."""
    e = math.sqrt(1 - (POLAR / EQUATORIAL) ** 2)

    def q(lat: float) -> float:
        s = math.sin(math.radians(lat))
        return s / (1 - (e * s) ** 2) + math.atanh(e * s) / e

    return POLAR**2 / 2 * math.radians(degrees) * (q(north) - q(south))


@pytest.mark.parametrize("lat", [0.0, 43.0, 55.0, -43.0])
def test_a_square_is_as_large_as_the_closed_form_says(lat: float) -> None:
    square = shapely.segmentize(shapely.box(76.0, lat, 76.5, lat + 0.5), 0.01)
    assert square_kilometres(square) == pytest.approx(zone(lat, lat + 0.5, 0.5), rel=1e-6)


def test_holes_do_not_count_and_the_way_round_does_not_matter() -> None:
    whole, hole = shapely.box(76, 43, 77, 44), shapely.box(76.2, 43.2, 76.4, 43.4)
    rest = shapely.Polygon(whole.exterior.coords, [hole.exterior.coords])
    assert square_kilometres(rest) == pytest.approx(square_kilometres(whole) - square_kilometres(hole))
    assert square_kilometres(shapely.reverse(rest)) == pytest.approx(square_kilometres(rest))
    two = shapely.MultiPolygon([hole, shapely.box(78, 43, 78.2, 43.2)])
    assert square_kilometres(two) > square_kilometres(hole)
