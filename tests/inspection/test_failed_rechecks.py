"""A re-check that still measures what was told: the date stands, and it is told further up."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from inspection.history import DecisionKind
from inspection.tables.notices import Letter, Notice
from inspection.tables.people import Grant, Role
from tests.inspection.merges import known, merge, separate
from tests.inspection.test_notices import an_official, due_of, gathered, notices, prescribed, sent, taken, to_day
from tests.inspection.world import DISTRICT, DOOR, FAILS, PASSES, REGION, STEP, World

DAY = timedelta(days=1)
FAIL, PASS = {DOOR: FAILS[DOOR]}, {DOOR: PASSES[DOOR]}


def found(world: World) -> list[tuple[str, str]]:
    """What was told of re-checks: stage and kind of recipient."""
    return sorted((stage, to) for stage, to, _ in notices(world) if stage.startswith("found"))


@pytest.fixture
def facility(world: World) -> UUID:
    an_official(world, Role.HEAD, REGION, "head@example.test")
    an_official(world, Role.AKIMAT, DISTRICT, "akimat@example.test")
    return prescribed(world)


def rechecked(world: World, facility: UUID, answers: Any = None, **about: Any) -> UUID:
    return world.audited(facility, answers or FAIL, at=world.clock.now - timedelta(hours=1), **about)


def test_a_fail_measured_after_the_told_date_is_told_to_all_at_once_and_keeps_the_date(
    world: World, facility: UUID
) -> None:
    due = due_of(world, facility)
    to_day(world, due + DAY)
    audit = rechecked(world, facility)
    assert found(world) == [("found_late", "operator"), ("found_late", "person"), ("found_late", "person")]
    assert {row.document_id for row in world.rows(Notice, Notice.stage == "found_late")} == {audit}
    assert due_of(world, facility) == due
    assert world.violation(facility, DOOR).found_again == 1


def test_every_further_failed_recheck_is_told_anew(world: World, facility: UUID) -> None:
    due = due_of(world, facility)
    for later in (1, 8):
        to_day(world, due + later * DAY)
        rechecked(world, facility)
    assert found(world).count(("found_late", "operator")) == 2
    assert world.violation(facility, DOOR).found_again == 2


def test_what_was_declared_and_is_still_there_before_the_date_is_not_told_to_the_akimat(
    world: World, facility: UUID
) -> None:
    world.decide(facility, DOOR, DecisionKind.DECLARE)
    to_day(world, due_of(world, facility) - 3 * DAY)
    rechecked(world, facility)
    assert found(world) == [("found_again", "operator"), ("found_again", "person")]


def test_a_look_before_the_date_that_nobody_asked_for_is_told_to_nobody(world: World, facility: UUID) -> None:
    to_day(world, due_of(world, facility) - 3 * DAY)
    rechecked(world, facility)
    assert world.violation(facility, DOOR).found_again == 1
    assert found(world) == []


def test_a_pass_is_no_failed_recheck(world: World, facility: UUID) -> None:
    to_day(world, due_of(world, facility) + DAY)
    rechecked(world, facility, PASS)
    assert found(world) == []


def test_what_nobody_was_told_of_is_not_told_as_found_again(world: World, facility: UUID) -> None:
    to_day(world, due_of(world, facility) + DAY)
    for _ in range(2):
        rechecked(world, facility, {STEP: FAILS[STEP]})
    assert found(world) == []


def test_an_older_audit_that_comes_late_and_a_correction_are_no_news(world: World, facility: UUID) -> None:
    due = due_of(world, facility)
    to_day(world, due + 9 * DAY)
    newest = rechecked(world, facility)
    told = found(world)
    world.audited(facility, FAIL, at=world.clock.now - 5 * DAY)
    assert world.violation(facility, DOOR).found_again == 2
    world.audited(facility, FAIL, at=world.clock.now - timedelta(hours=1), corrects=str(newest))
    assert found(world) == told


def test_it_goes_out_unless_the_violation_is_over_by_then(world: World, facility: UUID) -> None:
    gathered(world)
    sent(world)
    to_day(world, due_of(world, facility) + DAY)
    rechecked(world, facility)
    gathered(world)
    assert sent(world) == ["found_late"] * 3
    to_day(world, due_of(world, facility) + 2 * DAY)
    rechecked(world, facility)
    gathered(world)
    world.clock.now += timedelta(hours=2)
    rechecked(world, facility, PASS)
    assert sent(world) == []


def test_an_official_whose_grant_ends_while_the_letter_waits_is_not_written_to(world: World) -> None:
    official = an_official(world, Role.HEAD, REGION, "head@example.test")
    facility = prescribed(world)
    to_day(world, due_of(world, facility) + DAY)
    rechecked(world, facility)
    gathered(world)
    with world.unit() as unit:
        for grant in unit.session.query(Grant).filter_by(person_id=official):
            grant.valid_to = world.clock()
    assert [letter.recipient.partition(":")[0] for letter, _ in taken(world)] == ["operator"]
    (letter,) = world.rows(Letter, Letter.recipient == f"person:{official}")
    assert (letter.state, letter.answer) == ("cancelled", "its reader holds no office there any more")
    states = {row.state for row in world.rows(Notice, Notice.letter_id == letter.id)}
    assert states == {"withdrawn"}


def test_who_is_separated_from_a_facility_with_newer_audits_hears_nothing_new(world: World) -> None:
    first, other = known(world), known(world)
    for each in (first, other):
        world.prescribe(world.audited(each, FAIL))
    to_day(world, due_of(world, first) + DAY)
    rechecked(world, first)
    world.clock.now += DAY
    merge(world, other, first)
    rechecked(world, other)
    assert world.violation(first, DOOR).found_again == 3
    told = found(world)
    world.clock.now += DAY
    separate(world, other)
    assert [world.violation(each, DOOR).found_again for each in (first, other)] == [1, 1]
    assert found(world) == told


def test_a_fail_that_was_told_of_a_facility_is_not_told_again_of_the_one_that_it_is_merged_into(
    world: World,
) -> None:
    first, other = known(world), known(world)
    for each in (first, other):
        world.prescribe(world.audited(each, FAIL))
    to_day(world, due_of(world, first) + DAY)
    rechecked(world, other)
    told = found(world)
    assert told
    merge(world, other, first)
    assert world.violation(first, DOOR).found_again == 2
    assert found(world) == told
