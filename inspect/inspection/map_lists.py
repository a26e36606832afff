"""The same facilities that a map shows, as a list: for who sees no map, and for who wants to count."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.errors import NotFound
from inspection.keyset import read_cursor, write_cursor
from inspection.map_choices import STATES, Choice, Integers, in_state, of_kind_and_area, states_of
from inspection.map_points import Snapshot
from inspection.maps import Box, Maps, about
from inspection.violation_filters import local_dates

SORT = "map"
MOST_VIOLATIONS = 1_000_000  # of one place; more are the same for the order


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of places, the worst first, and what the whole list is.

    counted: places by state, whichever state was chosen. unlocated: places of the list that are on no map. box:
    where the others lie; None for none.
    """

    rows: list[dict[str, Any]]
    next_cursor: str | None
    counted: dict[str, int]
    unlocated: int
    box: Box | None


def page(
    session: Session,
    caller: Caller,
    maps: Maps,
    *,
    now: datetime,
    choice: Choice,
    cursor: str | None = None,
    limit: int = 50,
) -> Listed:
    """The places that the caller's map shows, and those that it cannot: worst state first, then most violations.

    Raises InvalidInput for an area that is not known and a cursor of another list.
    """
    snapshot = maps.points.now(session)
    there = np.flatnonzero(snapshot.visible(caller) & of_kind_and_area(session, snapshot, choice))
    states = states_of(snapshot, there, local_dates(now))
    counted = np.bincount(states, minlength=len(STATES)).tolist()
    wanted = in_state(states, choice)
    found, states = there[wanted], states[wanted]
    nowhere = np.isnan(snapshot.rows["lon"][found])
    listed = _first(snapshot, found, states, cursor, limit + 1)
    rows = [_row(snapshot, at, state) for at, state in listed[:limit]]
    more = _cursor(snapshot, *listed[limit - 1]) if len(listed) > limit else None
    by_state = dict(zip(STATES, counted, strict=True))
    return Listed(rows, more, by_state, int(nowhere.sum()), _box(snapshot, found[~nowhere]))


def one(session: Session, caller: Caller, maps: Maps, facility_id: UUID, *, now: datetime) -> dict[str, Any]:
    """One place as the map shows it. Raises NotFound, also for one that the caller may not see."""
    snapshot = maps.points.now(session)
    visible = snapshot.visible(caller)
    at = next((n for key, n in snapshot.at.items() if key[1] == facility_id), None)
    if at is None or not visible[at]:
        raise NotFound("there is no such facility", kind="facility")
    (state,) = states_of(snapshot, np.array([at]), local_dates(now)).tolist()
    return _row(snapshot, at, state)


def _first(
    snapshot: Snapshot, found: NDArray[np.intp], states: Integers, cursor: str | None, most: int
) -> list[tuple[int, int]]:
    """Positions and states of the first so many behind the cursor."""
    # One number for state and violations: whole columns are compared, and ids only among equals.
    grave = _gravity(states, snapshot.rows["open"][found])
    behind, after = (None, 0) if cursor is None else _read(cursor)
    order: list[tuple[int, int]] = []
    for value in np.unique(grave if behind is None else grave[grave >= behind]).tolist():
        equal = sorted((snapshot.keys[found[n]][1].int, n) for n in np.flatnonzero(grave == value))
        order += [(int(found[n]), int(states[n])) for made, n in equal if value != behind or made > after]
        if len(order) >= most:
            break
    return order[:most]


def _gravity(states: Any, violations: Any) -> Any:
    return states * MOST_VIOLATIONS - np.minimum(violations, MOST_VIOLATIONS - 1)


def _read(cursor: str) -> tuple[int, int]:
    value, last = read_cursor(cursor, SORT, (int, UUID))
    return value, last.int


def _cursor(snapshot: Snapshot, at: int, state: int) -> str:
    return write_cursor(SORT, (int(_gravity(state, snapshot.rows["open"][at])), snapshot.keys[at][1]))


def _row(snapshot: Snapshot, at: int, state: int) -> dict[str, Any]:
    row, place = snapshot.rows[at], snapshot.places[snapshot.rows["place"][at]]
    located = not np.isnan(row["lon"])
    spot = (round(float(row["lon"]), 6), round(float(row["lat"]), 6)) if located else (None, None)
    lies = {"area_code": place.district_code or place.region_code, "rough": bool(row["rough"])}
    return {**about(snapshot, at, state, named=True), **lies, "lon": spot[0], "lat": spot[1]}


def _box(snapshot: Snapshot, located: NDArray[np.intp]) -> Box | None:
    if not len(located):
        return None
    lon, lat = snapshot.rows["lon"][located], snapshot.rows["lat"][located]
    return Box(float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
