"""See the package."""

import argparse
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.priority import __doc__ as about
from bench.priority.country import PLACEHOLDERS, SCENARIOS, Country, Floats, Scenario, make
from bench.priority.model import ranks

FIRST = (0.05, 0.10, 0.20)
ORDERS = ("date", "violations", "kind", "raw counts", "model", "oracle")


def main() -> None:
    """Simulate, compare, print as Markdown."""
    wanted = _arguments()
    found = {s.name: _scenario(s, wanted.seeds) for s in SCENARIOS if wanted.only in (None, s.name)}
    for name, shares in found.items():
        if name == "base":
            print(f"| first inspections | {' | '.join(ORDERS)} |\n|---|{'---|' * len(ORDERS)}")
            for n, first in enumerate(FIRST):
                told = " | ".join(_spread(shares[order][:, n]) for order in ORDERS)
                print(f"| {first:.0%} | {told} |")
            print()
    print(f"| first 10 % | {' | '.join(ORDERS)} | model wins |\n|---|{'---|' * (len(ORDERS) + 1)}")
    for name, shares in found.items():
        told = " | ".join(_spread(shares[order][:, 1]) for order in ORDERS)
        best = np.max([shares[order][:, 1] for order in ORDERS[:-2]], axis=0)
        wins = int((shares["model"][:, 1] > best).sum())
        print(f"| {name} | {told} | {wins}/{wanted.seeds} |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.priority", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20, help="1 to this many")
    parser.add_argument("--only", choices=[scenario.name for scenario in SCENARIOS])
    return parser.parse_args()


def _scenario(scenario: Scenario, seeds: int) -> Mapping[str, Floats]:
    """By order: seeds x FIRST, percent of all obstructed visits."""
    runs = [compare(make(scenario, seed), seed) for seed in range(1, seeds + 1)]
    return {order: np.array([run[order] for run in runs]) for order in ORDERS}


def compare(country: Country, seed: int) -> Mapping[str, Sequence[float]]:
    """Percent of all truly obstructed visits that the first inspections address, by order."""
    # Places that are alike in what an order looks at come in no order of their own.
    chance = np.random.default_rng(1_000_000 + seed).random(len(country.kind))
    monthly = np.where(country.exposure > 0, country.visits / np.maximum(country.exposure, 1e-9), -1.0)
    worth = {
        "date": -country.opened,
        "violations": country.violations().astype(np.float64),
        "kind": country.violations() * PLACEHOLDERS[country.kind],
        "raw counts": np.where(country.violations() > 0, monthly, -2.0),
        "model": ranks(country),
        "oracle": country.obstructed,
    }
    return {name: _addressed(country, np.lexsort((chance, -values))) for name, values in worth.items()}


def _addressed(country: Country, order: NDArray[np.int64]) -> Sequence[float]:
    with_barriers = order[(country.violations() > 0)[order]]
    share = 100 * np.cumsum(country.obstructed[with_barriers]) / country.obstructed.sum()
    return [float(share[round(first * len(order)) - 1]) for first in FIRST]


def _spread(shares: Floats) -> str:
    return f"{shares.mean():.0f} ({shares.min():.0f}-{shares.max():.0f})"


if __name__ == "__main__":
    main()
