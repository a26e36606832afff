"""One position from many fixes."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.distance import metres, metres_per_degree
from geo.fixes import Fix, Located, Source, Why, locate

LAT, LON = 43.25, 76.95
KZ = (46.0, 40.0, 88.0, 56.0)
BEGAN = datetime(2026, 3, 2, 4, tzinfo=UTC)
EAST, NORTH = (float(scale) for scale in metres_per_degree(LAT))


def fix(
    east: float = 0.0, north: float = 0.0, accuracy: float | None = 8.0, visit: str = "a", **about: object
) -> Fix:
    """A fix so many metres from the door."""
    return Fix(LAT + north / NORTH, LON + east / EAST, accuracy, visit, **about)  # type: ignore[arg-type]


def located(fixes: list[Fix]) -> Located:
    found, _ = locate(fixes, KZ)
    assert found is not None
    return found


def off(found: Located, east: float = 0.0, north: float = 0.0) -> float:
    """Metres from the found position to a spot beside the door."""
    return float(metres(found.lon, found.lat, LON + east / EAST, LAT + north / NORTH))


NEAR = st.builds(
    fix,
    st.floats(-10, 10, allow_subnormal=False),
    st.floats(-10, 10, allow_subnormal=False),
    st.floats(3, 30),
    st.sampled_from("abc"),
)
ANYWHERE = st.builds(Fix, st.floats(40, 56), st.floats(46, 88), st.floats(0, 30), st.sampled_from("abz"))


@given(st.lists(NEAR | ANYWHERE, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_fixes_does_not_matter(fixes: list[Fix], random: Random) -> None:
    found, reasons = locate(fixes, KZ)
    order = list(range(len(fixes)))
    random.shuffle(order)
    again, others = locate([fixes[n] for n in order], KZ)
    assert (found and (found.lat, found.lon, found.radius_m)) == (again and (again.lat, again.lon, again.radius_m))
    told = sorted((fixes[n], reasons[n]).__repr__() for n in order)
    assert told == sorted((fixes[n], why).__repr__() for n, why in zip(order, others, strict=True))


@given(st.lists(NEAR, min_size=3, max_size=10, unique_by=lambda f: (f.lat, f.lon)), ANYWHERE)
def test_one_wild_fix_never_moves_it_far(fixes: list[Fix], wild: Fix) -> None:
    before, after = located(fixes), located([*fixes, wild])
    assert float(metres(before.lon, before.lat, after.lon, after.lat)) <= 45


@given(st.integers(2, 30))
def test_more_consistent_fixes_shrink_the_radius(n: int) -> None:
    fixes = [fix(k % 5 - 2, k % 7 - 3, visit=str(k)) for k in range(n + 1)]
    assert located(fixes).radius_m < located(fixes[:-1]).radius_m


def test_more_fixes_of_one_visit_help_less_than_as_many_visits() -> None:
    one = [fix(k, -k) for k in range(4)]
    four = [fix(k, -k, visit=str(k)) for k in range(4)]
    assert located(four).radius_m < located(one).radius_m < located(one[:1]).radius_m


def test_a_fix_in_the_car_park_does_not_count_against_three_at_the_door() -> None:
    found = located([fix(1, 2), fix(-2, 1), fix(0, -3), fix(150, 0, accuracy=3)])
    assert found.reasons == (None, None, None, Why.OUTLIER)
    assert off(found) < 3
    assert found.good


def test_vague_fixes_weigh_little() -> None:
    found = located([fix(0, 0, accuracy=5), fix(60, 0, accuracy=60)])
    assert found.reasons == (None, None)
    assert off(found) < 2


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Fix(0.0, 0.0, 5.0), Why.ZERO),
        (Fix(LON, LAT, 5.0), Why.SWAPPED),
        (Fix(-LAT, LON, 5.0), Why.OUTSIDE),
        (fix(accuracy=1500.0), Why.VAGUE),
        (fix(accuracy=0.0), Why.VAGUE),
        (fix(50, 50, at=BEGAN - timedelta(hours=2), visit_at=BEGAN), Why.STALE),
    ],
)
def test_what_is_no_measurement_of_this_place_does_not_count_and_it_is_said_why(bad: Fix, why: Why) -> None:
    found, reasons = locate([bad, fix(1, 1)], KZ)
    assert reasons == (why, None)
    assert found is not None
    assert off(found, 1, 1) < 0.01
    assert locate([bad], KZ) == (None, (why,))


def test_a_cached_fix_repeated_to_the_digit_counts_once() -> None:
    cached = [fix(40, 0, visit="b", at=BEGAN + timedelta(days=k)) for k in range(5)]
    _, reasons = locate(cached, KZ)
    assert reasons == (None, *[Why.REPEATED] * 4)
    assert located([*cached, fix(0, 0), fix(2, 0)]).radius_m == located([cached[0], fix(0, 0), fix(2, 0)]).radius_m


def test_positions_of_cameras_are_weak_evidence() -> None:
    cameras = [fix(90 + k, 0, accuracy=None, visit=str(k), source=Source.EXIF) for k in range(3)]
    assert off(located([fix(0, 0), *cameras])) < 5
    assert not located(cameras).good


def test_no_fixes_say_nothing() -> None:
    assert locate([], KZ) == (None, ())
