"""Refuses every change of a replicated table that the feed would not notice."""

import re
from typing import Any

from sqlalchemy import Engine, event

from inspection.sync.touched import REPLICATED, is_noticed

CHANGES = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|REPLACE\s+INTO|COPY)\s+\"?(\w+)", re.IGNORECASE)


class Unnoticed(AssertionError):
    """A replicated table was written past `inspection/sync/touched.py`."""


def guard(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
    """Called before every statement of every engine."""
    changed = CHANGES.match(statement)
    if changed and changed.group(1).lower() in REPLICATED and not is_noticed():
        raise Unnoticed(f"the feed does not notice: {statement[:200]}")


def watch() -> None:
    """Guard every engine of this process."""
    event.listen(Engine, "before_cursor_execute", guard)
