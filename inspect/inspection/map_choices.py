"""Which facilities a map is asked for: those of an area, of a kind, in a state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from inspection.errors import Fault, InvalidInput
from inspection.map_points import Bools, Snapshot
from inspection.tables.areas import Area

# The worst first. Never audited is no better than it is known to be, so it comes before what was found in order.
STATES = ("overdue", "open", "unaudited", "clear")

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is wanted. area: code of any level; kind: as in the catalogue; state: one of STATES. None: all."""

    area: str | None = None
    kind: str | None = None
    state: str | None = None


EVERYTHING = Choice()


def states_of(snapshot: Snapshot, found: NDArray[np.intp], today: Mapping[str, date]) -> Integers:
    """Positions in STATES of the facilities at these positions."""
    rows = snapshot.rows[found]
    late = snapshot.overdue(today)[found]
    worst_first = np.select([late, rows["open"] > 0, ~rows["audited"]], [0, 1, 2], default=3)
    return worst_first.astype(np.int64)


def of_kind_and_area(session: Session, snapshot: Snapshot, choice: Choice) -> Bools:
    """Which of all facilities are of the kind and lie in the area. Raises InvalidInput for an unknown area."""
    chosen: Bools = np.ones(len(snapshot.rows), dtype=bool)
    if choice.area is not None:
        chosen &= lies_in(session, snapshot, choice.area)
    if choice.kind is not None:
        wanted = np.array([kind == choice.kind for kind in snapshot.kinds] or [False])
        chosen &= wanted[snapshot.rows["kind"]]
    return chosen


def in_state(states: Integers, choice: Choice) -> Bools:
    """Which of n are in the wanted state. states: positions in STATES."""
    if choice.state is None:
        return np.ones(len(states), dtype=bool)
    return np.asarray(states == STATES.index(choice.state))


def lies_in(session: Session, snapshot: Snapshot, code: str) -> Bools:
    """Which of all facilities lie in the area with this code. Raises InvalidInput for one that is not known."""
    if session.get(Area, code) is None:
        accepted = "the code of a country, region or district"
        raise InvalidInput([Fault("/area", "there is no area with this code", accepted)])
    there = np.array([code in (p.country, p.region_code, p.district_code) for p in snapshot.places] or [False])
    return np.asarray(there[snapshot.rows["place"]])
