"""The order of locks, which every transaction that writes keeps.

Facility rows (sorted by id), then the history is read, then the counter of the department, and last the heads
of the regions (sorted). A head is held only from the end of a unit to its commit, so numbers become visible in
the order of commits and no reader misses one.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.tables.facilities import Facility
from inspection.tables.regions import RegionHead


def lock_facilities(session: Session, keys: Collection[tuple[str, UUID]]) -> Mapping[UUID, Facility]:
    """Lock facilities by (home region, id) for the rest of the transaction, in one sorted query.

    Returns those that exist, fresh from the database. SQLite has no row locks; there a unit that writes is
    alone from its start.
    """
    if not keys:
        return {}
    rows = session.scalars(
        select(Facility)
        .where(among((Facility.home_region, Facility.id), keys))
        .order_by(Facility.home_region, Facility.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def lock_free(session: Session, keys: Collection[tuple[str, UUID]]) -> set[UUID]:
    """Lock those of these facilities that nobody holds, without waiting. Returns the others' ids."""
    wanted = select(Facility.home_region, Facility.id).where(among((Facility.home_region, Facility.id), keys))
    free = {tuple(row) for row in session.execute(wanted.with_for_update(skip_locked=True))}
    if missing := set(keys) - free:  # held by others, or not there at all
        there = wanted.where(among((Facility.home_region, Facility.id), missing))
        return {row.id for row in session.execute(there)}
    return set()


def lock_heads(session: Session, regions: Collection[str]) -> Mapping[str, RegionHead]:
    """Lock the heads of these regions, sorted, making those that are missing. Call it last."""
    wanted = sorted(set(regions))
    held = _lock(session, wanted)
    missing = [r for r in wanted if r not in held]
    if missing:
        _make(session, missing)
        held = _lock(session, wanted)
    return held


def _lock(session: Session, regions: list[str]) -> dict[str, RegionHead]:
    rows = session.scalars(
        select(RegionHead)
        .where(RegionHead.region.in_(regions))
        .order_by(RegionHead.region)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.region: row for row in rows}


def _make(session: Session, regions: list[str]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    empty = {"feed_number": 0, "journal_number": 0, "journal_hash": bytes(32)}
    session.execute(insert(RegionHead).values([{"region": r, **empty} for r in regions]).on_conflict_do_nothing())
