from typing import Any
from uuid import UUID

import pytest

from inspection import facility_passports
from inspection.criteria import GROUPS
from inspection.errors import NotFound
from inspection.history import DecisionKind
from inspection.tables.facilities import Facility
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.inspection.world import DISTRICT, NEIGHBOUR, PASSES, REGION, STEP, TACTILE, World


@pytest.fixture
def facility(world: World) -> UUID:
    made = world.facility()
    world.add(Home(id=made, region=REGION, kind="facility"))
    return made


def passport(world: World, facility: UUID, person: UUID | None = None) -> dict[str, Any]:
    with world.open_session() as session:
        return facility_passports.one(session, world.caller(person or world.head), facility)


def test_a_facility_that_was_never_audited_is_unknown_to_every_group(world: World, facility: UUID) -> None:
    assert passport(world, facility) == {
        "facility_id": facility,
        "site": dict.fromkeys(GROUPS, "unknown"),
        "zones": {group: {} for group in GROUPS},
        "awaiting": {},
        "without_effect": {},
        "audited_at": None,
        "settled_at": None,
    }


def test_a_passport_shows_each_zone_with_its_barriers_and_what_was_looked_at(world: World, facility: UUID) -> None:
    audit = world.audited(facility, {**PASSES, STEP: 0.05, TACTILE: False})
    shown = passport(world, facility)
    assert shown["site"]["wheelchair"] == "blocked"
    entrance = shown["zones"]["wheelchair"]["entrance"]
    assert entrance["barriers"] == [{"criterion": STEP, "place": "main"}]
    assert (entrance["access"], entrance["checked"], entrance["applicable"]) == ("blocked", 2, 2)
    assert shown["zones"]["vision"]["route"]["access"] == "partial"
    assert shown["audited_at"] == world.standing(facility).audited_at
    assert shown["settled_at"] == world.clock()
    assert world.violation(facility, STEP).last_audit_id == audit


def test_a_waiver_makes_no_barrier_passable(world: World, facility: UUID) -> None:
    world.audited(facility, {**PASSES, STEP: 0.05})
    before = passport(world, facility)
    world.decide(facility, STEP, DecisionKind.WAIVE)
    assert passport(world, facility)["zones"] == before["zones"]


def test_a_passport_says_which_corrections_wait_and_which_decisions_no_longer_apply(
    world: World, facility: UUID
) -> None:
    audit = world.audited(facility, {STEP: 0.05})
    world.prescribe(audit)
    decision = world.decide(facility, STEP, DecisionKind.DECLARE)
    world.clock.advance(days=1)
    document = world.document(facility, {STEP: 0.01}, corrects=str(audit))
    world.push(document, by=world.colleague)
    waiting = passport(world, facility)
    assert waiting["awaiting"] == {document["id"]: "confirmation"}
    assert waiting["without_effect"] == {}
    world.confirm(UUID(document["id"]))
    after = passport(world, facility)
    assert document["id"] not in after["awaiting"]
    assert set(after["without_effect"]) == {str(decision.id)}


def test_a_passport_of_a_facility_out_of_sight_is_not_found_like_one_of_nobody(
    world: World, facility: UUID
) -> None:
    stranger = world.person(Role.HEAD, NEIGHBOUR)
    said = []
    for wanted in (facility, world.new_id()):
        with pytest.raises(NotFound) as refused:
            passport(world, wanted, stranger)
        said.append((refused.value.message, refused.value.members))
    assert said[0] == said[1]
    assert passport(world, facility, world.person(Role.MINISTRY, DISTRICT))["facility_id"] == facility


def test_an_id_of_something_else_has_no_passport(world: World) -> None:
    other = world.new_id()
    world.add(Home(id=other, region=REGION, kind="operator"))
    assert world.rows(Facility, Facility.id == other) == []
    with pytest.raises(NotFound):
        passport(world, other)
