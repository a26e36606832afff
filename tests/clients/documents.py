"""What tablets write, and what a server holds before they come."""

from typing import Any
from uuid import UUID

from inspection.countries import local_date
from inspection.district_ranks import write_district_ranks
from inspection.history import DecisionKind
from inspection.ranks import expected, rank_page
from inspection.tables.regions import Home
from tests.inspection.maps import IN_DISTRICT
from tests.inspection.world import COUNTRY, FAILS, NEIGHBOUR, REGION, STEP, World


def a_facility(world: World, **about: Any) -> dict[str, Any]:
    """A facility as a tablet makes it."""
    names = {"kind": "polyclinic", "name_kk": "Ойдан шығарылған емхана", "name_ru": "Выдуманная поликлиника"}
    fix = {"lat": IN_DISTRICT.lat, "lon": IN_DISTRICT.lon, "accuracy_m": 8}
    return {"id": str(world.new_id()), **names, "catchment": 24000, "fixes": [fix], **about}


def known_facility(world: World, **about: Any) -> UUID:
    """A facility that the server held before any tablet came."""
    made = world.facility(**about)
    world.add(Home(id=made, region=REGION, kind="facility"))
    return made


def a_draft(world: World, facility: UUID, **about: Any) -> dict[str, Any]:
    """The beginning of an audit."""
    return {"id": str(world.new_id()), "facility": str(facility), "answers": [], **about}


def a_full_world(world: World) -> UUID:
    """Something in every collection that the server fills; the id of the audited facility."""
    facility = known_facility(world)
    audit = world.audited(facility, FAILS)
    world.prescribe(audit)
    world.decide(facility, STEP, DecisionKind.RECHECK)
    known_facility(world, district_code=NEIGHBOUR)
    with world.unit() as unit:
        rank_page(unit, REGION, expected(unit.session, COUNTRY, local_date(unit.now, COUNTRY)))
    with world.unit() as unit:
        write_district_ranks(unit, REGION)
    return facility
