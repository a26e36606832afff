"""Which facility stands for which: one facility and all that were merged into it are settled as one.

There are no chains: whatever is merged into a survivor names it directly (`facility_merges.py` sees to it).
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.heads import lock_facilities
from inspection.tables.facilities import Facility
from inspection.tables.regions import Home

Key = tuple[str, UUID]  # home region, id
F = Facility.__table__.c


def survivors(session: Session, keys: Collection[Key]) -> Mapping[Key, Key]:
    """Every facility that is merged with one of these, to the one that stands for it; that one to itself.

    Facilities that stand alone are not in it. One query where nothing is merged.
    """
    if not keys:
        return {}
    found = _merged(session, among((F.home_region, F.id), keys), among((F.home_region, F.merged_into), keys))
    if further := {(region, survivor) for region, survivor in found.values()} - set(keys):
        found = found | _merged(session, among((F.home_region, F.merged_into), further))
    return found | {survivor: survivor for survivor in found.values()}


def merged_into(session: Session, keys: Collection[Key]) -> Mapping[UUID, UUID]:
    """The facilities that one of these stands for, each to its survivor. One query."""
    if not keys:
        return {}
    found = _merged(session, among((F.home_region, F.merged_into), keys))
    return {merged: survivor for (_, merged), (_, survivor) in found.items()}


def one_place(session: Session, facility_id: UUID) -> list[UUID]:
    """This facility and those that it stands for, by id."""
    home = session.get(Home, facility_id)
    merged = merged_into(session, [(home.region, facility_id)]) if home else {}
    return [facility_id, *sorted(merged)]


def lock_merged(session: Session, keys: Collection[Key]) -> tuple[Mapping[UUID, Facility], Mapping[Key, Key]]:
    """Lock facilities together with all that are merged with them, in one sorted query, and only then read.

    Returns them, and `survivors` of them as it is under the locks.
    """
    found, wanted = survivors(session, keys), set(keys)
    while True:
        wanted |= found.keys()
        held = lock_facilities(session, wanted)
        found = survivors(session, keys)
        if found.keys() <= wanted:
            break
        # Somebody merged one of them while we waited for the lock: rare, and a deadlock runs the unit again.
    asked = {*keys, *found}
    return {made: row for made, row in held.items() if (row.home_region, made) in asked}, found


def _merged(session: Session, *conditions: object) -> dict[Key, Key]:
    statement = select(F.home_region, F.id, F.merged_into).where(F.merged_into.is_not(None))
    rows = session.connection().execute(statement.where(or_(*conditions)))  # type: ignore[arg-type]
    return {(row.home_region, row.id): (row.home_region, row.merged_into) for row in rows}
