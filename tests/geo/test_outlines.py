from time import process_time
from typing import Any

import pytest
import shapely

from geo.outlines import BadOutline, read_outline

SQUARE = [[70.0, 50.0], [71.0, 50.0], [71.0, 51.0], [70.0, 51.0], [70.0, 50.0]]
HOLE = [[70.2, 50.2], [70.4, 50.2], [70.4, 50.4], [70.2, 50.2]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def flaws(geometry: object) -> list[tuple[str, str]]:
    with pytest.raises(BadOutline) as caught:
        read_outline(geometry)
    assert all(flaw.accepted for flaw in caught.value.flaws)
    return [(flaw.pointer, flaw.reason) for flaw in caught.value.flaws]


def test_a_polygon_with_a_hole_and_heights_is_read() -> None:
    high = [[*corner, 340.0] for corner in SQUARE]
    outline = read_outline(polygon(high, HOLE))
    assert outline.repair is None
    assert outline.polygon.equals(shapely.Polygon(SQUARE, [HOLE]))


def test_a_multipolygon_keeps_its_parts() -> None:
    far = [[lon + 2, lat] for lon, lat in SQUARE]
    outline = read_outline({"type": "MultiPolygon", "coordinates": [[SQUARE], [far]]})
    assert shapely.get_num_geometries(outline.polygon) == 2


@pytest.mark.parametrize(
    ("geometry", "pointer", "why"),
    [
        (None, "", "no geometry"),
        ({"type": "Point", "coordinates": [70, 50]}, "/type", "'Point' has no area"),
        ({"type": "MultiPolygon", "coordinates": []}, "/coordinates", "empty"),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], []]}, "/coordinates/1", "no rings"),
        (polygon(), "/coordinates", "no rings"),
        (polygon(SQUARE[:-1]), "/coordinates/0", "not closed"),
        (polygon(SQUARE[:2] + SQUARE[:1]), "/coordinates/0", "only 3 positions"),
        (polygon([[70, 50], [71, None], [71, 51], [70, 50]]), "/coordinates/0", "not all pairs of numbers"),
        (polygon([[70, 50], ["71", 50], [71, 51], [70, 50]]), "/coordinates/0", "not all pairs of numbers"),
        (polygon([[70, 50], [71], [71, 51], [70, 50]]), "/coordinates/0", "not all pairs of numbers"),
        (polygon("ring"), "/coordinates/0", "not all pairs of numbers"),
        (polygon([[70, 50], [71, float("nan")], [71, 51], [70, 50]]), "/coordinates/0/1", "NaN"),
        (polygon([[7e5, 5e6], [7.1e5, 5e6], [7.1e5, 5.1e6], [7e5, 5e6]]), "/coordinates/0/0", "not WGS 84"),
        (polygon([[70, 50], [71, 51], [71, 50], [70, 51], [70, 50]]), "/coordinates", "Self-intersection"),
        (polygon([[70, 50], [71, 51], [70, 50], [71, 51], [70, 50]]), "/coordinates", "no area"),
    ],
)
def test_what_cannot_be_an_area_is_refused_with_its_place(geometry: object, pointer: str, why: str) -> None:
    [(where, reason)] = flaws(geometry)
    assert where == pointer
    assert why in reason


def test_every_flawed_ring_is_named() -> None:
    geometry = {"type": "MultiPolygon", "coordinates": [[SQUARE[:-1]], [SQUARE, HOLE[:-1]]]}
    assert [where for where, _ in flaws(geometry)] == ["/coordinates/0/0", "/coordinates/1/1"]


def test_a_scribble_is_refused_before_all_its_crossings_are_found() -> None:
    comb = [[70 + n / 4000, lat] for n in range(2000) for lat in (50.0, 50.9)]
    across = [[lon, 50 + n / 4000] for n in range(2000) for lon in (70.0, 70.9)]
    began = process_time()
    ((pointer, reason),) = flaws(polygon([*comb, *across, comb[0]]))  # four million of them
    assert pointer == "/coordinates"
    assert "not sound" in reason
    assert process_time() - began < 5


def test_a_crossing_of_a_hair_is_repaired_and_said() -> None:
    twisted = [[70.0, 50.0], [71.0, 50.0], [71.0, 51.0], [70.0, 51.0], [70.00001, 51.00001]]
    outline = read_outline(polygon([*twisted, twisted[0]]))
    assert shapely.is_valid(outline.polygon)
    assert "repaired" in str(outline.repair)
    assert shapely.area(outline.polygon) == pytest.approx(1.0, rel=1e-4)
