"""Remembering that evidence of where a facility lies has come; it is weighed later, off the tablets' path."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from inspection.bulk import upsert_rows
from inspection.tables.positions import Position


def weigh_later(session: Session, keys: Collection[tuple[str, UUID]]) -> None:
    """Have the positions of these facilities weighed, in one statement.

    keys: (home region, id). Call it with the facilities locked: whoever weighs holds the same locks.
    """
    upsert_rows(session, Position, [{"home_region": r, "id": made, "due": True} for r, made in sorted(set(keys))])
