"""Proposals for a day's tour from PyVRP, a solver of vehicle routing problems with prizes and time windows.

It knows one window a client, no lunch and no unknown worth, so the day is told to it a little wrong: several
opening hours become clients of which one at most is visited, and the break is cut out of the time at a fixed
moment, once at the earliest and once at the latest. What comes back is a proposal and nothing more: `tours.py`
times it exactly.

Source: Wouda, Lan and Kool, PyVRP: a high-performance VRP solver package, 2024.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.tour_days import Order, Question, Seconds, Stop

ITERATIONS = 3_000  # in all; 200 places take less than a second
LONGEST = 1.0  # seconds in all, should the machine be slow

# The solver reckons in whole numbers, prizes and seconds of travel in one sum: all prizes together are worth this
# much, so that a place is worth a way wherever it can be reached at all.
ALL_PRIZES = 1_000_000
UNKNOWN_PRIZE = 500


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order of places, perhaps impossible. cut_short: time ran out before the iterations did."""

    order: Order
    cut_short: bool


def proposals(question: Question, first: Order, *, seed: int, iterations: int = ITERATIONS) -> Iterator[Proposal]:
    """What the solver would do; one proposal, or two where the day has a break.

    first: a possible tour, where it begins. Of what must be visited it is held to what this one visits: held to
    more than fits into the day it would find nothing.
    """
    lunch = question.lunch
    cuts = [(lunch.earliest, lunch.seconds), (lunch.latest, lunch.seconds)] if lunch else [(0, 0)]
    for cut in cuts:
        effort = _Effort(seed, iterations // len(cuts), LONGEST / len(cuts))
        yield _solved(question, first, _Cut(*cut), effort)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Time with some seconds cut out of it."""

    at: int
    seconds: int

    def __call__(self, moment: int) -> int:
        return moment - min(max(moment - self.at, 0), self.seconds)


@dataclass(frozen=True, slots=True)
class _Effort:
    """How long one call may search. longest: seconds."""

    seed: int
    iterations: int
    longest: float


def _solved(question: Question, first: Order, cut: _Cut, effort: _Effort) -> Proposal:
    # Imported when first needed: it brings a plotting library along, and most processes never plan a tour.
    import pyvrp  # noqa: PLC0415
    from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria  # noqa: PLC0415

    data, stop_of = _told(pyvrp, question, first, cut)
    if not stop_of:
        return Proposal((), cut_short=False)
    until = MultipleCriteria([MaxIterations(effort.iterations), MaxRuntime(effort.longest)])
    client_of = {stop: client for client, stop in reversed(list(enumerate(stop_of)))}
    route = [client_of[stop] for stop in first if stop in client_of]
    begun = pyvrp.Solution(data, [route] if route else [])
    result = pyvrp.solve(data, until, effort.seed, collect_stats=False, display=False, initial_solution=begun)
    found = [step.idx for route in result.best.routes() for step in route if step.is_client()]
    order = tuple(dict.fromkeys(stop_of[client] for client in found))
    return Proposal(order, cut_short=result.num_iterations < effort.iterations)


def _told(pyvrp: Any, question: Question, first: Order, cut: _Cut) -> tuple[Any, list[int]]:
    """The problem, and for each client the position of its stop."""
    known = sum(stop.prize or 0 for stop in question.stops)
    clients: list[Any] = []
    groups: list[Any] = []
    stop_of: list[int] = []
    for n, stop in enumerate(question.stops):
        windows, must = _windows(question, stop, cut), stop.required and n in first
        group = len(groups) if len(windows) > 1 else None
        if group is not None:
            members = list(range(len(clients), len(clients) + len(windows)))
            groups.append(pyvrp.ClientGroup(members, required=must))
        for early, late in windows:
            times = {"service_duration": stop.seconds, "tw_early": early, "tw_late": late}
            alone = must and group is None
            prize = 0 if must else _prize(stop, known)
            clients.append(pyvrp.Client(location=n + 1, prize=prize, required=alone, group=group, **times))
            stop_of.append(n)
    travel = question.travel if question.day.returns else _one_way(question.travel)
    across = len(travel)
    locations = [pyvrp.Location(x=0, y=0) for _ in range(across)]
    depots = [pyvrp.Depot(location=0)] + ([] if question.day.returns else [pyvrp.Depot(location=across - 1)])
    hours = {"tw_early": cut(question.day.begins), "tw_late": cut(question.day.ends)}
    inspector = pyvrp.VehicleType(num_available=1, start_depot=0, end_depot=len(depots) - 1, **hours)
    return pyvrp.ProblemData(locations, clients, depots, [inspector], [travel], [travel], groups), stop_of


def _windows(question: Question, stop: Stop, cut: _Cut) -> list[tuple[int, int]]:
    """Earliest and latest beginnings, one pair for each opening of the day that is long enough."""
    day = question.day
    opens = [(max(a, day.begins), min(b, day.ends)) for a, b in stop.opens] or [(day.begins, day.ends)]
    begun = [(cut(a), cut(b) - stop.seconds) for a, b in opens]
    return [(early, late) for early, late in begun if early <= late]


def _prize(stop: Stop, known: float) -> int:
    return UNKNOWN_PRIZE if stop.prize is None else round(ALL_PRIZES * stop.prize / known) if known else 0


def _one_way(travel: Seconds) -> Seconds:
    """The same with a last place that is nowhere and near everything: where a tour without a way back ends."""
    across = len(travel)
    longer = np.zeros((across + 1, across + 1), dtype=np.int64)
    longer[:across, :across] = travel
    return longer
