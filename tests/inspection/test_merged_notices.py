"""What operators hear of facilities that were merged: nothing is lost, and nothing is told twice."""

from datetime import timedelta
from uuid import UUID

import pytest

from inspection.history import Spot
from inspection.tables.notices import Letter, Notice, NoticeState
from inspection.violation_rows import violation_id
from tests.inspection.merges import known, merge, separate
from tests.inspection.test_notices import an_operator, decide, due_of, gathered, notices, sent, taken, to_day
from tests.inspection.world import DOOR, FAILS, PASSES, World


@pytest.fixture
def pair(world: World) -> tuple[UUID, UUID]:
    """Two facilities of one operator: of the second a prescription has told the door."""
    operator = an_operator(world)
    survivor, merged = known(world, operator_id=operator), known(world, operator_id=operator)
    world.audited(survivor, {DOOR: FAILS[DOOR]}, at=world.clock() - timedelta(days=2))
    world.prescribe(world.audited(merged, {DOOR: FAILS[DOOR]}))
    return survivor, merged


def test_a_prescription_that_was_on_its_way_goes_out_although_its_facility_was_merged(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    merge(world, merged, survivor)
    gathered(world)
    assert sent(world) == ["prescribed"]
    (letter,) = world.rows(Letter)
    assert (letter.facility_id, letter.state) == (merged, "sent")


def test_what_is_mended_where_it_counts_is_not_sent_for_the_merged_one(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    merge(world, merged, survivor)
    gathered(world)
    world.audited(survivor, {DOOR: PASSES[DOOR]}, at=world.clock() - timedelta(minutes=30))
    assert taken(world) == []
    assert notices(world) == [("prescribed", "operator", NoticeState.WITHDRAWN)]


def test_the_stages_of_a_date_that_was_told_of_the_merged_one_come_for_the_survivor_and_once(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    due, heard = due_of(world, merged), {}
    for days in range(-12, 3):
        to_day(world, due + timedelta(days=days))
        if days == -8:
            merge(world, merged, survivor)
        if days == -3:
            separate(world, merged)
        for _ in range(2):
            decide(world)
            gathered(world)
        if stages := sent(world):
            heard[days] = stages
    assert heard == {
        -12: ["prescribed"],
        -10: ["ten_days_before"],
        -5: ["five_days_before"],
        1: ["overdue"],
    }
    of = {row.stage: row.violation_id for row in world.rows(Notice) if row.recipient.startswith("operator")}
    assert of["ten_days_before"] == of["overdue"] == violation_id(merged, Spot(DOOR))
    assert of["five_days_before"] == violation_id(survivor, Spot(DOOR))


def test_a_stage_that_was_to_go_out_for_the_merged_one_goes_out_once(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    gathered(world)
    sent(world)
    to_day(world, due_of(world, merged) - timedelta(days=10))
    decide(world)
    merge(world, merged, survivor)
    decide(world)
    gathered(world)
    assert sent(world) == ["ten_days_before"]
    world.clock.advance(hours=1)
    separate(world, merged)
    decide(world)
    gathered(world)
    assert sent(world) == []
