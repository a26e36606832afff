from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from inspection.dossiers import open_dossiers
from inspection.errors import DoesNotApply
from inspection.history import DecisionKind, EndedBy
from inspection.journal_proof import verify
from inspection.settling import resettle_due, write_settled
from inspection.sync.touched import noticing
from inspection.tables.facilities import Facility, Standing
from inspection.tables.followups import FollowUp
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.telling import ReviewCase
from inspection.tables.violations import Violation
from tests.inspection.world import (
    COUNTRY,
    DESK,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_REGION,
    PASSES,
    REGION,
    STEP,
    TACTILE,
    World,
    small_checklist,
)

K = DecisionKind


def resettle(world: World, limit: int = 500) -> int:
    with world.unit() as unit:
        return resettle_due(unit, limit)


def settle_again(world: World, facility: UUID) -> None:
    with world.unit() as unit:
        write_settled(unit, open_dossiers(unit, [(REGION, facility)]).values())


@pytest.fixture
def prescribed(world: World) -> UUID:
    """A facility whose step was prescribed: due on 15 April, 30 days after 16 March."""
    facility = world.facility()
    world.prescribe(world.audited(facility, {STEP: 0.05}))
    world.clock.advance(hours=1)
    return facility


# What is written


def test_settling_again_changes_no_violation_and_adds_no_entry(world: World, prescribed: UUID) -> None:
    before = {row.id: row.rev for row in world.rows(Violation)}
    entries = len(world.rows(JournalEntry))
    world.clock.advance(days=1)
    settle_again(world, prescribed)
    assert {row.id: row.rev for row in world.rows(Violation)} == before
    assert len(world.rows(JournalEntry)) == entries


def test_only_violations_that_changed_count_up(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {STEP: 0.05, DOOR: 0.75}, at=world.clock() - timedelta(days=2))
    world.audited(facility, {STEP: 0.01})
    assert {spot.criterion: row.rev for spot, row in world.violations(facility).items()} == {STEP: 2, DOOR: 1}


def test_a_rank_that_somebody_else_wrote_survives_settling(world: World, prescribed: UUID) -> None:
    with world.unit() as unit, noticing():
        unit.session.execute(update(Violation).values(obstructed=12.5))
    world.decide(prescribed, STEP, K.ACCEPT)
    assert world.violation(prescribed, STEP).obstructed == 12.5


def test_a_violation_says_when_it_was_found_how_often_and_what_ended_it(world: World) -> None:
    facility = world.facility()
    days = [world.clock() - timedelta(days=n) for n in (9, 7, 5)]
    first = world.audited(facility, {STEP: 0.05}, at=days[0])
    world.audited(facility, {STEP: 0.06}, at=days[1])
    held = world.violation(facility, STEP)
    assert (held.state, held.opened_at, held.opened_by, held.found_again) == ("open", days[0], first, 1)
    assert (held.value, held.groups, held.severity, held.zone) == (0.06, 0b11, "gross", "entrance")
    world.audited(facility, {STEP: 0.0}, at=days[2])
    held = world.violation(facility, STEP)
    assert (held.state, held.ended_at, held.ended_by) == ("released", days[2], EndedBy.MEASURED_PASS)


def test_what_opens_again_is_a_new_episode_of_the_same_violation(world: World) -> None:
    facility = world.facility()
    for days, step in ((9, 0.05), (7, 0.0), (5, 0.05)):
        world.audited(facility, {STEP: step}, at=world.clock() - timedelta(days=days))
    (held,) = world.rows(Violation)
    assert (held.state, len(held.episodes)) == ("open", 2)
    assert held.opened_at == world.clock() - timedelta(days=5)


def test_not_checked_and_not_applicable_release_nothing(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {STEP: 0.05, DOOR: 0.75}, at=world.clock() - timedelta(days=3))
    world.audited(facility, {STEP: {"state": "not_applicable"}, DOOR: {"state": "not_checked"}})
    step, door = world.violation(facility, STEP), world.violation(facility, DOOR)
    assert (step.state, step.needs_decision) == ("open", True)
    assert (door.state, door.needs_decision) == ("open", False)


def test_a_provisional_date_triggers_nothing(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {STEP: 0.05})
    held = world.violation(facility, STEP)
    assert (held.due_on, held.provisional_due_on) == (None, date(2026, 4, 14))
    world.clock.advance(days=90)
    assert resettle(world) == 0
    assert (world.followup(facility), world.rows(ReviewCase)) == (None, [])


def test_the_passport_needs_an_alternative_that_was_tested_no_earlier_than_the_barrier(world: World) -> None:
    facility = world.facility()
    found = {**PASSES, STEP: 0.05}
    world.audited(facility, found, at=world.clock() - timedelta(days=3), alternative={"wheelchair": "none"})
    assert world.standing(facility).passport["site"]["wheelchair"] == "blocked"
    world.audited(facility, found, alternative={"wheelchair": "second_entrance"})
    assert world.standing(facility).passport["site"]["wheelchair"] == "conditional"


def test_a_facility_without_an_audit_that_counts_is_unknown_not_fine(world: World) -> None:
    facility = world.facility()
    world.audited(facility, PASSES, anchor=None)
    standing = world.standing(facility)
    assert set(standing.passport["site"].values()) == {"unknown"}
    assert (standing.audited_at, standing.barriers) == (None, [])


# Follow-ups


def test_one_visit_closes_the_follow_up_it_was_asked_for(world: World, prescribed: UUID) -> None:
    world.decide(prescribed, STEP, K.DECLARE)
    world.clock.advance(days=2)
    visit = world.audited(prescribed, {STEP: 0.01}, at=world.clock() - timedelta(hours=1))
    (followup,) = world.rows(FollowUp)
    assert (followup.state, followup.closed_by, followup.closed_at) == ("done", visit, world.clock())
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "followup.done")
    assert entry.changes == {"state": ["queued", "done"]}


def test_a_follow_up_whose_reason_went_away_by_itself_is_cancelled(world: World, prescribed: UUID) -> None:
    world.decide(prescribed, STEP, K.DECLARE)
    world.clock.advance(days=1)
    world.decide(prescribed, STEP, K.WAIVE)
    (followup,) = world.rows(FollowUp)
    assert (followup.state, followup.closed_by) == ("cancelled", None)


def test_settling_changes_the_items_of_a_follow_up_and_never_its_assignee(world: World) -> None:
    facility = world.facility()
    world.prescribe(world.audited(facility, {STEP: 0.05, DOOR: 0.75}))
    world.clock.advance(hours=1)
    world.decide(facility, STEP, K.DECLARE)
    with world.unit() as unit, noticing():
        unit.session.execute(update(FollowUp).values(state="assigned", assignee_id=world.inspector))
    world.clock.advance(hours=1)
    world.decide(facility, DOOR, K.RECHECK)
    (followup,) = world.rows(FollowUp)
    assert (followup.state, followup.assignee_id) == ("assigned", world.inspector)
    assert [item["criterion"] for item in followup.items] == [DOOR, STEP]


def test_a_declaration_that_a_later_visit_refutes_needs_no_further_visit(world: World, prescribed: UUID) -> None:
    world.decide(prescribed, STEP, K.DECLARE)
    world.clock.advance(days=2)
    world.audited(prescribed, {STEP: 0.05}, at=world.clock() - timedelta(hours=1))
    assert (world.violation(prescribed, STEP).state, world.followup(prescribed)) == ("open", None)


# Waivers of what was told


def test_a_waived_violation_that_passes_is_released_and_revoking_the_waiver_changes_nothing(
    world: World, prescribed: UUID
) -> None:
    waiver = world.decide(prescribed, STEP, K.WAIVE)
    world.clock.advance(days=2)
    passed_at = world.clock() - timedelta(hours=1)
    world.audited(prescribed, {STEP: 0.01}, at=passed_at)
    held = world.violation(prescribed, STEP)
    assert (held.state, held.ended_at, held.ended_by) == ("released", passed_at, EndedBy.MEASURED_PASS)
    assert (held.due_on, held.last_action) == (date(2026, 4, 15), "released")
    with pytest.raises(DoesNotApply):
        world.revoke(waiver.id)
    assert world.violation(prescribed, STEP).state == "released"


def test_a_told_date_that_passed_during_a_waiver_is_overdue_when_the_waiver_has_run_out(
    world: World, prescribed: UUID
) -> None:
    world.decide(prescribed, STEP, K.WAIVE, until=date(2026, 5, 1))
    world.clock.now = world.clock().replace(month=5, day=3)
    assert resettle(world) == 1
    held, followup = world.violation(prescribed, STEP), world.followup(prescribed)
    assert (held.state, held.due_on) == ("open", date(2026, 4, 15))
    assert followup is not None
    assert followup.items[0]["reasons"] == ["overdue"]
    assert (world.rows(ReviewCase), resettle(world)) == ([], 0)


# What time alone changes


def test_a_waiver_that_has_run_out_opens_its_violation_again(world: World, prescribed: UUID) -> None:
    waiver = world.decide(prescribed, STEP, K.WAIVE, until=date(2026, 3, 20))
    world.clock.now = world.clock().replace(day=20, hour=18, minute=59)  # a minute to midnight in Astana
    assert resettle(world) == 0
    assert world.violation(prescribed, STEP).state == "waived"
    world.clock.advance(minutes=1)
    assert resettle(world) == 1
    held = world.violation(prescribed, STEP)
    assert (held.state, held.opened_by, held.opened_at) == ("open", waiver.id, world.clock())
    assert resettle(world) == 0
    with world.open_session() as session:
        assert list(verify(session, REGION)) == []


def test_a_told_date_that_has_passed_calls_for_a_follow_up_once(world: World, prescribed: UUID) -> None:
    assert world.standing(prescribed).changes_on == date(2026, 4, 16)
    world.clock.now = world.clock().replace(month=4, day=15, hour=18)  # still the 15th in Astana
    assert resettle(world) == 0
    world.clock.advance(hours=1)
    assert resettle(world) == 1
    followup = world.followup(prescribed)
    assert followup is not None
    assert (followup.items[0]["reasons"], followup.wanted_from) == (["overdue"], date(2026, 4, 15))
    assert resettle(world) == 0
    assert len(world.rows(FollowUp)) == 1


def test_after_an_extension_both_dates_are_looked_at(world: World, prescribed: UUID) -> None:
    world.decide(prescribed, STEP, K.EXTEND, until=date(2026, 9, 1))
    days = []
    while (day := world.standing(prescribed).changes_on) is not None:
        days.append(day)
        world.clock.now = world.clock().replace(month=day.month, day=day.day)
        assert resettle(world) == 1
    assert days == [date(2026, 4, 16), date(2026, 9, 2)]


def test_what_is_over_waits_for_no_date(world: World, prescribed: UUID) -> None:
    world.decide(prescribed, STEP, K.WAIVE)
    assert world.standing(prescribed).changes_on is None


def test_a_newer_checklist_is_applied_to_everything_that_was_settled_before(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {**PASSES, TACTILE: False})
    world.clock.advance(days=1)
    newer = small_checklist("2.0.0")
    dropped = {name: c for name, c in newer.criteria.items() if name != TACTILE}
    world.publish(replace(newer, criteria=dropped))
    assert not world.violation(facility, TACTILE).needs_decision
    world.clock.advance(seconds=1)
    assert resettle(world) == 1
    assert world.violation(facility, TACTILE).needs_decision
    assert resettle(world) == 0


def test_due_facilities_are_settled_unit_by_unit_one_region_at_a_time(world: World) -> None:
    there = world.facility(home_region=OTHER_REGION, region_code=OTHER_REGION, district_code=None)
    head = world.person(Role.HEAD, COUNTRY)
    world.grant(world.inspector, Role.INSPECTOR, OTHER_REGION)
    document = world.document(there, FAILS)
    world.push(document, region=OTHER_REGION)
    facilities = [world.facility() for _ in range(3)]
    world.push(*(world.document(facility, FAILS) for facility in facilities))
    for facility in (there, *facilities):
        world.decide(facility, STEP, K.WAIVE, until=date(2026, 3, 16), by=head)
    assert resettle(world) == 0
    world.clock.advance(days=2)
    assert [resettle(world, limit=2) for _ in range(4)] == [1, 2, 1, 0]
    assert {world.violation(facility, STEP).state for facility in (there, *facilities)} == {"open"}


def test_nothing_published_and_nothing_settled_is_nothing_due(world: World) -> None:
    assert resettle(world) == 0
    assert world.rows(Standing) == []


def test_a_told_item_found_to_be_over_early_is_told_no_longer(world: World, prescribed: UUID) -> None:
    """A late pass from before the prescription: nothing was open when it was issued."""
    world.audited(prescribed, {STEP: 0.0}, at=world.clock() - timedelta(hours=5))
    assert world.violation(prescribed, STEP).state == "released"


def test_a_review_case_closes_when_what_was_told_is_true_again(world: World, prescribed: UUID) -> None:
    first = world.violation(prescribed, STEP).opened_by
    world.clock.advance(days=1)
    document = world.document(prescribed, {STEP: 0.01}, corrects=str(first))
    world.push(document, by=world.colleague)
    confirmation = world.confirm(UUID(document["id"]))
    assert [(case.why, case.closed_at) for case in world.rows(ReviewCase)] == [("vanished", None)]
    world.clock.advance(days=1)
    world.revoke(confirmation.id)
    assert [(case.why, case.closed_at) for case in world.rows(ReviewCase)] == [("vanished", world.clock())]


def test_a_backdated_correction_that_arrives_after_the_prescription_waits_for_the_head(
    world: World, prescribed: UUID
) -> None:
    first = world.violation(prescribed, STEP).opened_by
    signed_before = world.clock() - timedelta(hours=3)
    document = world.document(prescribed, {STEP: 0.01}, corrects=str(first), at=signed_before)
    world.push(document)
    assert world.violation(prescribed, STEP).state == "open"
    assert world.standing(prescribed).awaiting == {document["id"]: "confirmation"}
    world.confirm(UUID(document["id"]))
    assert world.violation(prescribed, STEP).state == "withdrawn"


def test_a_facility_that_moved_takes_what_settling_writes_with_it(world: World, prescribed: UUID) -> None:
    with world.unit() as unit, noticing():
        unit.session.execute(update(Facility).where(Facility.id == prescribed).values(district_code=NEIGHBOUR))
    settle_again(world, prescribed)
    assert world.violation(prescribed, STEP).district_code == NEIGHBOUR
    assert world.standing(prescribed).district_code == NEIGHBOUR


def test_a_desk_alone_blocks_nobody(world: World) -> None:
    facility = world.facility()
    world.audited(facility, {**PASSES, DESK: "high"})
    assert world.standing(facility).passport["site"]["vision"] == "full"
