"""Looking through an area for facilities that may be one place, region by region, in short units."""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from api.work import Units
from inspection.duplicate_search import MOST_ROWS, Queued, likely, page, queue, regions


@dataclass(slots=True)
class Looked:
    """What a search came to. compared: facilities; nowhere: those among them without a position."""

    compared: int = 0
    nowhere: int = 0
    pairs: Counter[Queued] = field(default_factory=Counter)


def look_through(units: Units, area: str, least: float) -> Looked:
    """Compare the facilities in use of an area, those of each region with each other, and queue the likely pairs.

    Comparing takes longest and is done between the units, so that it holds nothing up. Raises InvalidInput for an
    area that is not known.
    """
    looked = Looked()
    for region in units.read(lambda work: regions(work.session, area)):
        rows = _read(units, region, area)
        looked.compared += len(rows)
        looked.nowhere += sum(row.lat is None for row in rows)
        found = likely(rows, least)
        for start in range(0, len(found), MOST_ROWS):
            looked.pairs += units.write(partial(queue, found=found[start : start + MOST_ROWS]))
    return looked


def _read(units: Units, region: str, area: str) -> list[Any]:
    rows: list[Any] = []
    while True:
        after = rows[-1].id if rows else None
        more = units.read(lambda work, after=after: page(work.session, region, area, after))  # type: ignore[misc]
        rows += more
        if len(more) < MOST_ROWS:
            return rows
