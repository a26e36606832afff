"""What a report says of obstructed visits: as the ranks have them now, with how much of it rests on guesses.

Nobody keeps what the ranks said at the beginning of a period, so that figure stays null. Where no place is ranked
nothing is known, which is not zero.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from inspection.reports.asked import Asked, By
from inspection.reports.listing import Listing, What, listed
from inspection.tables.facilities import Facility, Standing

NOTHING: dict[str, Any] = {"state": "not_recorded", "now": None, "at_start": None, "placeholder_share": None}
OF_FACILITY = and_(Facility.home_region == Standing.home_region, Facility.id == Standing.id)


@dataclass(frozen=True, slots=True)
class Obstructed:
    """Sums over ranked places.

    visits: obstructed a month. invented: places whose visits rest on invented priors.
    """

    key: str | None
    visits: float
    places: int
    invented: int


def sums(asked: Asked) -> Iterator[Obstructed]:
    """The sums for each row, over the places that `/ranks` lists."""
    key = _key(asked)
    invented = func.sum(case((Standing.placeholder.is_(True), 1), else_=0))
    statement = select(key, func.sum(Standing.obstructed), func.count(), invented).select_from(Standing)
    if asked.by is By.KIND:
        statement = statement.join(Facility, OF_FACILITY)
    statement = statement.where(_ranked()).group_by(key)
    return (Obstructed(*row) for row in asked.rows(statement, Standing))


def figures(sums: Iterable[Obstructed]) -> dict[str, Any]:
    """What is shown of them together: visits a month to one decimal."""
    counted = list(sums)
    places = sum(each.places for each in counted)
    if not places:
        return dict(NOTHING)
    share = sum(each.invented for each in counted) / places
    visits = round(sum(each.visits for each in counted), 1)
    return {"state": "known", "now": visits, "at_start": None, "placeholder_share": round(share, 4)}


def listing(asked: Asked) -> Listing:
    """The ranked places, each with the visits that its barriers obstruct: here the figure is their sum."""
    shown = Standing.obstructed, Standing.placeholder, Standing.use_state
    statement = listed(_key(asked), Standing, Standing.id, Standing.id, *shown).select_from(Standing)
    statement = statement.join(Facility, OF_FACILITY).where(_ranked())
    return Listing(
        What.FACILITY,
        statement,
        Standing,
        lambda row: (
            None,
            {"obstructed": row.obstructed, "placeholder": row.placeholder, "use_state": row.use_state},
        ),
    )


def _key(asked: Asked) -> Any:
    return Facility.kind if asked.by is By.KIND else asked.key(Standing)


def _ranked() -> ColumnElement[bool]:
    return Standing.obstructed.is_not(None)
