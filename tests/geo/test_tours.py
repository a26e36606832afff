"""A day's tour: what the clock says of an order, and that no tour is worse than the greedy ones."""

from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.tour_days import Day, Lunch, Order, Question, Seconds, Stop, Timed, straight_travel
from geo.tour_solver import proposals
from geo.tours import best_tour, by_prize, by_rate, greedy, mended

HOUR = 3_600
NINE_TO_SIX = Day(9 * HOUR, 18 * HOUR)
LUNCH = Lunch(12 * HOUR, 14 * HOUR, HOUR)
QUICK = 300  # iterations: enough to see that the parts fit


def line(n: int, leg: int = 600) -> Seconds:
    """Places in a row, each `leg` seconds from the next, the start at one end."""
    at = np.arange(n + 1)
    return np.asarray(np.abs(at[:, None] - at[None, :]) * leg, dtype=np.int64)


def question(*stops: Stop, day: Day = NINE_TO_SIX, travel: Seconds | None = None) -> Question:
    return Question(day, stops, line(len(stops)) if travel is None else travel)


@st.composite
def questions(draw: Any, most: int = 9) -> Question:
    """Any day: with or without a break, a way back, opening hours, visits that must be and unknown worth."""
    n = draw(st.integers(1, most))
    spots = draw(st.lists(st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)), min_size=n + 1, max_size=n + 1))
    begins = draw(st.integers(7, 11)) * HOUR
    ends = begins + draw(st.integers(1, 9)) * HOUR
    hours = st.sampled_from([(), ((9 * HOUR, 13 * HOUR), (14 * HOUR, 18 * HOUR)), ((10 * HOUR, 11 * HOUR),)])
    stop = st.builds(
        Stop,
        seconds=st.integers(0, 2 * HOUR),
        prize=st.none() | st.integers(0, 50).map(float),
        required=st.booleans(),
        opens=hours,
    )
    stops = draw(st.lists(stop, min_size=n, max_size=n))
    day = Day(begins, ends, draw(st.booleans()), draw(st.none() | st.just(LUNCH)))
    return Question(day, stops, straight_travel(spots, 1.4, 7))


def is_possible(asked: Question, timed: Timed) -> None:
    """Every rule of the day, checked by hand along the tour."""
    here, day, left = 0, asked.day, asked.day.begins
    for visit in timed.visits:
        assert visit.arrives - left >= int(asked.travel[here, visit.stop + 1])
        assert visit.leaves - visit.begins == asked.stops[visit.stop].seconds
        assert visit.begins >= visit.arrives
        opens = asked.stops[visit.stop].opens
        assert not opens or any(a <= visit.begins and visit.leaves <= b for a, b in opens)
        if timed.lunch is not None and day.lunch is not None:
            over = timed.lunch + day.lunch.seconds
            assert visit.leaves <= timed.lunch or visit.begins >= over, "a break interrupts no visit"
        left, here = visit.leaves, visit.stop + 1
    assert timed.ends <= day.ends
    if timed.lunch is not None and day.lunch is not None:
        assert day.lunch.earliest <= timed.lunch <= day.lunch.latest
    elif day.lunch is not None and day.begins <= day.lunch.latest:
        assert timed.ends <= day.lunch.latest, "only who is done before it goes without"
    path = [0, *(visit.stop + 1 for visit in timed.visits)]
    legs = [int(asked.travel[a, b]) for a, b in pairwise(path)]
    work = sum(asked.stops[v.stop].seconds for v in timed.visits)
    rest = day.lunch.seconds if timed.lunch is not None and day.lunch else 0
    back = int(asked.travel[here, 0]) if day.returns else 0
    assert timed.ends - day.begins >= sum(legs) + back + work + rest, "time for every way, visit and break"


@given(questions(most=5), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_a_timed_order_keeps_every_rule_of_the_day(asked: Question, source: Any) -> None:
    order = list(range(len(asked.stops)))
    source.shuffle(order)
    timed = asked.timed(tuple(order))
    if timed is not None:
        assert [visit.stop for visit in timed.visits] == order
        is_possible(asked, timed)


@given(questions())
@settings(max_examples=60, deadline=None)
def test_no_tour_is_worse_than_a_greedy_one(asked: Question) -> None:
    tour = best_tour(asked, seed=1, iterations=QUICK)
    is_possible(asked, tour.timed)
    for rule in (by_prize, by_rate, greedy):
        timed = asked.timed(rule(asked))
        assert timed is not None
        assert asked.score(tour.timed) >= asked.score(timed)


@given(questions(), st.permutations(range(9)))
@settings(max_examples=100, deadline=None)
def test_mending_makes_any_order_possible_and_none_worse(asked: Question, shuffled: list[int]) -> None:
    order = tuple(n for n in shuffled if n < len(asked.stops))
    before = asked.timed(order)
    after = asked.timed(mended(asked, order))
    assert after is not None
    is_possible(asked, after)
    assert before is None or asked.score(after) >= asked.score(before)


@pytest.mark.parametrize("seed", range(8))
def test_for_few_places_the_best_of_all_orders_is_found(seed: int) -> None:
    source = np.random.default_rng(seed)
    spots = [(76.9, 43.2), *source.normal((76.9, 43.2), 0.07, (6, 2)).tolist()]
    stops = [Stop(HOUR, float(source.integers(1, 90)), required=n == 0) for n in range(6)]
    asked = Question(Day(9 * HOUR, 14 * HOUR), stops, straight_travel(spots, 1.4, 6))
    every: list[Order] = [order for length in range(7) for order in permutations(range(6), length)]
    best = max(asked.score(timed)[:3] for order in every if (timed := asked.timed(order)) is not None)
    assert asked.score(best_tour(asked, seed=seed).timed)[:3] == best


def test_the_same_seed_gives_the_same_tour() -> None:
    source = np.random.default_rng(5)
    spots = source.normal((76.9, 43.2), 0.1, (41, 2)).tolist()
    stops = [Stop(HOUR // 2, float(source.integers(1, 90))) for _ in range(40)]
    asked = Question(Day(9 * HOUR, 18 * HOUR, lunch=LUNCH), stops, straight_travel(spots, 1.4, 6))
    first, again = (best_tour(asked, seed=3, iterations=QUICK) for _ in range(2))
    assert first == again


def test_what_must_be_visited_comes_before_any_prize() -> None:
    far, near = Stop(HOUR, 1.0, required=True), Stop(HOUR, 1000.0)
    travel = np.array([[0, 4 * HOUR, 60], [4 * HOUR, 0, 4 * HOUR], [60, 4 * HOUR, 0]], dtype=np.int64)
    tour = best_tour(question(far, near, travel=travel, day=Day(9 * HOUR, 18 * HOUR)), iterations=QUICK)
    assert [visit.stop for visit in tour.timed.visits] == [0]


def test_what_must_be_visited_and_cannot_is_said() -> None:
    closed = Stop(HOUR, 5.0, required=True, opens=((6 * HOUR, 7 * HOUR),))
    tour = best_tour(question(closed, Stop(HOUR, 1.0)), iterations=QUICK)
    assert (tour.missed, [visit.stop for visit in tour.timed.visits]) == ((0,), [1])


def test_unknown_worth_is_neither_nothing_nor_a_prize() -> None:
    known, unknown, nothing = Stop(4 * HOUR, 1.0), Stop(4 * HOUR, None), Stop(4 * HOUR, 0.0)
    tour = best_tour(question(nothing, unknown, known), iterations=QUICK)
    assert {visit.stop for visit in tour.timed.visits} == {1, 2}
    assert (tour.collected, tour.unknown) == (1.0, 1)


def test_a_break_falls_between_visits_and_waits_for_nobody() -> None:
    timed = question(Stop(3 * HOUR, 1), Stop(2 * HOUR, 1), day=Day(9 * HOUR, 18 * HOUR, lunch=LUNCH)).timed((0, 1))
    assert timed is not None
    first, second = timed.visits
    assert (first.leaves, timed.lunch, second.arrives) == (12 * HOUR + 600, 12 * HOUR + 600, 13 * HOUR + 1200)
    assert question(Stop(6 * HOUR, 1), day=Day(11 * HOUR, 18 * HOUR, lunch=LUNCH)).timed((0,)) is None, "no break"


def test_waiting_for_a_door_can_be_the_break() -> None:
    afternoon = Stop(HOUR, 1, opens=((14 * HOUR, 18 * HOUR),))
    timed = question(Stop(HOUR, 1), afternoon, day=Day(9 * HOUR, 18 * HOUR, lunch=LUNCH)).timed((0, 1))
    assert timed is not None
    assert timed.visits[1].begins == 14 * HOUR


def test_without_a_way_back_the_day_ends_at_the_last_place() -> None:
    stops = [Stop(HOUR, 1.0)] * 2
    ends = [question(*stops, day=Day(0, 24 * HOUR, returns=r)).timed((0, 1)) for r in (True, False)]
    assert [each.ends for each in ends if each] == [2 * HOUR + 4 * 600, 2 * HOUR + 2 * 600]
    tour = best_tour(question(*stops, day=Day(0, 3 * HOUR, returns=False)), iterations=QUICK)
    assert len(tour.timed.visits) == 2


def test_the_solver_keeps_what_must_be_visited_and_knows_closing_hours() -> None:
    stops = [Stop(HOUR, 10.0 + n, opens=((9 * HOUR, 12 * HOUR), (14 * HOUR, 18 * HOUR))) for n in range(8)]
    stops[3] = Stop(HOUR, 0.0, required=True, opens=((9 * HOUR, 12 * HOUR), (14 * HOUR, 18 * HOUR)))
    asked = question(*stops)
    for proposal in proposals(asked, (3,), seed=1, iterations=QUICK):
        assert 3 in proposal.order
        assert asked.timed(proposal.order) is not None
        assert len(proposal.order) >= 5


def test_nowhere_to_go_is_a_tour_without_visits() -> None:
    tour = best_tour(question())
    assert (tour.timed.visits, tour.collected, tour.missed) == ((), 0, ())


@pytest.mark.parametrize(
    ("stop", "day", "travel"),
    [
        (Stop(-1, 1.0), NINE_TO_SIX, line(1)),
        (Stop(1, -1.0), NINE_TO_SIX, line(1)),
        (Stop(1, float("nan")), NINE_TO_SIX, line(1)),
        (Stop(1, 1.0), Day(10, 9), line(1)),
        (Stop(1, 1.0), NINE_TO_SIX, line(2)),
        (Stop(1, 1.0), NINE_TO_SIX, -line(1)),
    ],
)
def test_what_cannot_be_is_refused(stop: Stop, day: Day, travel: Seconds) -> None:
    with pytest.raises(ValueError, match=r"travel|prize|ends"):
        Question(day, [stop], travel)


def test_straight_travel_is_as_long_as_the_earth_says() -> None:
    # A degree of latitude at 43° is 111.1 km; at 10 m/s and a detour of 1.5 that is 16,665 s.
    there = straight_travel([(76.9, 43.0), (76.9, 44.0)], 1.5, 10)
    assert there[0, 1] == there[1, 0] == pytest.approx(16_665, rel=1e-3)
    assert there[0, 0] == 0
