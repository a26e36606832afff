"""How many attempts the tests made, said at the end of a run."""

from collections import Counter
from typing import Any

import pytest

TRIED = "tried "


class Tried:
    """Counts attempts of a kind, for the end of the run."""

    def __init__(self, node: pytest.Item) -> None:
        self._node = node
        self._counts: Counter[str] = Counter()

    def __call__(self, kind: str, times: int = 1) -> None:
        """So many attempts more."""
        self._counts[kind] += times

    def note(self) -> None:
        """Give the counts along with the result of the test, also out of another process."""
        self._node.user_properties += [(TRIED + kind, times) for kind, times in self._counts.items()]


def summed(stats: dict[str, list[Any]]) -> Counter[str]:
    """All attempts of a run, by kind."""
    counts: Counter[str] = Counter()
    for report in (each for reports in stats.values() for each in reports):
        for name, value in getattr(report, "user_properties", ()):
            if name.startswith(TRIED):
                counts[name.removeprefix(TRIED)] += value
    return counts
