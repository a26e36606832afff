"""A day's tour: which of many places one person visits in which order, to collect the most in the hours they have.

Plain values in, plain values out. A tour is judged by four things, each deciding only where those before it are
equal: how many of the visits that must be made it makes; what it collects; how many places of unknown worth it
sees; and how early it ends. Unknown is worth no sum, but more than nothing: somebody should go and look.

Proposals come from two greedy rules and from a solver (`tour_solver.py`); all are checked, timed and mended by one
exact clock (`tour_days.py`), and the best is returned. So a tour is never worse than the better of the two greedy
ones, whatever the solver does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geo.tour_days import Order, Question, Stop, Timed
from geo.tour_solver import ITERATIONS, proposals

MOST_MENDING = 2_000  # orders timed: a count and not a time, so that the same day gives the same tour


@dataclass(frozen=True, slots=True)
class Tour:
    """What was found.

    collected: sum of the known prizes. unknown: visits of unknown worth. missed: positions of required stops that
    do not fit into the day. by: `greedy` or `solver`. cut_short: the solver ran out of time, so that another run
    may find another tour.
    """

    timed: Timed
    collected: float
    unknown: int
    missed: tuple[int, ...]
    by: str
    cut_short: bool = False


def greedy(question: Question) -> Order:
    """The better of two rules of thumb: the greatest prize first, and the most prize for the minutes it costs.

    Both put each place where it costs the least time, and both take what must be visited first.
    """
    return max(
        (by_prize(question), by_rate(question)), key=lambda order: question.score(_must_fit(question, order))
    )


def _must_fit(question: Question, order: Order) -> Timed:
    timed = question.timed(order)
    if timed is None:
        raise ValueError("a tour that was built step by step fits into its day")
    return timed


def _rank(stop: Stop) -> tuple[bool, bool, float]:
    return stop.required, stop.prize is not None, stop.prize or 0.0


def by_prize(question: Question) -> Order:
    """Down the ranked list, each place where it costs the least time, if it still fits into the day."""
    order: Order = ()
    for n in sorted(range(len(question.stops)), key=lambda n: _rank(question.stops[n]), reverse=True):
        order = _with(question, order, n) or order
    return order


def by_rate(question: Question) -> Order:
    """What must be visited, then each time the place that gives the most prize for the time it costs."""
    order: Order = ()
    required = [n for n, stop in enumerate(question.stops) if stop.required]
    for n in sorted(required, key=lambda n: _rank(question.stops[n]), reverse=True):
        order = _with(question, order, n) or order
    return _filled(question, order)


def _filled(question: Question, order: Order) -> Order:
    """The tour with further places, as long as one fits: each time the one that gives most for its time."""
    if question.timed(order) is None:
        return order
    left = {n for n in range(len(question.stops)) if n not in order}
    while left:
        for n in _by_worth(question, order, left):
            if (longer := _with(question, order, n)) is not None:
                order = longer
                left.discard(n)
                break
            left.discard(n)  # what does not fit now fits no better later
        else:
            break
    return order


def _by_worth(question: Question, order: Order, left: set[int]) -> Iterator[int]:
    """Places for which there could be time, by prize for the time they cost at least; of unknown worth last."""
    some = np.array(sorted(left), dtype=np.int64)
    path = [0, *(n + 1 for n in order), *([0] if question.day.returns else [])]
    travel, spots = question.travel, some + 1
    way = [travel[a, spots] + travel[spots, b] - travel[a, b] for a, b in pairwise(path)]
    if not question.day.returns:
        way.append(travel[path[-1], spots])
    cost = np.min(np.array(way), axis=0) + np.array([question.stops[n].seconds for n in some])
    taken = sum(question.rows[a][b] for a, b in pairwise(path)) + sum(question.stops[n].seconds for n in order)
    timed = question.timed(order)
    if timed is not None and timed.lunch is not None and question.lunch is not None:
        taken += question.lunch.seconds  # who needs the break now needs it with a place more
    fits = cost <= question.day.ends - question.day.begins - taken
    some, cost = some[fits], cost[fits]
    prize = [question.stops[n].prize for n in some]
    worth = np.array([-1.0 if each is None else each for each in prize]) / np.maximum(cost, 1)
    return iter(some[np.argsort(-worth, kind="stable")].tolist())


def _with(question: Question, order: Order, n: int) -> Order | None:
    """The tour with one place more, where it ends earliest; None if it fits nowhere."""
    longer = [(*order[:at], n, *order[at:]) for at in range(len(order) + 1)]
    timed = [(question.timed(each), each) for each in longer]
    return min(((t.ends, each) for t, each in timed if t is not None), default=(0, None))[1]


def mended(question: Question, order: Order) -> Order:
    """The tour made possible, then better in small steps until none helps: never worse than it was.

    order: any; what does not fit into the day is left out, the least worth first.
    """
    while question.timed(order) is None:
        worst = min(order, key=lambda n: _rank(question.stops[n]))
        order = tuple(n for n in order if n != worst)
    left = [MOST_MENDING]
    order = _filled(question, order)
    while left[0] > 0:
        better = next(_better(question, order, left), None)
        if better is None:
            break
        order = _filled(question, better)
    return order


def _better(question: Question, order: Order, left: list[int]) -> Iterator[Order]:
    """Better tours one step away: a place moved, a stretch turned round, a place exchanged for another."""
    score = question.score(_must_fit(question, order))
    for other in _one_step(question, order):
        left[0] -= 1
        if left[0] < 0:
            return
        timed = question.timed(other)
        if timed is not None and question.score(timed) > score:
            yield other


def _one_step(question: Question, order: Order) -> Iterator[Order]:
    outside = [n for n in range(len(question.stops)) if n not in order]
    outside.sort(key=lambda n: _rank(question.stops[n]), reverse=True)
    for at in range(len(order)):
        rest = (*order[:at], *order[at + 1 :])
        for to in range(len(order)):
            if to != at:
                yield (*rest[:to], order[at], *rest[to:])
        for end in range(at + 2, len(order) + 1):
            yield (*order[:at], *reversed(order[at:end]), *order[end:])
    for at in range(len(order)):
        for n in outside:
            if _rank(question.stops[n]) <= _rank(question.stops[order[at]]):
                break
            yield (*order[:at], n, *order[at + 1 :])


def best_tour(question: Question, *, seed: int = 0, iterations: int = ITERATIONS) -> Tour:
    """The best tour found. The same question and seed give the same tour, unless it was `cut_short`."""
    start = mended(question, greedy(question))
    found, by, cut_short = start, "greedy", False
    if len(question.stops) > 1 and iterations > 0:
        for proposal in proposals(question, start, seed=seed, iterations=iterations):
            cut_short = cut_short or proposal.cut_short
            order = mended(question, proposal.order)
            if question.score(_must_fit(question, order)) > question.score(_must_fit(question, found)):
                found, by = order, "solver"
    timed = _must_fit(question, found)
    _, collected, unknown, _ = question.score(timed)
    missed = tuple(n for n, stop in enumerate(question.stops) if stop.required and n not in found)
    return Tour(timed, collected, unknown, missed, by, cut_short)
