"""Merging facilities of the small world, and separating them."""

from typing import Any
from uuid import UUID

from inspection import facility_merges
from inspection.aliases import lock_merged
from inspection.tables.facilities import Facility
from inspection.tables.regions import Home
from tests.inspection.world import REGION, World

ONE_PLACE = "Один вход, одна вывеска."


def known(world: World, **about: Any) -> UUID:
    """A facility that can be found by its id."""
    made = world.facility(**about)
    world.add(Home(id=made, region=about.get("home_region", REGION), kind="facility"))
    return made


def merge(world: World, merged: UUID, survivor: UUID, *, by: UUID | None = None, reason: str = ONE_PLACE) -> None:
    caller = world.caller(by or world.head)
    with world.unit(caller.person_id) as unit:
        regions = {row.id: row.home_region for row in unit.session.query(Facility)}
        held, _ = lock_merged(unit.session, [(regions[each], each) for each in (merged, survivor)])
        facility_merges.merge(unit, caller, held[merged], held[survivor], reason)


def separate(world: World, merged: UUID, *, by: UUID | None = None, reason: str = "Два входа.") -> None:
    caller = world.caller(by or world.head)
    with world.unit(caller.person_id) as unit:
        facility_merges.separate(unit, caller, merged, reason)


def facility(world: World, made: UUID) -> Facility:
    (row,) = world.rows(Facility, Facility.id == made)
    return row


def states(world: World, made: UUID) -> dict[str, str]:
    return {spot.criterion: row.state for spot, row in world.violations(made).items()}
