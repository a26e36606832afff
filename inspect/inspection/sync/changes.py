"""Whether something changed for a tablet: what the live streams ask, without reading a document."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.sync.collections import Collection
from inspection.sync.pulling import Position, page
from inspection.sync.tablets import Tablet
from inspection.tables.regions import RegionHead


def feed_numbers(session: Session) -> dict[str, int]:
    """The last feed number of every region."""
    rows = session.connection().execute(select(RegionHead.region, RegionHead.feed_number))
    return {row.region: row.feed_number for row in rows}


def changed_since(
    session: Session, tablet: Tablet, collections: Iterable[Collection], numbers: dict[str, int]
) -> list[str]:
    """Names of the collections that have something behind these numbers in what this tablet may read.

    numbers: by region; of a region that is not named nothing is new.
    """
    return [
        each.name
        for each in collections
        if (after := numbers.get(each.region(tablet))) is not None
        and page(session, tablet, each, Position(after, restarting=False), 1)
    ]
