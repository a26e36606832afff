"""Making the feed anew from the tables: rows that are right stay as they are, with their numbers.

For what no unit of work did: an upgrade that brings the feed, a repair by hand, a restored backup. Tombstones are
kept for ever, because a tablet may come home after years.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, literal, not_, select, tuple_
from sqlalchemy.orm import Session

from inspection.heads import lock_heads
from inspection.sync import collections
from inspection.sync.collections import Push
from inspection.sync.documents import render
from inspection.sync.feed import Moves, write_feed
from inspection.sync.outcomes import FIRST_OUTCOME
from inspection.sync.touched import OUTCOMES
from inspection.tables.audits import Audit
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.district_ranks import DistrictRanks
from inspection.tables.drafts import Draft
from inspection.tables.facilities import Facility
from inspection.tables.feed import FeedRow
from inspection.tables.followups import FollowUp
from inspection.tables.intake import IntakeKey, IntakeRow, IntakeState
from inspection.tables.photos import Photo
from inspection.tables.prescriptions import Prescription
from inspection.tables.regions import RegionHead
from inspection.tables.violations import Violation
from inspection.unit import Unit

MODELS: Mapping[str, Any] = {
    "facilities": Facility,
    "checklists": PublishedChecklist,
    "audits": Audit,
    "drafts": Draft,
    "violations": Violation,
    "prescriptions": Prescription,
    "followups": FollowUp,
    "photos": Photo,
    "ranks": DistrictRanks,
}
COLLECTIONS = (*MODELS, OUTCOMES)
EDITED = tuple(name for name, each in collections.COLLECTIONS.items() if each.push is Push.EDITS)
N, T = IntakeRow.__table__.c, FeedRow.__table__.c
Key = tuple[Any, ...]


def was_never_built(session: Session) -> bool:
    """Whether there is something to feed from and no feed: after an upgrade from before there was one."""
    some_row = session.scalar(select(T.region).limit(1))
    return some_row is None and session.scalar(select(PublishedChecklist.id).limit(1)) is not None


def write_missing(unit: Unit, collection: str, after: Key | None, limit: int) -> tuple[Key | None, set[str]]:
    """Write the feed rows of some documents as they should be. after: the key reached.

    Returns the key to go on behind (None: that was all) and the regions in whose feeds something was wrong.
    """
    keys = _keys(unit.session, collection, after, limit)
    if not keys:
        return None, set()
    wanted = [IntakeKey(*key) for key in keys] if collection == OUTCOMES else keys
    return keys[-1], _write(unit, collection, wanted, {key[0] for key in keys})


def bury_strays(unit: Unit, collection: str, after: Key | None, limit: int) -> tuple[Key | None, set[str]]:
    """Give tombstones to documents that are alive in the feed and not in the tables, or not there. As above."""
    rows = _alive(unit.session, collection, after, limit)
    if not rows:
        return None, set()
    homes = unit.session.scalars(select(RegionHead.region)).all()
    keys = [(home, row[1]) for home in homes for row in rows]
    return rows[-1], _write(unit, collection, keys, {row[0] for row in rows}, {row[1] for row in rows})


def new_epoch(unit: Unit, regions: Collection[str] | None = None) -> int:
    """Let every tablet of these regions (None: of all) read from the beginning. Returns how many regions."""
    epoch = unit.new_id().hex[-10:]
    held = unit.session.scalars(select(RegionHead.region)).all() if regions is None else regions
    for head in lock_heads(unit.session, held).values():
        head.epoch = epoch
    return len(held)


def _write(
    unit: Unit, collection: str, keys: Sequence[Any], regions: set[str], only: set[UUID] | None = None
) -> set[str]:
    # The heads first: what is rendered under them is what is committed, and nobody commits beside it.
    heads = lock_heads(unit.session, regions)
    now_there = {(collection, each.id): each for each in render(unit.session, collection, keys)}
    missing = {each.region for each in now_there.values()} - regions
    if missing:  # heads are locked in order, so all of them anew; the locks held already are the same
        heads = {**heads, **lock_heads(unit.session, regions | missing)}
    made = {each.id for each in now_there.values()} | (only or set())
    maybe_there = {(collection, each): frozenset(regions | missing) for each in made}
    moves = Moves(now_there, maybe_there)
    return write_feed(unit.session, heads, moves, unit.now, by_body=True)


def _keys(session: Session, collection: str, after: Key | None, limit: int) -> Sequence[Key]:
    if collection == OUTCOMES:
        columns: tuple[Any, ...] = (N.home_region, N.collection, N.document_id, N.content_hash)
        return _next(session, columns, after, limit, _is_told())
    table = MODELS[collection].__table__.c
    return _next(session, (table.home_region, table.id), after, limit)


def _is_told() -> ColumnElement[bool]:
    """The condition that who sent an intake row hears what became of it: not of an edit that was simply taken."""
    simply = N.collection.in_(EDITED) & N.state.in_([IntakeState.KEPT.value, IntakeState.TAKEN.value])
    return not_(simply & (N.outcome_rev <= FIRST_OUTCOME))


def _alive(session: Session, collection: str, after: Key | None, limit: int) -> Sequence[Key]:
    columns = (T.region, T.id, T.scope)
    return _next(session, columns, after, limit, T.collection == collection, T.deleted.is_(False))


def _next(session: Session, columns: Sequence[Any], after: Key | None, limit: int, *where: Any) -> Sequence[Key]:
    statement = select(*columns).where(*where).order_by(*columns).limit(limit)
    if after is not None:
        reached = [literal(value, column.type) for value, column in zip(after, columns, strict=True)]
        statement = statement.where(tuple_(*columns) > tuple_(*reached))
    return [tuple(row) for row in session.connection().execute(statement)]
