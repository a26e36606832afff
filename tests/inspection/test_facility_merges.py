"""Merging two facilities that are one place: the survivor is settled by both histories, and parting undoes it."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from inspection import audits, facilities, violation_details
from inspection.aliases import survivors
from inspection.dossiers import open_dossiers
from inspection.errors import DoesNotApply, Forbidden, InvalidInput, NotFound
from inspection.history import DecisionKind, Spot
from inspection.journal_proof import verify
from inspection.notices.correcting import correct
from inspection.ranks import expected
from inspection.settling import write_settled
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.duplicates import FacilityMerge
from inspection.tables.feed import FeedRow
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.telling import ReviewCase
from inspection.tables.use_records import UseRecord
from inspection.understanding import understand
from inspection.use_evidence import evidence_of
from inspection.use_priors import own_use_priors
from inspection.violation_rows import violation_id
from tests.inspection.histories import picture
from tests.inspection.merges import ONE_PLACE, facility, known, merge, separate, states
from tests.inspection.world import (
    COUNTRY,
    DESK,
    DISTRICT,
    DOOR,
    NEIGHBOUR,
    OTHER_REGION,
    REGION,
    STEP,
    TACTILE,
    World,
)

K = DecisionKind


@pytest.fixture
def pair(world: World) -> tuple[UUID, UUID]:
    """Two facilities with a history each: the other's step was mended later, its desk is too high."""
    survivor, merged = known(world), known(world)
    days = [world.clock() - timedelta(days=n) for n in range(10)]
    world.audited(survivor, {STEP: 0.05, DOOR: 0.75}, at=days[9])
    world.audited(merged, {STEP: 0.0, DESK: "high"}, at=days[7])
    return survivor, merged


# What follows


def test_the_survivor_is_settled_by_both_histories_and_the_other_by_none(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    before = {row.id: (row.content_hash, row.facility_id) for row in world.rows(Audit)}
    merge(world, merged, survivor)
    assert states(world, survivor) == {STEP: "released", DOOR: "open", DESK: "open"}
    assert states(world, merged) == {DESK: "withdrawn"}
    assert set(world.standing(merged).passport["site"].values()) == {"unknown"}
    assert (world.standing(merged).barriers, world.standing(merged).audited_at) == ([], None)
    assert world.standing(survivor).audited_at == world.clock() - timedelta(days=7)
    assert {row.id: (row.content_hash, row.facility_id) for row in world.rows(Audit)} == before


def test_a_merged_facility_is_out_of_use_and_says_who_stands_for_it(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    merge(world, merged, survivor)
    held = facility(world, merged)
    assert (held.active, held.merged_into, held.rev) == (False, survivor, 2)
    (row,) = world.rows(FeedRow, FeedRow.id == merged)
    assert {n: json.loads(row.body)[n] for n in ("active", "merged_into")} == {
        "active": False,
        "merged_into": str(survivor),
    }
    (alias,) = world.rows(FacilityMerge)
    assert (alias.merged_by, alias.merged_at, alias.reason) == (world.head, world.clock(), ONE_PLACE)
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "facility.merged")
    assert (entry.object_id, entry.changes["merged_into"], entry.reason) == (
        str(merged),
        [None, str(survivor)],
        ONE_PLACE,
    )
    with world.open_session() as session:
        assert list(verify(session, REGION)) == []


def test_parting_gives_each_its_own_history_back(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    before = [picture(world, each) for each in pair]
    merge(world, merged, survivor)
    world.clock.advance(days=1)
    separate(world, merged)
    assert [picture(world, each) for each in pair] == before
    assert (facility(world, merged).active, facility(world, merged).merged_into) == (True, None)
    (alias,) = world.rows(FacilityMerge)
    assert (alias.ended_by, alias.ended_at, alias.end_reason) == (world.head, world.clock(), "Два входа.")


def test_what_was_closed_before_the_merge_is_closed_after_it(world: World) -> None:
    survivor, merged = known(world), known(world, active=False)
    merge(world, merged, survivor)
    separate(world, merged)
    assert not facility(world, merged).active


def test_two_that_nobody_has_audited_stay_without_a_standing(world: World) -> None:
    survivor, merged = known(world), known(world)
    merge(world, merged, survivor)
    with pytest.raises(ValueError, match="not enough values"):
        world.standing(survivor)


def test_a_facility_can_be_merged_and_separated_again_and_again(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    for _ in range(2):
        merge(world, merged, survivor)
        world.clock.advance(hours=1)
        separate(world, merged)
        merge(world, survivor, merged)
        separate(world, survivor)
    assert len(world.rows(FacilityMerge)) == 4


# What arrives while one stands for another


def test_an_audit_that_is_still_pushed_for_the_merged_one_counts_for_the_survivor(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    merge(world, merged, survivor)
    late = world.audited(merged, {DOOR: 0.95, TACTILE: False})
    assert states(world, survivor) == {STEP: "released", DOOR: "released", DESK: "open", TACTILE: "open"}
    assert world.violation(survivor, TACTILE).last_audit_id == late
    assert states(world, merged) == {DESK: "withdrawn"}
    (audit,) = world.rows(Audit, Audit.id == late)
    assert audit.facility_id == merged
    separate(world, merged)
    assert states(world, survivor) == {STEP: "open", DOOR: "open", DESK: "withdrawn", TACTILE: "withdrawn"}
    assert states(world, merged) == {DESK: "open", TACTILE: "open"}


def test_audits_of_both_in_one_batch_count_together(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    merge(world, merged, survivor)
    documents = [world.document(each, {DESK: "low"}) for each in pair]
    keys = world.keep(*documents)
    with world.unit() as unit:
        outcomes = understand(unit, keys, patient=False)
    assert {said.state for said in outcomes.values()} == {"taken"}
    assert states(world, survivor)[DESK] == "released"


def test_a_correction_may_name_either_facility_while_they_are_merged(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    first = world.audited(merged, {TACTILE: False})
    stray = world.document(survivor, {TACTILE: False}, corrects=str(first))
    assert world.push(stray)[0].state == "quarantined"
    merge(world, merged, survivor)
    document = world.document(
        survivor, {TACTILE: True}, corrects=str(first), at=world.clock() - timedelta(hours=20)
    )
    (outcome,) = world.push(document)
    assert outcome.state == "taken"
    assert states(world, survivor)[TACTILE] == "withdrawn"


def test_the_audits_of_the_survivor_are_those_of_both_and_say_why_they_wait(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    head = world.caller(world.head)
    first = world.audited(merged, {TACTILE: False}, at=world.clock() - timedelta(days=3))
    merge(world, merged, survivor)
    document = world.document(merged, {TACTILE: True}, corrects=str(first))
    world.push(document, by=world.colleague)
    with world.open_session() as session:
        listed = audits.page(session, head, audits.AuditFilters(facility_id=survivor))
        assert len(listed.rows) == 4
        assert len(audits.page(session, head, audits.AuditFilters(facility_id=merged)).rows) == 3
        assert audits.one(session, head, UUID(document["id"]))["awaiting"] == "confirmation"


def test_an_audit_that_nobody_could_date_counts_for_the_survivor_when_a_person_dates_it(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    merge(world, merged, survivor)
    undated = world.audited(merged, {TACTILE: False}, anchor=None)
    assert TACTILE not in states(world, survivor)
    world.set_time(undated, world.clock() - timedelta(days=2))
    assert states(world, survivor)[TACTILE] == "open"
    assert TACTILE not in states(world, merged)


# Acts


def test_what_was_told_and_decided_of_the_merged_one_holds_for_the_survivor(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    audit = world.audited(merged, {TACTILE: False}, at=world.clock() - timedelta(days=3))
    issued = world.prescribe(audit)
    world.clock.advance(hours=1)
    accepted = world.decide(merged, TACTILE, K.ACCEPT)
    due = world.violation(merged, TACTILE).due_on
    merge(world, merged, survivor)
    held = world.violation(survivor, TACTILE)
    assert (held.due_on, held.prescription_id, held.accepted_at) == (due, issued.id, accepted.decided_at)
    with world.open_session() as session:
        shown = violation_details.one(session, world.caller(world.head), held.id, now=world.clock())
    assert [each["id"] for each in shown["decisions"]] == [accepted.id]
    assert [each["say"] for each in shown["told"]] == ["prescribed"]
    assert world.rows(ReviewCase) == []


def test_a_violation_of_a_merged_facility_is_not_decided_about(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    merge(world, merged, survivor)
    with pytest.raises(DoesNotApply) as refused:
        world.decide(merged, DESK, K.WAIVE)
    assert refused.value.members == {"merged_into": str(survivor)}


def test_a_decision_that_is_sent_again_after_the_merge_changes_nothing(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    made = world.new_id()
    first = world.decide(merged, DESK, K.WAIVE, id=made)
    merge(world, merged, survivor)
    assert world.decide(merged, DESK, K.WAIVE, id=made) == first
    assert len(world.rows(DecisionRow)) == 1


def test_prescribing_an_audit_of_the_merged_one_tells_the_violations_of_the_survivor(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    (audit,) = (row.id for row in world.rows(Audit, Audit.facility_id == merged))
    merge(world, merged, survivor)
    issued = world.prescribe(audit)
    assert issued.facility_id == survivor
    assert world.violation(survivor, DESK).prescription_id == issued.id


def test_parting_withdraws_openly_what_was_told_of_the_survivor(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    (audit,) = (row.id for row in world.rows(Audit, Audit.facility_id == merged))
    merge(world, merged, survivor)
    world.prescribe(audit)
    world.clock.advance(hours=1)
    separate(world, merged)
    (case,) = world.rows(ReviewCase)
    merge(world, survivor, merged)
    caller = world.caller(world.head)
    with pytest.raises(DoesNotApply) as refused, world.unit(world.head) as unit:
        correct(unit, caller, case.id, letter=world.new_id(), reason="Другой объект.")
    assert refused.value.members == {"merged_into": str(merged)}
    separate(world, survivor)
    assert (case.facility_id, case.why, case.violation_id) == (
        survivor,
        "vanished",
        violation_id(survivor, Spot(DESK)),
    )
    assert world.violation(merged, DESK).due_on is None


def test_a_correction_of_what_was_prescribed_meanwhile_needs_the_head_after_parting_too(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    (audit,) = (row.id for row in world.rows(Audit, Audit.facility_id == merged))
    merge(world, merged, survivor)
    world.prescribe(audit)
    world.clock.advance(hours=1)
    separate(world, merged)
    world.clock.advance(days=1)
    correction = world.document(merged, {DESK: "low"}, corrects=str(audit), at=world.clock() - timedelta(hours=2))
    world.push(correction)
    for _ in range(2):
        assert states(world, merged)[DESK] == "open"
        assert world.standing(merged).awaiting == {correction["id"]: "confirmation"}
        with world.unit() as unit:
            write_settled(unit, open_dossiers(unit, [(REGION, merged)]).values())


def test_what_was_revoked_meanwhile_stays_revoked_where_it_was_decided(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    waiver = world.decide(merged, DESK, K.WAIVE)
    merge(world, merged, survivor)
    assert states(world, survivor)[DESK] == "waived"
    world.clock.advance(hours=1)
    world.revoke(waiver.id)
    assert states(world, survivor)[DESK] == "open"
    assert {row.facility_id for row in world.rows(DecisionRow)} == {merged}
    separate(world, merged)
    assert states(world, merged)[DESK] == "open"


def test_what_was_decided_on_the_strength_of_the_other_history_is_shown_as_without_effect_after_parting(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    merge(world, merged, survivor)
    waiver = world.decide(survivor, DESK, K.WAIVE)
    separate(world, merged)
    assert list(world.standing(survivor).without_effect) == [str(waiver.id)]
    assert states(world, merged)[DESK] == "open"


def test_the_visit_that_the_merged_one_waits_for_becomes_one_to_the_survivor(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    world.decide(merged, DESK, K.RECHECK)
    merge(world, merged, survivor)
    assert world.followup(merged) is None
    followup = world.followup(survivor)
    assert followup is not None
    assert [item["violation"] for item in followup.items] == [str(violation_id(survivor, Spot(DESK)))]


def test_use_that_was_counted_at_the_merged_one_is_known_of_the_survivor(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    on = world.clock().date()
    placed = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    counted = {"source": "counted", "visits": 30, "period_from": on - timedelta(days=60), "period_to": on}
    by = {"completeness": 1.0, "author_id": world.inspector, "recorded_at": world.clock(), "demo": False}
    world.add(UseRecord(id=world.new_id(), facility_id=merged, **placed, **counted, **by))
    merge(world, merged, survivor)

    class Row:
        home_region, id, obstruction, audited_at = REGION, survivor, None, None

    with world.open_session() as session:
        known_use = evidence_of(session, [Row()], on, own_use_priors())  # type: ignore[list-item]
        assert known_use[survivor].visits == 30
        assert expected(session, COUNTRY, on).priors.keys() == {"polyclinic"}


# Several at once


def test_what_is_merged_into_a_merged_one_is_merged_into_its_survivor(
    world: World, pair: tuple[UUID, UUID]
) -> None:
    survivor, merged = pair
    third = known(world)
    world.audited(third, {TACTILE: False})
    merge(world, merged, survivor)
    merge(world, third, merged)
    assert facility(world, third).merged_into == survivor
    assert states(world, survivor) == {STEP: "released", DOOR: "open", DESK: "open", TACTILE: "open"}
    with world.open_session() as session:
        one_place = {(REGION, each): (REGION, survivor) for each in (survivor, merged, third)}
        assert all(survivors(session, [each]) == one_place for each in one_place)
    separate(world, merged)
    assert states(world, survivor) == {STEP: "open", DOOR: "open", DESK: "withdrawn", TACTILE: "open"}


def test_one_that_stands_for_others_is_not_merged_itself(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    third = known(world)
    merge(world, merged, survivor)
    with pytest.raises(DoesNotApply, match="stands for others") as refused:
        merge(world, survivor, third)
    assert refused.value.members["stands_for"] == [str(merged)]
    with pytest.raises(DoesNotApply, match="already"):
        merge(world, merged, third)


# What is refused


def test_facilities_of_two_regions_are_not_merged(world: World) -> None:
    here = known(world)
    there = known(world, home_region=OTHER_REGION, region_code=OTHER_REGION, district_code=None)
    moved = known(world, home_region=OTHER_REGION)
    head = world.person(Role.HEAD, COUNTRY)
    for other in (there, moved):
        with pytest.raises(DoesNotApply, match="different regions"):
            merge(world, other, here, by=head)
        with pytest.raises(DoesNotApply, match="different regions"):
            merge(world, here, other, by=head)


def test_only_who_may_confirm_at_both_merges_and_separates(world: World) -> None:
    here, there = known(world), known(world, district_code=NEIGHBOUR)
    with pytest.raises(Forbidden):
        merge(world, there, here, by=world.inspector)
    with pytest.raises(NotFound):
        merge(world, there, here, by=world.person(Role.HEAD, DISTRICT))
    merge(world, there, here)
    for half in (DISTRICT, NEIGHBOUR):
        with pytest.raises(NotFound):
            separate(world, there, by=world.person(Role.HEAD, half))
    with pytest.raises(NotFound):
        separate(world, UUID(int=1))


def test_a_merge_needs_a_reason_and_a_survivor_that_is_open(world: World) -> None:
    here, there, closed = known(world), known(world), known(world, active=False)
    with pytest.raises(InvalidInput):
        merge(world, there, here, reason="  ")
    with pytest.raises(DoesNotApply, match="closed"):
        merge(world, there, closed)
    merge(world, there, here)
    with pytest.raises(InvalidInput):
        separate(world, there, reason="")


def test_what_was_separated_is_separated_once(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    with pytest.raises(DoesNotApply):
        separate(world, merged)
    merge(world, merged, survivor)
    separate(world, merged)
    entries = len(world.rows(JournalEntry))
    separate(world, merged)
    assert len(world.rows(JournalEntry)) == entries
    with pytest.raises(DoesNotApply):
        separate(world, merged, reason="ещё раз")
    with pytest.raises(DoesNotApply):
        separate(world, survivor)


def test_a_merged_facility_is_not_edited(world: World, pair: tuple[UUID, UUID]) -> None:
    survivor, merged = pair
    merge(world, merged, survivor)
    with pytest.raises(DoesNotApply) as refused, world.unit() as unit:
        facilities.change(unit, world.caller(world.head), merged, 2, {"active": True})
    assert refused.value.members == {"merged_into": str(survivor)}
