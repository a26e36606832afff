"""Which replicated documents a unit of work has touched: their rows in the feed follow at its end.

Everything written through `bulk.py` or through ORM objects is noticed here by itself. Any other way of changing a
replicated table would leave the feed behind, so the tests run with a guard on the cursor that refuses it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from inspection.sync.rendered import Rendered

# Table to collection. Outcomes are replicated too, but from intake rows, each by its own writer.
REPLICATED = {
    "facilities": "facilities",
    "checklists": "checklists",
    "audits": "audits",
    "drafts": "drafts",
    "violations": "violations",
    "prescriptions": "prescriptions",
    "followups": "followups",
    "photos": "photos",
    "district_ranks": "ranks",
}
OUTCOMES = "outcomes"
KEY = "pandus_touched"

_noticing: ContextVar[bool] = ContextVar("pandus_noticing", default=False)


@dataclass(slots=True)
class Touched:
    """Keys of documents by collection, and regions that they may have left.

    ready: of some of them the documents, by collection and key, until they are touched again.
    """

    keys: dict[str, set[Any]] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    ready: dict[str, dict[Any, Rendered]] = field(default_factory=dict)

    def add(self, collection: str, keys: Iterable[Any]) -> None:
        """Remember documents by their key: (home region, id), for outcomes the key of the intake row."""
        named = set(keys)
        self.keys.setdefault(collection, set()).update(named)
        if outdated := self.ready.get(collection, {}).keys() & named:
            self.ready[collection] = {k: v for k, v in self.ready[collection].items() if k not in outdated}


def touched(session: Session) -> Touched:
    """What was touched in this session since the feed was last written."""
    found: Touched = session.info.setdefault(KEY, Touched())
    return found


def touch(session: Session, table: str, keys: Iterable[tuple[Any, ...]]) -> None:
    """Remember rows of a table by (home region, id), if the table is replicated."""
    collection = REPLICATED.get(table)
    if collection is not None:
        touched(session).add(collection, keys)


@contextmanager
def noticing() -> Iterator[None]:
    """Whoever writes within this sees to it that the feed follows."""
    token = _noticing.set(True)
    try:
        yield
    finally:
        _noticing.reset(token)


def is_noticed() -> bool:
    """Whether what is written now is noticed: for the guard of the tests."""
    return _noticing.get()


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if row.__tablename__ in REPLICATED:
            touch(session, row.__tablename__, [(row.home_region, row.id)])
    _noticing.set(True)


@event.listens_for(Session, "after_flush")
def _after_flush(_session: Session, _context: Any) -> None:
    _noticing.set(False)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(_session: Session, _previous: Any) -> None:
    _noticing.set(False)
