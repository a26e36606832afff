"""Pages of a list by the key of the last row: right while rows are added, and page 1,000 as fast as page 1.

A cursor is opaque to clients: base64url of the JSON list [sort, *key of the last row]. It opens nothing that the
list does not show anyway, so it is not signed, only checked.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

from inspection.errors import Fault, InvalidInput

LONGEST = 4000
NOT_OURS = Fault(
    "/cursor", "this is no cursor of this list in this order", "next_cursor of the page before, unchanged"
)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page as plain documents, and the cursor of the next page if there is one."""

    rows: list[dict[str, Any]]
    next_cursor: str | None


def write_cursor(sort: str, key: Sequence[object]) -> str:
    """The cursor of the page that follows the row with this key."""
    return base64.urlsafe_b64encode(orjson.dumps([sort, *key])).rstrip(b"=").decode()


def read_cursor(cursor: str, sort: str, kinds: Sequence[type]) -> tuple[Any, ...]:
    """The key in a cursor of a list sorted in this way.

    kinds: the type of each part of the key: str, int, float, date or UUID. Raises InvalidInput at `/cursor`.
    """
    try:
        return _key(cursor, sort, kinds)
    except ValueError:  # also what base64 and orjson raise
        raise InvalidInput([NOT_OURS]) from None


def read_moment(cursor: str, sort: str) -> tuple[datetime, UUID]:
    """The key in a cursor of a list sorted by a moment and an id. Raises InvalidInput at `/cursor`."""
    spelled, last = read_cursor(cursor, sort, (str, UUID))
    try:
        return datetime.fromisoformat(spelled).astimezone(UTC), last
    except (ValueError, OverflowError):
        raise InvalidInput([NOT_OURS]) from None


def _key(cursor: str, sort: str, kinds: Sequence[type]) -> tuple[Any, ...]:
    if len(cursor) > LONGEST:
        raise ValueError("longer than any cursor")
    found = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    if not isinstance(found, list) or len(found) != len(kinds) + 1 or found[0] != sort:
        raise ValueError("of another list")
    return tuple(_part(value, kind) for value, kind in zip(found[1:], kinds, strict=True))


def _part(value: Any, kind: type) -> Any:
    if kind is UUID and isinstance(value, str):
        return UUID(value)
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    too_large = isinstance(value, int) and not -(2**63) <= value < 2**63  # no column could hold it
    if type(value) is not kind or too_large or "\0" in str(value):
        raise ValueError("another kind of key")
    return value
