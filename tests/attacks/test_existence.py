"""What lies elsewhere takes as long to be denied as what does not exist.

Two answers to the same question are timed turn by turn, so that whatever else the machine does falls on both. Only
a clear difference counts: one that is there again when it is looked for a second and a third time.
"""

import gc
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter
from uuid import UUID

from inspection.tables.people import Role
from tests.access.doors import DOORS, Needs
from tests.access.stage import Stage
from tests.inspection.world import OTHER_REGION
from tests.tally import Tried

PAIRS, LOOKS = 12, 3
CLEAR = 0.001, 0.25  # seconds, and part of the whole: less is drowned by any network


def difference(one: Callable[[], object], other: Callable[[], object], pairs: int) -> tuple[float, float]:
    """What one takes longer than the other, or the other than one, in three of four pairs; and the whole."""
    longer, whole = [], []
    for turn in range(pairs):
        took = {}
        for ask in (one, other) if turn % 2 else (other, one):
            begun = perf_counter()
            ask()
            took[ask] = perf_counter() - begun
        longer.append(took[one] - took[other])
        whole.append(took[other])
    low, _, high = quantiles(longer, n=4)
    return max(low, -high), median(whole)


def test_what_lies_elsewhere_is_denied_as_fast_as_what_does_not_exist(stage: Stage, tried: Tried) -> None:
    world = stage.scene.world
    stranger = world.person(Role.HEAD, OTHER_REGION)
    unknown, told = world.new_id(), []
    gc.freeze()  # nobody looks through all that the tests hold while something is timed
    for (method, rule), door in DOORS.items():
        fills = door.fills(stage.scene)
        names = [name for name, value in fills.items() if isinstance(value, UUID)]
        if door.needs is not Needs.ACT_ON_OBJECT or method != "GET" or not names:
            continue

        def elsewhere(method: str = method, rule: str = rule) -> object:
            return stage.ask(method, rule, stranger)

        def nowhere(method: str = method, rule: str = rule, name: str = names[0]) -> object:
            return stage.ask(method, rule, stranger, instead={name: unknown})

        for ask in (elsewhere, nowhere):
            ask()  # whatever is only slow for the first time
        for look in range(LOOKS):
            pairs = PAIRS * (look + 1)
            differs, whole = difference(elsewhere, nowhere, pairs)
            tried("existence by time", 2 * pairs)
            if differs < max(CLEAR[0], CLEAR[1] * whole):
                break
        else:
            told.append(f"{rule}: {differs * 1000:.1f} ms of {whole * 1000:.1f}")
    gc.unfreeze()
    assert told == []
