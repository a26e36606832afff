"""See the package."""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Mapping, Sequence

from bench.tours import __doc__ as about
from geo.tour_days import Day, Lunch, Order, Question, Stop, straight_travel
from geo.tour_solver import proposals
from geo.tours import best_tour, by_prize, by_rate, greedy

HOUR = 3_600
CENTRE = (76.93, 43.25)
HOURS = ((9 * HOUR, 13 * HOUR), (14 * HOUR, 18 * HOUR))
LIMIT = 2.0  # seconds for 200 candidates
WAYS = ("ranked", "rate", "greedy", "solver", "tour")


def main() -> None:
    """Plan, compare, print. Ends with 1 where a tour is worse than greedy or takes too long."""
    wanted = _arguments()
    head = f"{'places':>7}{'visits':>7}" + "".join(f"{way:>9}" for way in WAYS)
    print(f"{wanted.minutes} minutes a visit\n{head}{'gain %':>18}{'s':>7}{'worst s':>9}")
    worse = slow = 0.0
    for size in wanted.sizes:
        runs = [_run(a_day(size, seed, wanted.minutes), seed) for seed in range(1, wanted.seeds + 1)]
        gains = [100 * (run["tour"] / run["greedy"] - 1) for run in runs if run["greedy"]]
        means = "".join(f"{statistics.mean(run[way] for run in runs):>9.1f}" for way in WAYS)
        visits, took = statistics.mean(run["visits"] for run in runs), [run["seconds"] for run in runs]
        spread = f"{statistics.mean(gains):.1f} ({min(gains):.1f}..{max(gains):.1f})"
        times = f"{statistics.median(took):>7.2f}{max(took):>9.2f}"
        print(f"{size:>7}{visits:>7.1f}{means}{spread:>18}{times}", flush=True)
        worse += sum(run["worse"] for run in runs)
        slow += sum(second > LIMIT for second in took)
    print(f"{wanted.seeds} seeds a row; worse than greedy: {worse:.0f}; slower than {LIMIT:g} s: {slow:.0f}")
    sys.exit(1 if worse or slow else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.tours", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--sizes", type=_sizes, default=(10, 20, 40, 80, 200), help="separated by commas")
    return parser.parse_args()


def _sizes(text: str) -> Sequence[int]:
    return [int(size) for size in text.split(",")]


def a_day(size: int, seed: int, minutes: int) -> Question:
    """One question of the benchmark."""
    source = random.Random(seed * 1_000 + size)
    spots = [CENTRE]
    stops = []
    for _ in range(size):
        spread = 0.05 if source.random() < 0.7 else 0.15
        spots.append((source.gauss(CENTRE[0], 1.4 * spread), source.gauss(CENTRE[1], spread)))
        prize = None if source.random() < 0.1 else source.gammavariate(0.6, 70)
        opens = HOURS if source.random() < 0.5 else ()
        stops.append(Stop(60 * minutes, prize, required=source.random() < min(0.05, 2 / size), opens=opens))
    day = Day(9 * HOUR, 18 * HOUR, lunch=Lunch(12 * HOUR, 14 * HOUR, HOUR))
    return Question(day, stops, straight_travel(spots, 1.4, 25 / 3.6))


def _run(question: Question, seed: int) -> Mapping[str, float]:
    orders = {"ranked": by_prize(question), "rate": by_rate(question), "greedy": greedy(question)}
    offered = [
        _cut_down(question, proposal.order) for proposal in proposals(question, orders["greedy"], seed=seed)
    ]
    orders["solver"] = max(offered, key=lambda order: _score(question, order))
    started = time.perf_counter()
    tour = best_tour(question, seed=seed)
    seconds = time.perf_counter() - started
    orders["tour"] = tuple(visit.stop for visit in tour.timed.visits)
    scores = {way: _score(question, order) for way, order in orders.items()}
    worse = scores["tour"] < scores["greedy"]
    found = {way: score[1] for way, score in scores.items()}
    return {**found, "visits": len(tour.timed.visits), "seconds": seconds, "worse": worse}


def _score(question: Question, order: Order) -> tuple[int, float, int, int]:
    timed = question.timed(order)
    assert timed is not None
    return question.score(timed)


def _cut_down(question: Question, order: Order) -> Order:
    while question.timed(order) is None:
        worst = min(order, key=lambda n: (question.stops[n].required, question.stops[n].prize or 0))
        order = tuple(n for n in order if n != worst)
    return order


if __name__ == "__main__":
    main()
