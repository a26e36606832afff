"""Writing the feed: at the end of a unit of work every touched document moves to the head of its region.

A document that left a district or a region leaves a tombstone there, numbered before the document's new row.
Numbers are given under the lock of the region's head, so they become visible in the order of commits.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from inspection.bulk import among, insert_rows, or_update, send_rows, table_of
from inspection.sync.documents import render
from inspection.sync.rendered import Rendered, tombstone
from inspection.sync.touched import KEY, OUTCOMES, Touched
from inspection.tables.feed import FeedRow
from inspection.tables.regions import RegionHead

TABLE = table_of(FeedRow)
T = TABLE.c
Document = tuple[str, UUID]  # collection, id


@dataclass(frozen=True, slots=True)
class Moves:
    """What a unit touched: the documents as they are now, and every region in which they may have been alive."""

    now_there: Mapping[Document, Rendered]
    maybe_there: Mapping[Document, frozenset[str]]

    def regions(self) -> set[str]:
        """Regions whose heads must be locked to write this."""
        return {region for regions in self.maybe_there.values() for region in regions}


def moved(session: Session) -> Moves:
    """Render what was touched in this session since the last time, before any head is locked."""
    touched: Touched = session.info.pop(KEY, Touched())
    now_there: dict[Document, Rendered] = {}
    maybe_there: dict[Document, frozenset[str]] = {}
    for collection, keys in sorted(touched.keys.items()):
        if not keys:
            continue
        for rendered in documents(session, collection, keys, touched.ready.get(collection, {})):
            now_there[collection, rendered.id] = rendered
            maybe_there[collection, rendered.id] = frozenset({rendered.region})
        if collection != OUTCOMES:  # which are never deleted and never move
            for home_region, made in keys:
                there = maybe_there.get((collection, made), frozenset())
                maybe_there[collection, made] = there | {home_region} | touched.left
    return Moves(now_there, maybe_there)


def documents(
    session: Session, collection: str, keys: AbstractSet[Any], ready: Mapping[Any, Rendered]
) -> Iterator[Rendered]:
    """The documents under these keys; those that are not ready are rendered."""
    yield from ready.values()
    if missing := keys - ready.keys():
        yield from render(session, collection, missing)


def write_feed(
    session: Session, heads: Mapping[str, RegionHead], moves: Moves, now: datetime, *, by_body: bool = False
) -> set[str]:
    """Write the rows of what changed; returns the regions whose feeds did.

    heads: of `moves.regions()`, locked. by_body: compare the documents themselves, not only their `rev`.
    """
    if not moves.maybe_there:
        return set()
    said = "body" if by_body else "rev"
    there = _there(session, moves, said)
    held = _alive(there)
    rows = [*_tombstones(moves, held, now), *_changed(moves, held, now, said)]
    for row in rows:
        head = heads[row["region"]]
        head.feed_number += 1
        row["number"] = head.feed_number
    known = {(row.region, row.collection, row.id, row.scope) for row in there}
    insert_rows(session, FeedRow, [row for row in rows if _key(row) not in known])
    _replace(session, [row for row in rows if _key(row) in known])
    return {row["region"] for row in rows}


Held = Mapping[Document, list[Any]]


def _there(session: Session, moves: Moves, said: str) -> Sequence[Any]:
    """The rows of the touched documents, tombstones too, with what is said in them: their `rev` or `body`.

    Read under the locks of the heads, so that nobody else can add one.
    """
    keys = [
        (region, collection, made)
        for (collection, made), regions in moves.maybe_there.items()
        for region in regions
    ]
    statement = select(T.region, T.collection, T.id, T.scope, T.rev, T.deleted, T[said].label("said"))
    return session.connection().execute(statement.where(among((T.region, T.collection, T.id), keys))).all()


def _alive(there: Sequence[Any]) -> Held:
    held: dict[Document, list[Any]] = {}
    for row in there:
        if not row.deleted:
            held.setdefault((row.collection, row.id), []).append(row)
    return held


def _tombstones(moves: Moves, held: Held, now: datetime) -> Iterator[dict[str, Any]]:
    for (collection, made), rows in held.items():
        new = moves.now_there.get((collection, made))
        for row in rows:
            if new is None or (row.region, row.scope) != (new.region, new.scope):
                stone = Rendered(made, row.region, row.scope, row.rev, tombstone(made))
                yield {**_row(collection, stone, now), "deleted": True}


def _changed(moves: Moves, held: Held, now: datetime, said: str) -> Iterator[dict[str, Any]]:
    for (collection, made), new in moves.now_there.items():
        as_it_was = [row.said for row in held.get((collection, made), ()) if (row.region, row.scope) == new[1:3]]
        if as_it_was != [getattr(new, said)]:
            yield _row(collection, new, now)


def _row(collection: str, document: Rendered, now: datetime) -> dict[str, Any]:
    # An existing row keeps the moment of its birth.
    return {"collection": collection, **document._asdict(), "born_at": now, "deleted": False}


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["region"], row["collection"], row["id"], row["scope"]


def _replace(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        send_rows(session, TABLE, rows, REPLACE)
    else:
        session.connection().execute(_from_rows(), rows)


CHANGED = ("number", "rev", "deleted", "body")
REPLACE = or_update(TABLE, CHANGED, counting=False)


@cache
def _from_rows() -> Any:
    statement = sqlite.insert(FeedRow)
    changed = {name: statement.excluded[name] for name in CHANGED}
    updated = statement.on_conflict_do_update(index_elements=["region", "collection", "id", "scope"], set_=changed)
    return updated.returning(T.number)  # makes it one statement, as in `bulk.py`
