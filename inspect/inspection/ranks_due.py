"""Remembering that something became known that moves ranks; they are computed later, off everybody's path."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from inspection.bulk import upsert_rows
from inspection.tables.ranks import RankDue


def rank_later(session: Session, keys: Collection[tuple[str, UUID]]) -> None:
    """Have these facilities ranked anew, in one statement.

    keys: (home region, id). Call it with the facilities locked, or new: two units that mark the same would
    otherwise wait for each other.
    """
    upsert_rows(session, RankDue, [{"home_region": region, "id": made} for region, made in sorted(set(keys))])
