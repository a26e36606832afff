"""Outlines as a small picture."""

import shapely

from geo.drawings import WIDE, drawing


def test_north_is_up_and_the_picture_is_as_wide_as_it_should_be() -> None:
    west, east = shapely.box(76.0, 43.0, 76.5, 43.5), shapely.box(76.5, 43.0, 77.0, 43.5)
    made = drawing({"b": east, "a": west}, (76.0, 43.0, 77.0, 43.5))
    assert made.size[0] == WIDE
    assert 600 < made.size[1] < 700, "half a degree of latitude is longer than half a degree of longitude here"
    assert list(made.paths) == ["a", "b"]
    assert made.paths["a"].startswith("M")
    assert " 0L" in made.paths["a"], "its northern edge is at the top"


def test_what_is_finer_than_the_eye_is_left_out_and_nothing_vanishes() -> None:
    jagged = shapely.segmentize(shapely.box(76.0, 43.0, 76.5, 43.5), 0.0001)
    tiny = shapely.box(76.9, 43.4, 76.9001, 43.4001)
    made = drawing({"a": jagged, "b": tiny}, (76.0, 43.0, 77.0, 43.5))
    assert len(made.paths["a"]) < 100
    assert made.paths["b"]
