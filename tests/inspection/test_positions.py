"""Where facilities lie, by the fixes of their audits: weighed in any order, and doubts are a person's."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from geo.distance import metres_per_degree
from inspection import position_questions
from inspection.errors import DoesNotApply, Forbidden, InvalidInput, NotFound
from inspection.facilities import change
from inspection.position_questions import Decision
from inspection.positions import weigh_due
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.positions import PositionQuestion
from inspection.tables.regions import Home
from tests.inspection.maps import IN_DISTRICT, draw
from tests.inspection.world import DISTRICT, NEIGHBOUR, REGION, STEP, Document, World

LAT, LON = IN_DISTRICT.lat, IN_DISTRICT.lon
EAST, NORTH = (float(scale) for scale in metres_per_degree(LAT))
TO_NEIGHBOUR = 0.5 * EAST  # metres: half a degree


@pytest.fixture
def mapped(world: World) -> World:
    """The small world with outlines."""
    draw(world)
    return world


def fixes(east: float = 0.0, accuracy: float = 8.0) -> list[dict[str, Any]]:
    """Three fixes of a visit, so many metres east of the door."""
    return [
        {"lat": LAT + d / NORTH, "lon": LON + (east + d) / EAST, "accuracy_m": accuracy} for d in (-1.5, 0.25, 1.0)
    ]


def visit(world: World, facility: UUID, east: float, days_ago: float) -> Document:
    at = world.clock() - timedelta(days=days_ago)
    return world.document(facility, {STEP: 0.01}, at=at, fixes=fixes(east))


def push(world: World, *documents: Document) -> None:
    """Each in a unit of its own, weighed after each."""
    for document in documents:
        (outcome,) = world.push(document)
        assert outcome.state == "taken", outcome
        weigh(world)


def weigh(world: World) -> int:
    with world.unit() as unit:
        return weigh_due(unit)


def held(world: World, facility: UUID) -> Facility:
    (row,) = world.rows(Facility, Facility.id == facility)
    return row


def questions(world: World, facility: UUID) -> Sequence[PositionQuestion]:
    return world.rows(PositionQuestion, PositionQuestion.facility_id == facility)


def decide(world: World, question: UUID, decision: Decision, by: UUID | None = None) -> PositionQuestion:
    caller = world.caller(by or world.head)
    with world.unit(by or world.head) as unit:
        return position_questions.decide(unit, caller, question, decision, "был на месте")


def placed(world: World, **about: Any) -> UUID:
    where = {"lat": LAT, "lon": LON, "location_method": "person", "area_certainty": "inside"}
    return known(world, **{**where, **about})


def known(world: World, **about: Any) -> UUID:
    """A facility whose home is known, so that its id alone is enough."""
    facility = world.facility(**about)
    world.add(Home(id=facility, region=REGION, kind="facility"))
    return facility


def test_a_facility_without_a_position_gets_one_from_good_fixes(mapped: World) -> None:
    facility = mapped.facility()
    push(mapped, visit(mapped, facility, 0, 3))
    now = held(mapped, facility)
    assert now.lat == pytest.approx(LAT, abs=1e-5)
    assert now.lon == pytest.approx(LON, abs=1e-5)
    assert (now.location_method, now.district_code, now.area_certainty) == ("fix", DISTRICT, "inside")
    assert now.accuracy_m is not None
    assert 0 < now.accuracy_m < 8
    assert weigh(mapped) == 0, "weighing is done once"


@pytest.mark.parametrize("method", ["centroid", "geocoded"])
def test_the_middle_of_a_settlement_gives_way_to_good_fixes(mapped: World, method: str) -> None:
    facility = placed(mapped, lon=LON + 3000 / EAST, accuracy_m=2000.0, location_method=method)
    push(mapped, visit(mapped, facility, 0, 3))
    assert held(mapped, facility).lon == pytest.approx(LON, abs=1e-5)
    assert not questions(mapped, facility)


def test_vague_fixes_give_no_position(mapped: World) -> None:
    facility = mapped.facility()
    push(mapped, mapped.document(facility, {STEP: 0.01}, fixes=fixes(accuracy=900.0)))
    assert held(mapped, facility).lat is None


def test_fixes_that_agree_make_a_held_position_surer_and_leave_it_where_it_is(mapped: World) -> None:
    facility = placed(mapped, accuracy_m=60.0)
    push(mapped, visit(mapped, facility, 3, 3))
    now = held(mapped, facility)
    assert (now.lat, now.lon, now.location_method) == (LAT, LON, "person")
    assert now.accuracy_m is not None
    assert 3 < now.accuracy_m < 12


def test_fixes_far_away_are_a_question_and_move_nothing(mapped: World) -> None:
    facility = placed(mapped)
    push(mapped, visit(mapped, facility, 150, 3))
    now = held(mapped, facility)
    assert (now.lat, now.lon, now.accuracy_m) == (LAT, LON, None)
    (asked,) = questions(mapped, facility)
    assert (asked.state, asked.about, asked.proposed_area) == ("open", "position", DISTRICT)
    assert asked.distance_m == pytest.approx(150, abs=3)
    assert [fix["counts"] for fix in asked.fixes] == [True] * 3
    assert "position.asked" in {entry.action for entry in mapped.rows(JournalEntry)}


def test_the_order_of_arrival_does_not_matter(mapped: World) -> None:
    ends = set()
    for order in permutations([(0.0, 9.0), (400.0, 5.0), (4.0, 2.0)]):
        facility = mapped.facility()
        push(mapped, *(visit(mapped, facility, east, days) for east, days in order))
        now, (asked,) = held(mapped, facility), questions(mapped, facility)
        ends.add((now.lat, now.lon, now.accuracy_m, now.district_code, asked.state, asked.distance_m))
    assert len(ends) == 1


def test_what_is_moved_by_a_person_goes_to_the_other_district_with_its_documents(mapped: World) -> None:
    facility = placed(mapped)
    push(mapped, visit(mapped, facility, TO_NEIGHBOUR, 3))
    (asked,) = questions(mapped, facility)
    assert asked.proposed_area == NEIGHBOUR
    decide(mapped, asked.id, Decision.MOVE)
    weigh(mapped)
    now = held(mapped, facility)
    assert (now.district_code, now.location_method) == (NEIGHBOUR, "person")
    assert {row.district_code for row in mapped.rows(Audit, Audit.facility_id == facility)} == {NEIGHBOUR}
    (asked,) = questions(mapped, facility)
    assert (asked.state, asked.district_code, asked.decided_by) == ("moved", NEIGHBOUR, mapped.head)


def test_what_is_kept_is_not_asked_again_until_another_visit_says_so(mapped: World) -> None:
    facility = placed(mapped)
    push(mapped, visit(mapped, facility, 300, 5))
    (asked,) = questions(mapped, facility)
    decide(mapped, asked.id, Decision.KEEP)
    push(mapped, visit(mapped, facility, 0, 4))
    assert [q.state for q in questions(mapped, facility)] == ["kept"]
    push(mapped, visit(mapped, facility, 305, 3))
    assert sorted(q.state for q in questions(mapped, facility)) == ["kept", "open"]


def test_a_decision_can_be_sent_twice_and_not_turned_round(mapped: World) -> None:
    facility = placed(mapped)
    push(mapped, visit(mapped, facility, 300, 5))
    (asked,) = questions(mapped, facility)
    assert decide(mapped, asked.id, Decision.KEEP).rev == decide(mapped, asked.id, Decision.KEEP).rev
    with pytest.raises(DoesNotApply):
        decide(mapped, asked.id, Decision.MOVE)


def test_nobody_decides_outside_their_areas(mapped: World) -> None:
    facility = placed(mapped)
    push(mapped, visit(mapped, facility, TO_NEIGHBOUR, 3))
    (asked,) = questions(mapped, facility)
    with pytest.raises(NotFound):
        decide(mapped, asked.id, Decision.KEEP, by=mapped.person(Role.HEAD, NEIGHBOUR))
    with pytest.raises(Forbidden):
        decide(mapped, asked.id, Decision.KEEP, by=mapped.person(Role.MINISTRY, "KZ"))
    with pytest.raises(Forbidden):
        decide(mapped, asked.id, Decision.MOVE, by=mapped.person(Role.HEAD, DISTRICT))
    with pytest.raises(InvalidInput), mapped.unit() as unit:
        position_questions.decide(unit, mapped.caller(mapped.head), asked.id, Decision.KEEP, " ")


def test_a_district_that_a_person_gave_is_not_left_for_a_fix(mapped: World) -> None:
    facility = known(mapped, area_certainty="given")
    push(mapped, visit(mapped, facility, TO_NEIGHBOUR, 3))
    assert (held(mapped, facility).lat, held(mapped, facility).district_code) == (None, DISTRICT)
    (asked,) = questions(mapped, facility)
    assert asked.why == "the fixes lie in another area than the one that is held"
    decide(mapped, asked.id, Decision.MOVE)
    assert held(mapped, facility).district_code == NEIGHBOUR


def test_a_question_is_withdrawn_when_a_person_has_corrected_the_position(mapped: World) -> None:
    facility = placed(mapped)
    push(mapped, visit(mapped, facility, 300, 5))
    with mapped.unit() as unit:
        rev = held(mapped, facility).rev
        change(unit, mapped.caller(mapped.head), facility, rev, {"lat": LAT, "lon": LON + 300 / EAST})
    weigh(mapped)
    assert [q.state for q in questions(mapped, facility)] == ["withdrawn"]
