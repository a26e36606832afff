"""Refuses every change of a replicated table that the feed would not notice, and every document that is not true.

What was rendered from rows in hand is held against what the tables say, in every unit of every test that does not
count statements.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from inspection.sync import feed
from inspection.sync.documents import render
from inspection.sync.rendered import Rendered
from inspection.sync.touched import REPLICATED, is_noticed

_documents = feed.documents
_left_alone: list[None] = []

CHANGES = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|REPLACE\s+INTO|COPY)\s+\"?(\w+)", re.IGNORECASE)


class Unnoticed(AssertionError):
    """A replicated table was written past `inspection/sync/touched.py`."""


def guard(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
    """Called before every statement of every engine."""
    changed = CHANGES.match(statement)
    if changed and changed.group(1).lower() in REPLICATED and not is_noticed():
        raise Unnoticed(f"the feed does not notice: {statement[:200]}")


class Untrue(AssertionError):
    """A document that was rendered from rows in hand does not say what the tables say."""


def truly(
    session: Session, collection: str, keys: AbstractSet[Any], ready: Mapping[Any, Rendered]
) -> Iterator[Rendered]:
    """Takes the place of `feed.documents`."""
    if ready and not _left_alone:
        read_back = {each.id: each for each in render(session, collection, ready.keys())}
        if read_back != {each.id: each for each in ready.values()}:
            raise Untrue(f"in hand: {list(ready.values())}, in the tables: {list(read_back.values())}")
    return _documents(session, collection, keys, ready)


@contextmanager
def left_alone() -> Iterator[None]:
    """Within this no statement is sent that the program does not send itself."""
    _left_alone.append(None)
    try:
        yield
    finally:
        _left_alone.pop()


def watch() -> None:
    """Guard every engine and every feed of this process."""
    event.listen(Engine, "before_cursor_execute", guard)
    feed.documents = truly
