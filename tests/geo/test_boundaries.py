from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.boundaries import AreaIndex, Placement
from geo.distance import metres

WEST = shapely.box(70.0, 50.0, 70.5, 50.5)
EAST = shapely.box(70.5, 50.0, 71.0, 50.5)
NEIGHBOURS = AreaIndex(["west", "east"], [WEST, EAST])


def indexed(areas: Sequence[tuple[str, Any]]) -> AreaIndex:
    return AreaIndex([code for code, _ in areas], [polygon for _, polygon in areas])


def placed(index: AreaIndex, lon: float, lat: float, accuracy: float = 0.0) -> tuple[str | None, Placement, Any]:
    found = index.assign([lon], [lat], [accuracy])
    return found.code(0), Placement(found.placement[0]), found.candidates.get(0)


def test_a_point_in_one_outline_belongs_there_for_certain() -> None:
    assert placed(NEIGHBOURS, 70.2, 50.2) == ("west", Placement.INSIDE, None)


def test_a_point_on_a_shared_border_goes_to_the_first_code() -> None:
    assert placed(NEIGHBOURS, 70.5, 50.2) == ("east", Placement.CONTESTED, ("east", "west"))


def test_where_outlines_overlap_by_mistake_the_one_with_the_point_deeper_inside_wins() -> None:
    overlap = AreaIndex(["a", "b"], [shapely.box(70, 50, 70.51, 50.5), shapely.box(70.49, 50, 71, 50.5)])
    assert placed(overlap, 70.493, 50.2) == ("a", Placement.CONTESTED, ("a", "b"))
    assert placed(overlap, 70.507, 50.2) == ("b", Placement.CONTESTED, ("b", "a"))
    assert placed(overlap, 70.5, 50.2)[0] == "a", "the middle of the strip goes to the first code"


def test_a_city_drawn_over_its_district_wins_although_the_district_reaches_deeper() -> None:
    city = shapely.box(70.2, 50.2, 70.25, 50.25)
    index = AreaIndex(["a district", "city"], [WEST, city])
    assert placed(index, 70.22, 50.22) == ("city", Placement.CONTESTED, ("city", "a district"))
    assert placed(index, 70.1, 50.1)[0] == "a district"


def test_just_outside_every_outline_the_nearest_in_metres_is_taken_and_marked() -> None:
    # 0.04° east is 2.9 km, 0.03° north is 3.3 km: in degrees the other one would be nearer.
    index = AreaIndex(["beside", "below"], [shapely.box(69, 50, 70, 50.5), shapely.box(70, 49, 71, 50.17)])
    found = index.assign([70.04], [50.2])
    assert (found.code(0), found.placement[0]) == ("beside", Placement.NEAREST)
    assert found.metres[0] == pytest.approx(float(metres(70.04, 50.2, 70.0, 50.2)), abs=1.0)


def test_farther_out_than_the_tolerance_is_nowhere() -> None:
    found = NEIGHBOURS.assign([70.2, 70.2], [49.956, 49.954])
    assert found.placement.tolist() == [Placement.NEAREST, Placement.NOWHERE]
    assert (found.code(1), found.area[1], np.isnan(found.metres[1])) == (None, -1, True)


@pytest.mark.parametrize(
    ("lon", "lat"), [(np.nan, 50.2), (70.2, np.inf), (0.0, 0.0), (50.2, 70.2), (430.2, 50.2), (70.2, 95.0)]
)
def test_a_coordinate_that_makes_no_sense_is_nowhere(lon: float, lat: float) -> None:
    assert placed(NEIGHBOURS, lon, lat, accuracy=10.0) == (None, Placement.NOWHERE, None)


def test_a_fix_whose_circle_crosses_a_border_is_uncertain_and_names_both_sides() -> None:
    # 0.001° of longitude is 72 m here.
    assert placed(NEIGHBOURS, 70.499, 50.2, accuracy=70) == ("west", Placement.INSIDE, None)
    assert placed(NEIGHBOURS, 70.499, 50.2, accuracy=75) == ("west", Placement.INSIDE, ("west", "east"))


def test_a_circle_that_only_leaves_the_country_is_not_uncertain() -> None:
    assert placed(NEIGHBOURS, 70.001, 50.2, accuracy=500) == ("west", Placement.INSIDE, None)


def test_outside_every_outline_accuracy_counts_from_the_far_side_of_the_circle() -> None:
    # 110 m south of both; the corner where they meet is 143 m west of the point.
    assert placed(NEIGHBOURS, 70.502, 49.999, accuracy=10) == ("east", Placement.NEAREST, None)
    assert placed(NEIGHBOURS, 70.502, 49.999, accuracy=50)[2] == ("east", "west")


def test_a_coarse_fix_beyond_the_tolerance_stays_nowhere_but_names_what_it_could_be() -> None:
    assert placed(NEIGHBOURS, 70.2, 49.93, accuracy=9_000) == (None, Placement.NOWHERE, ("west",))


def test_an_unknown_accuracy_asks_nothing_and_a_negative_one_is_refused() -> None:
    assert not NEIGHBOURS.assign([70.4999], [50.2], [np.nan]).candidates
    with pytest.raises(ValueError, match="cannot be negative"):
        NEIGHBOURS.assign([70.4999], [50.2], [-1.0])


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="as many"):
        NEIGHBOURS.assign([70.0, 71.0], [50.0])


def test_no_points_give_no_assignments() -> None:
    assert len(NEIGHBOURS.assign([], [], []).area) == 0


def test_an_index_without_areas_places_nothing() -> None:
    assert placed(AreaIndex([], []), 70.2, 50.2) == (None, Placement.NOWHERE, None)


@pytest.mark.parametrize(
    ("codes", "polygons"),
    [
        (["a", "a"], [WEST, EAST]),
        (["a"], [WEST, EAST]),
        (["a"], [shapely.Polygon()]),
        (["a"], [shapely.Point(70, 50)]),
        (["a"], [shapely.Polygon([(70, 50), (71, 51), (71, 50), (70, 51)])]),
    ],
)
def test_outlines_that_are_no_areas_are_refused(codes: list[str], polygons: Sequence[Any]) -> None:
    with pytest.raises(ValueError, match="polygon"):
        AreaIndex(codes, polygons)


def test_a_hole_is_outside_and_an_exclave_is_inside() -> None:
    ring = WEST.difference(shapely.box(70.2, 50.2, 70.4, 50.4)).union(shapely.box(72, 52, 72.1, 52.1))
    index = AreaIndex(["ring"], [ring])
    assert placed(index, 72.05, 52.05)[1] is Placement.INSIDE
    hole = index.assign([70.21], [50.3])
    assert hole.placement[0] == Placement.NEAREST
    assert hole.metres[0] == pytest.approx(float(metres(70.21, 50.3, 70.2, 50.3)), abs=0.01)


MESSY = [
    ("a", shapely.box(70.0, 50.0, 70.51, 50.5)),
    ("b", shapely.box(70.49, 50.0, 71.0, 50.5)),
    ("c", shapely.box(70.4, 50.49, 70.6, 50.8)),
    ("d", shapely.box(70.1, 50.1, 70.2, 50.2)),
]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(69.9, 71.1), st.floats(49.9, 50.9), st.floats(0, 3_000)), min_size=1, max_size=30
    ),
    st.sampled_from(list(permutations(MESSY))),
)
def test_neither_the_order_of_areas_nor_the_company_of_other_points_matters(
    points: list[tuple[float, float, float]], order: Sequence[tuple[str, Any]]
) -> None:
    lon, lat, accuracy = zip(*points, strict=True)
    together = indexed(MESSY).assign(lon, lat, accuracy)
    shuffled = indexed(order)
    for n, (x, y, radius) in enumerate(points):
        alone = placed(shuffled, x, y, radius)
        assert alone == (together.code(n), together.placement[n], together.candidates.get(n))


@settings(max_examples=60)
@given(st.floats(69.9, 71.1), st.floats(49.9, 50.9), st.floats(1, 3_000))
def test_candidates_are_exactly_the_areas_that_the_circle_reaches(x: float, y: float, radius: float) -> None:
    index = indexed(MESSY)
    code, placement, candidates = placed(index, x, y, radius)
    if placement in (Placement.NEAREST, Placement.NOWHERE):
        return
    spot = shapely.Point(x, y)
    reached = set()
    for name, polygon in MESSY:
        outline = shapely.segmentize(polygon.exterior, 2e-4)
        lon, lat = shapely.get_coordinates(outline).T
        away = 0.0 if polygon.intersects(spot) else float(metres(x, y, lon, lat).min())
        if abs(away - radius) < 10:
            return  # the corners of the outline stand too far apart to tell
        if away <= radius:
            reached.add(name)
    assert set(candidates or (code,)) == reached
