"""Tiles: where points lie, how they are counted together, and that nothing is lost, doubled or torn."""

import json
import math

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.coverages import Coverage
from geo.tiles import (
    END_OF_WORLD,
    EXTENT,
    MARGIN,
    Clusters,
    Tile,
    clipped,
    cluster,
    layer,
    points,
    within,
    world,
)
from tests.shared_files import shared

SPOTS = st.lists(st.tuples(st.floats(-180, 180), st.floats(-85, 85)), min_size=1, max_size=40)


def in_world(spots: list[tuple[float, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lon, lat = zip(*spots, strict=True)
    return world(lon, lat)


def every_cluster(x: NDArray[np.float64], y: NDArray[np.float64], z: int) -> dict[int, tuple[int, int]]:
    """Of every tile of a zoom that has points: cell to count, and to the tile it was found in."""
    found: dict[int, tuple[int, int]] = {}
    for column in range(2**z):
        for row in range(2**z):
            tile = Tile(z, column, row)
            there = within(x, y, tile)
            if len(there):
                made = cluster(x[there], y[there], tile)
                for cell, count in zip(made.cell.tolist(), made.count.tolist(), strict=True):
                    assert cell not in found, "a cluster is in one tile only"
                    found[cell] = (count, column)
    return found


@given(SPOTS, st.integers(0, 4))
def test_every_point_is_counted_in_exactly_one_tile(spots: list[tuple[float, float]], z: int) -> None:
    x, y = in_world(spots)
    assert sum(count for count, _ in every_cluster(x, y, z).values()) == len(spots)


@given(SPOTS, st.integers(0, 3))
def test_clusters_of_a_zoom_add_up_to_those_of_the_zoom_before(spots: list[tuple[float, float]], z: int) -> None:
    x, y = in_world(spots)
    coarse = {cell: count for cell, (count, _) in every_cluster(x, y, z).items()}
    across = 2 ** (z + 1) * 8
    summed: dict[int, int] = {}
    for cell, (count, _) in every_cluster(x, y, z + 1).items():
        row, column = divmod(cell, across)
        around = (row // 2) * (across // 2) + column // 2
        summed[around] = summed.get(around, 0) + count
    assert summed == coarse


@given(SPOTS, st.integers(0, 20))
def test_a_drawn_point_lies_within_its_tile(spots: list[tuple[float, float]], z: int) -> None:
    x, y = in_world(spots)
    tile = Tile(z, int(x[0] * 2**z), int(y[0] * 2**z))
    there = within(x, y, tile)
    assert 0 in there
    made = cluster(x[there], y[there], tile)
    drawn = shapely.get_coordinates(points(made.x, made.y, tile))
    assert drawn.min() >= 0
    assert drawn.max() < EXTENT


def test_the_edges_of_the_world_are_on_it_and_what_is_beyond_is_on_no_tile() -> None:
    x, y = world([-180, 180, 0, 0, 0, np.nan], [0, 0, END_OF_WORLD, -END_OF_WORLD, 86, 10])
    assert x[0] == x[1] == 0, "180° is one meridian"
    assert y[2] == pytest.approx(0, abs=1e-12)
    assert int(y[3] * 2**20) == 2**20 - 1, "the southern edge is in the last row"
    assert within(x, y, Tile(0, 0, 0)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("lon", "lat"), [(76.9286, 43.2567), (71.43, 51.13), (-70.6, -33.4)])
def test_a_place_lies_in_the_tile_of_the_usual_formula(lon: float, lat: float) -> None:
    # https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames
    phi = math.radians(lat)
    row = (1 - math.log(math.tan(phi) + 1 / math.cos(phi)) / math.pi) / 2 * 2**12
    x, y = world([lon], [lat])
    assert (int(x[0] * 2**12), int(y[0] * 2**12)) == (int((lon + 180) / 360 * 2**12), int(row))


@pytest.mark.parametrize(
    "numbers", [(-1, 0, 0), (21, 0, 0), (0, 1, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0), (3, 0, -1)]
)
def test_numbers_that_no_tile_has_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="from 0 to"):
        Tile(*numbers)


def test_sums_follow_the_clusters() -> None:
    x, y = world([10, 10, 60], [50, 50, 20])
    made: Clusters = cluster(x, y, Tile(0, 0, 0))
    assert sorted(zip(made.count.tolist(), made.sums([True, False, True]).tolist(), strict=True)) == [
        (1, 1),
        (2, 1),
    ]


def test_a_layer_reads_back_as_it_was_written() -> None:
    west = shapely.box(0, 0, 100, 200)
    written = layer("areas", [west, shapely.Point(5, 7)], [{"code": "a"}, {"n": 3, "rough": True}], [1, 2])
    read = mapbox_vector_tile.decode(written, default_options={"y_coord_down": True})["areas"]
    assert read["extent"] == EXTENT
    polygon, point = read["features"]
    assert shapely.geometry.shape(polygon["geometry"]).equals(west)
    assert (point["geometry"]["coordinates"], point["properties"]) == ([5, 7], {"n": 3, "rough": True})
    assert layer("areas", [shapely.Polygon()], [{}]) == b""


def wavy_neighbours() -> tuple[object, object]:
    """Two areas with a border that winds between them, in degrees."""
    lat = np.linspace(40, 50, 4_000)
    lon = 70 + 0.3 * np.sin(lat * 9) + 0.05 * np.sin(lat * 211)
    border = list(zip(lon, lat, strict=True))
    return (
        shapely.Polygon([*border, (60, 50), (60, 40)]),
        shapely.Polygon([*reversed(border), (80, 40), (80, 50)]),
    )


@pytest.mark.parametrize("z", [0, 2, 4, 6, 8])
def test_neighbours_made_simpler_together_do_not_gape(z: int) -> None:
    coverage = Coverage(["west", "east"], list(wavy_neighbours()))
    x, y = world([70.0], [45.0])
    tile = Tile(z, int(x[0] * 2**z), int(y[0] * 2**z))
    _, polygons = coverage.near(z, tile.box(MARGIN))
    assert shapely.coverage_is_valid(polygons)
    assert shapely.get_num_coordinates(polygons).sum() < 8_000, "simpler than they were drawn"
    west, east = clipped(polygons, tile)
    union = shapely.union(west, east)
    assert len(shapely.get_parts(union)) == 1
    assert shapely.get_num_interior_rings(union) == 0, "a gap between the two"
    assert union.area == pytest.approx(west.area + east.area, rel=1e-9), "an overlap of the two"


def test_real_districts_keep_their_cover_at_every_zoom() -> None:
    """Between real neighbours that were drawn without gaps none opens: the union keeps its area and its parts."""
    drawn = json.loads(shared("data/geo/kz_adm2_2024.geojson").read_text(encoding="utf-8"))["features"]
    polygons = [shapely.make_valid(shapely.geometry.shape(each["geometry"])) for each in drawn]
    coverage = Coverage([each["properties"]["code"] for each in drawn], polygons)
    whole = Tile(0, 0, 0)
    _, plain = coverage.near(12, whole.box())
    before = shapely.union_all(plain)
    for z in (3, 5, 7):
        _, simple = coverage.near(z, whole.box())
        after = shapely.union_all(simple)
        assert not shapely.is_empty(simple).any(), "no district vanishes"
        holes = shapely.get_num_interior_rings(shapely.get_parts(after)).sum()
        assert holes <= shapely.get_num_interior_rings(shapely.get_parts(before)).sum()
        assert after.area == pytest.approx(before.area, rel=0.01)
