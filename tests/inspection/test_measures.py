import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.measures import UNITS, Dimension, NotConvertible, UnknownUnit, convert, convertible_units

LENGTHS = ("m", "cm", "mm")
CONVERTIBLE = [code for code, unit in UNITS.items() if unit.dimension is not Dimension.COUNT]


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        (90, "cm", "m", 0.9),
        (900, "mm", "m", 0.9),
        (0.9, "m", "cm", 90),
        (0.014, "m", "cm", 1.4),
        (366, "cm", "m", 3.66),
        (0.1 + 0.2, "m", "m", 0.3),
        (0.05, "ratio", "percent", 5),
        ("1:20", "ratio", "percent", 5),
        ("1 : 12,5", "ratio", "percent", 8),
        ("1:12", "ratio", "percent", 8.333333),
        (45, "degrees", "percent", 100),
        (100, "percent", "degrees", 45),
        (2.862405226, "degrees", "percent", 5),
        (90, "s", "min", 1.5),
        (5, "min", "s", 300),
        (3, "entrances", "entrances", 3),
    ],
)
def test_a_value_comes_out_exactly_as_a_person_would_write_it(
    value: float, unit: str, wanted: str, expected: float
) -> None:
    assert convert(value, unit, wanted) == expected


@given(micrometres=st.integers(0, 10**9), unit=st.sampled_from(LENGTHS), limit_mm=st.integers(1, 10**6))
def test_whether_a_length_reaches_a_limit_does_not_depend_on_the_unit_of_the_tape(
    micrometres: int, unit: str, limit_mm: int
) -> None:
    per_unit = {"m": 1_000_000, "cm": 10_000, "mm": 1_000}[unit]
    read_as = micrometres / per_unit
    for asked in LENGTHS:
        limit = limit_mm * 1_000 / {"m": 1_000_000, "cm": 10_000, "mm": 1_000}[asked]
        assert (convert(read_as, unit, asked) >= limit) == (micrometres >= limit_mm * 1_000)


@given(hundredths=st.integers(0, 10_000), limit=st.integers(1, 100))
def test_whether_a_slope_keeps_a_limit_does_not_depend_on_percent_ratio_or_degrees(
    hundredths: int, limit: float
) -> None:
    percent = hundredths / 100
    steep = hundredths <= limit * 100
    assert (convert(percent, "percent", "percent") <= limit) == steep
    assert (convert(hundredths / 10_000, "ratio", "percent") <= limit) == steep
    assert (convert(math.degrees(math.atan(hundredths / 10_000)), "degrees", "percent") <= limit) == steep
    there_and_back = convert(convert(percent, "percent", "degrees"), "degrees", "percent")
    assert there_and_back == percent


@given(unit=st.sampled_from(CONVERTIBLE), part=st.floats(0, 1), data=st.data())
def test_a_reading_survives_the_way_to_another_unit_and_back(unit: str, part: float, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(convertible_units(unit)))
    reading = convert(part * UNITS[unit].most, unit, unit)
    back = convert(convert(reading, unit, other), other, unit)
    coarsest = 10.0 ** -min(UNITS[unit].decimals, 4)
    assert math.isclose(back, reading, rel_tol=1e-6, abs_tol=2 * coarsest)


def test_the_most_that_is_measured_is_the_same_in_every_unit_of_a_dimension() -> None:
    for code in CONVERTIBLE:
        for other in convertible_units(code):
            assert convert(UNITS[code].most, code, other) == UNITS[other].most


def test_a_minus_before_nothing_is_dropped() -> None:
    assert math.copysign(1, convert(-1e-12, "m", "m")) == 1


@pytest.mark.parametrize("unit", ["feet", "", "M", "%"])
def test_an_unknown_unit_is_named_with_those_that_are_known(unit: str) -> None:
    with pytest.raises(UnknownUnit) as refused:
        convert(1, unit, "m")
    assert "mm" in refused.value.members["accepted"]


@pytest.mark.parametrize(("unit", "wanted"), [("m", "percent"), ("s", "m"), ("spaces", "entrances"), ("N", "min")])
def test_units_of_different_things_do_not_convert(unit: str, wanted: str) -> None:
    with pytest.raises(NotConvertible):
        convert(1, unit, wanted)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (math.nan, "m"),
        (math.inf, "m"),
        (-math.inf, "percent"),
        (10**400, "mm"),
        (90, "degrees"),
        (-120, "degrees"),
        ("1:0", "ratio"),
        ("1:" + "9" * 400, "ratio"),
        ("1/12", "ratio"),
        ("-1:12", "ratio"),
        ("", "ratio"),
        ("1:12", "percent"),
        ("0.9", "m"),
    ],
)
def test_what_is_no_finite_number_of_its_unit_is_refused(value: float, unit: str) -> None:
    with pytest.raises(NotConvertible):
        convert(value, unit, convertible_units(unit)[-1])


def test_counts_convert_into_nothing_else() -> None:
    assert convertible_units("spaces") == ("spaces",)
    assert set(convertible_units("cm")) == set(LENGTHS)
