"""What a report says of obstructed visits: as the ranks have them now, with how much of it rests on guesses.

Nobody keeps what the ranks said at the beginning of a period, so that figure stays null. Where no place is ranked
nothing is known, which is not zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select

from inspection.tables.facilities import Facility, Standing

NOTHING: dict[str, Any] = {"state": "not_recorded", "now": None, "at_start": None, "placeholder_share": None}


@dataclass(frozen=True, slots=True)
class Obstructed:
    """Sums over ranked places.

    visits: obstructed a month. invented: places whose visits rest on invented priors.
    """

    key: str | None
    visits: float
    places: int
    invented: int


def statement(key: Any) -> Select[Any]:
    """The columns of Obstructed for each key, to be narrowed by Standing: the places that `/ranks` lists."""
    same = (Facility.home_region == Standing.home_region) & (Facility.id == Standing.id)
    invented = func.sum(case((Standing.placeholder.is_(True), 1), else_=0))
    return (
        select(key, func.sum(Standing.obstructed), func.count(), invented)
        .select_from(Standing)
        .join(Facility, same)
        .where(Standing.obstructed.is_not(None))
        .group_by(key)
    )


def figures(sums: Iterable[Obstructed]) -> dict[str, Any]:
    """What is shown of them together: visits a month to one decimal."""
    counted = list(sums)
    places = sum(each.places for each in counted)
    if not places:
        return dict(NOTHING)
    share = sum(each.invented for each in counted) / places
    visits = round(sum(each.visits for each in counted), 1)
    return {"state": "known", "now": visits, "at_start": None, "placeholder_share": round(share, 4)}
