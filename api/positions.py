"""Weighing where facilities lie: away from the tablets' path, by whoever works through the backlog."""

from collections.abc import Callable

from api.work import Units
from inspection.positions import weigh_due


def weigh_all(units: Units, stopped: Callable[[], bool] = lambda: False) -> int:
    """Weigh whatever waits for it, a unit for each region's share. Returns how many facilities."""
    done = 0
    while not stopped() and (weighed := units.write(weigh_due)):
        done += weighed
    return done
