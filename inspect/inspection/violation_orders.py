"""The orders of the violation list, cut so that an index delivers every piece of every order.

An order is a sequence of segments: rows that have a told date come before rows that have none, ranked before
unranked. Within a segment rows are ordered by columns that are never null, so what follows a position is one or
two ranges of an index. Where an index has the state in front of these columns, each state is a branch of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, null, text, tuple_

from inspection.criteria import Severity
from inspection.errors import Fault, InvalidInput
from inspection.keyset import read_cursor, write_cursor
from inspection.tables.violations import STANDING, Violation, ViolationState

V = Violation.__table__.c
# To the letter the condition of the partial indexes: a parameter would hide from a planner that they apply.
STANDS = text("violations.state IN ('open', 'declared')")


class Sort(StrEnum):
    """How the list can be ordered. `overdue` is `due`: what is longest overdue was due first."""

    DUE = "due"
    OVERDUE = "overdue"
    OPENED = "opened"
    OBSTRUCTED = "obstructed"
    SEVERITY = "severity"


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows between two others of an order. keys: columns of its own order; all descend or none but the first.

    severity: the one severity in it, where severity comes first in the order. told: whether its rows have a told
    date; None: some have.
    """

    where: tuple[Any, ...]
    keys: tuple[str, ...]
    descending: frozenset[str] = frozenset()
    severity: Severity | None = None
    told: bool | None = None


TOLD = Segment((V.due_on.is_not(None),), ("due_on", "provisional_due_on", "id"), told=True)
UNTOLD = Segment((V.due_on.is_(None),), ("provisional_due_on", "id"), told=False)
RANKED = Segment(
    (V.obstructed.is_not(None),), ("obstructed", "provisional_due_on", "id"), frozenset({"obstructed"})
)
NEWEST = Segment((), ("opened_at", "id"), frozenset({"opened_at", "id"}))


def _unranked(segment: Segment) -> Segment:
    return replace(segment, where=(V.obstructed.is_(None), *segment.where))


def _of_severity(severity: Severity) -> Sequence[Segment]:
    condition = V.severity == severity.value
    return [replace(s, where=(condition, *s.where), severity=severity) for s in (TOLD, UNTOLD)]


SEGMENTS: Mapping[Sort, tuple[Segment, ...]] = {
    Sort.DUE: (TOLD, UNTOLD),
    Sort.OVERDUE: (TOLD, UNTOLD),
    Sort.OPENED: (NEWEST,),
    Sort.OBSTRUCTED: (RANKED, _unranked(TOLD), _unranked(UNTOLD)),
    Sort.SEVERITY: tuple(segment for severity in Severity for segment in _of_severity(severity)),
}


def walkable(sort: Sort, states: Sequence[ViolationState]) -> bool:
    """Whether indexes deliver this order for rows in these states."""
    return sort is Sort.OPENED or set(states) <= set(STANDING)


def tiers(sort: Sort, *, severity: Severity | None, only_told: bool) -> tuple[int, ...]:
    """Numbers of the segments that can hold rows when only this severity, or only told rows, are asked for."""
    return tuple(
        number
        for number, segment in enumerate(SEGMENTS[sort])
        if not (only_told and segment.told is False) and (severity is None or segment.severity in (None, severity))
    )


def branches(sort: Sort, states: Sequence[ViolationState]) -> Sequence[tuple[Any, ...]]:
    """Conditions, one tuple a branch, under each of which an index delivers the segments of this order."""
    if sort is Sort.OPENED:
        return [(V.state == state.value,) for state in states]
    return [(STANDS,) if set(states) == set(STANDING) else (STANDS, V.state == states[0].value)]


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: in which segment it lies, and its keys."""

    tier: int
    keys: Mapping[str, Any]


def beyond(segment: Segment) -> Sequence[ColumnElement[bool]]:
    """What follows a position in its segment, as ranges that do not overlap; the keys are parameters."""
    columns = [(V[name], bindparam(f"after_{name}", type_=V[name].type)) for name in segment.keys]
    if not segment.descending or len(segment.descending) == len(segment.keys):
        names, values = tuple_(*(c for c, _ in columns)), tuple_(*(v for _, v in columns))
        return [names < values if segment.descending else names > values]
    # Directions differ: rows with the same first key, then rows with a lower one.
    (first, value), *rest = columns
    same = tuple_(*(c for c, _ in rest)) > tuple_(*(v for _, v in rest))
    return [and_(first == value, same), first < value]


def order_within(segment: Segment) -> Sequence[ColumnElement[Any]]:
    """ORDER BY of one segment."""
    return [V[n].desc() if n in segment.descending else V[n].asc() for n in segment.keys]


def order_over(sort: Sort, columns: Any, tier: ColumnElement[int]) -> Sequence[ColumnElement[Any]]:
    """ORDER BY over rows of several segments. tier: the number of a row's segment."""
    if sort is Sort.OPENED:
        return [columns.opened_at.desc(), columns.id.desc()]
    dates = [columns.due_on, columns.provisional_due_on, columns.id]
    if sort is Sort.OBSTRUCTED:
        # A told date does not order ranked rows, or a column that may be null would stand in their keys.
        return [tier, columns.obstructed.desc(), case((tier == 0, null()), else_=columns.due_on), *dates[1:]]
    return [tier, *dates]


def write_position(sort: Sort, filters: str, tier: int, row: Mapping[str, Any]) -> str:
    """The cursor behind a row. filters: a fingerprint of what the list is filtered by."""
    segment = SEGMENTS[sort][tier]
    return write_cursor(f"{sort}/{filters}/{tier}", [row[name] for name in segment.keys])


def read_position(cursor: str, sort: Sort, filters: str, allowed: Sequence[int]) -> Position:
    """The position in a cursor. allowed: numbers of the segments it may lie in.

    Raises InvalidInput for a cursor of another order or of other filters.
    """
    for tier in allowed:
        keys = SEGMENTS[sort][tier].keys
        try:
            found = read_cursor(cursor, f"{sort}/{filters}/{tier}", [_kind(name) for name in keys])
            return Position(tier, {name: _value(name, v) for name, v in zip(keys, found, strict=True)})
        except (InvalidInput, ValueError, OverflowError):
            continue
    reason = "this cursor belongs to a list with another order or other filters"
    raise InvalidInput([Fault("/cursor", reason, "next_cursor of the page before, with the same parameters")])


def _kind(key: str) -> type:
    return {"id": UUID, "obstructed": float, "opened_at": str}.get(key, date)


def _value(key: str, value: Any) -> Any:
    # To UTC here, where a moment at the edge of the calendar can still be refused.
    return datetime.fromisoformat(value).astimezone(UTC) if key == "opened_at" else value
