"""Reading the passport of a facility: what settling has found, with what waits and what has no effect."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.criteria import GROUPS
from inspection.errors import NotFound
from inspection.facilities import KIND
from inspection.homes import at_home
from inspection.passport import Access
from inspection.tables.facilities import Facility, Standing
from inspection.tables.regions import Home

NOTHING_KNOWN: Mapping[str, Any] = {
    "site": dict.fromkeys(GROUPS, Access.UNKNOWN.value),
    "zones": {group: {} for group in GROUPS},
}


def one(session: Session, caller: Caller, facility_id: UUID) -> dict[str, Any]:
    """The passport of the facility with this id, by its latest findings (`passport.py`).

    Where nothing was ever settled every group is unknown. Raises NotFound, also for a facility that the caller may
    not see.
    """
    same = (Standing.home_region == Facility.home_region) & (Standing.id == Facility.id)
    statement = (
        select(Facility.id, Standing)
        .join(Home, at_home(Facility))
        .outerjoin(Standing, same)
        .where(Home.id == facility_id)
    )
    row = session.execute(narrow(statement, Facility, caller)).one_or_none()
    if row is None:
        raise NotFound("there is no such facility", kind=KIND)
    standing: Standing | None = row.Standing
    return {
        "facility_id": row.id,
        **_shown(NOTHING_KNOWN if standing is None else standing.passport),
        "awaiting": standing.awaiting if standing else {},
        "without_effect": standing.without_effect if standing else {},
        "audited_at": standing and standing.audited_at,
        "settled_at": standing and standing.settled_at,
    }


def _shown(passport: Mapping[str, Any]) -> dict[str, Any]:
    zones = {
        group: {
            zone: {**state, "barriers": [_spot(b) for b in state["barriers"]]} for zone, state in by_zone.items()
        }
        for group, by_zone in passport["zones"].items()
    }
    return {"site": passport["site"], "zones": zones}


def _spot(barrier: str) -> dict[str, str]:
    criterion, _, place = barrier.partition("@")
    return {"criterion": criterion, "place": place}
