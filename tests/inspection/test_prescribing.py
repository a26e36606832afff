from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from inspection.errors import AlreadyDifferent, DoesNotApply, Forbidden, NotFound
from inspection.history import DecisionKind, Spot
from inspection.prescribing import prescribe
from inspection.sync.touched import noticing
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.prescriptions import Department, DepartmentCounter, Prescription, PrescriptionItem
from inspection.tables.telling import ReviewCase, ToldRow
from inspection.tables.violations import Violation
from inspection.tables.workdays import WorkdayOverride
from inspection.violation_rows import violation_id
from tests.inspection.world import (
    COUNTRY,
    DESK,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_REGION,
    PASSES,
    STEP,
    TACTILE,
    World,
)


def numbers(world: World) -> list[tuple[int, int]]:
    return sorted((row.year, row.number) for row in world.rows(Prescription))


class Abandoned(Exception):
    """A unit that ends badly after all its work is done."""


def prescribe_and_abandon(world: World, audit: UUID) -> None:
    caller = world.caller(world.head)
    with world.unit() as unit:
        assert prescribe(unit, caller, audit, world.new_id()).number == 1
        unit.close()
        raise Abandoned


def test_a_prescription_tells_every_open_violation_of_its_audit_worst_first(world: World) -> None:
    facility = world.facility()
    audit = world.audited(facility, FAILS)
    issued = world.prescribe(audit)
    items = sorted(world.rows(PrescriptionItem), key=lambda item: item.position)
    worst_first = [violation_id(facility, Spot(criterion)) for criterion in (DOOR, STEP, TACTILE, DESK)]
    assert [item.violation_id for item in items] == worst_first
    assert [item.position for item in items] == [1, 2, 3, 4]
    assert (issued.audit_id, issued.issued_by, issued.issued_at) == (audit, world.head, world.clock())
    assert {row.prescription_id for row in world.rows(Violation)} == {issued.id}


def test_each_item_is_due_after_its_days_counted_from_the_local_date_and_never_on_a_holiday(world: World) -> None:
    world.clock.now = datetime(2026, 3, 15, 20, tzinfo=UTC)  # already the 16th in Astana
    audit = world.audited(world.facility(), {STEP: 0.05})
    issued = world.prescribe(audit)
    (item,) = world.rows(PrescriptionItem)
    assert issued.issued_on == date(2026, 3, 16)
    assert (item.remediation_days, item.due_on) == (30, date(2026, 4, 15))
    assert world.rows(Violation)[0].due_on == item.due_on


def test_a_working_day_that_the_government_moved_moves_the_date(world: World) -> None:
    world.add(WorkdayOverride(country=COUNTRY, day=date(2026, 4, 15), working=False, note="перенос"))
    world.prescribe(world.audited(world.facility(), {STEP: 0.05}))
    assert world.rows(PrescriptionItem)[0].due_on == date(2026, 4, 16)


def test_what_was_told_is_a_ledger_entry_for_every_item(world: World) -> None:
    facility = world.facility()
    seen = world.clock() - timedelta(days=5)
    issued = world.prescribe(world.audited(facility, FAILS, at=seen))
    told = world.rows(ToldRow)
    assert {(row.say, row.document_id, row.stood_at, row.told_at) for row in told} == {
        ("prescribed", issued.id, seen, world.clock())
    }
    assert {row.violation_id for row in told} == {row.id for row in world.rows(Violation)}


def test_a_late_audit_never_moves_a_told_date(world: World) -> None:
    facility = world.facility()
    world.prescribe(world.audited(facility, {STEP: 0.05}, at=world.clock() - timedelta(days=1)))
    told = world.violation(facility, STEP).due_on
    world.clock.advance(days=9)
    earlier = world.audited(facility, {STEP: 0.2}, at=world.clock() - timedelta(days=30))
    held = world.violation(facility, STEP)
    assert (held.due_on, held.opened_by, held.found_again) == (told, earlier, 1)
    assert told is not None
    assert held.provisional_due_on < told


def test_a_told_item_that_a_late_audit_shows_was_over_becomes_a_review_case_once(world: World) -> None:
    facility = world.facility()
    first = world.audited(facility, {STEP: 0.05}, at=world.clock() - timedelta(days=9))
    world.prescribe(first)
    world.clock.advance(days=1)
    # The author's correction needs the head after a prescription; a pass of another visit does not.
    world.audited(facility, {STEP: 0.0}, at=world.clock() - timedelta(days=5))
    assert world.violation(facility, STEP).state == "released"
    world.audited(facility, {STEP: 0.05}, at=world.clock() - timedelta(days=2))
    assert [case.why for case in world.rows(ReviewCase)] == ["reopened"]
    world.audited(facility, {STEP: 0.06}, at=world.clock() - timedelta(days=1))
    assert len(world.rows(ReviewCase)) == 1


def test_only_what_rests_on_the_audit_and_was_not_told_is_prescribed(world: World) -> None:
    facility = world.facility()
    first = world.audited(facility, {STEP: 0.05, DOOR: 0.75}, at=world.clock() - timedelta(days=9))
    second = world.audited(facility, {DOOR: 0.75, DESK: "high"}, at=world.clock() - timedelta(days=5))
    world.prescribe(first)
    assert len(world.rows(PrescriptionItem)) == 2
    world.prescribe(second)
    assert len(world.rows(PrescriptionItem)) == 3
    assert numbers(world) == [(2026, 1), (2026, 2)]


def test_asking_twice_issues_once(world: World) -> None:
    audit, made = world.audited(world.facility(), FAILS), world.new_id()
    first = world.prescribe(audit, id=made)
    world.clock.advance(hours=1)
    again = world.prescribe(audit, id=made)
    assert (again.id, again.number, again.issued_at) == (first.id, first.number, first.issued_at)
    assert len(world.rows(Prescription)) == 1


def test_a_second_prescription_of_one_audit_is_refused_and_takes_no_number(world: World) -> None:
    facility = world.facility()
    audit = world.audited(facility, FAILS)
    issued = world.prescribe(audit)
    with pytest.raises(DoesNotApply) as refused:
        world.prescribe(audit)
    assert refused.value.members == {"prescription": str(issued.id)}
    world.prescribe(world.audited(world.facility(), FAILS))
    assert numbers(world) == [(2026, 1), (2026, 2)]


def waived_and_reopened(world: World, facility: UUID) -> None:
    waiver = world.decide(facility, STEP, DecisionKind.WAIVE)
    world.clock.advance(days=1)
    world.revoke(waiver.id)
    world.clock.advance(days=1)


def test_what_was_prescribed_before_a_waiver_stands_again_when_the_waiver_is_revoked(world: World) -> None:
    facility = world.facility()
    audit = world.audited(facility, {STEP: 0.05})
    issued = world.prescribe(audit)
    waived_and_reopened(world, facility)
    held = world.violation(facility, STEP)
    assert (held.state, held.prescription_id, held.due_on) == ("open", issued.id, date(2026, 4, 15))
    with pytest.raises(DoesNotApply):
        world.prescribe(audit)
    world.decide(facility, STEP, DecisionKind.EXTEND, until=date(2026, 6, 1))
    assert world.violation(facility, STEP).due_on == date(2026, 6, 1)


def test_an_audit_gets_a_further_prescription_for_what_stands_again_after_a_told_release(world: World) -> None:
    facility = world.facility()
    audit = world.audited(facility, {STEP: 0.05, DOOR: 0.75})
    first = world.prescribe(audit)
    world.clock.advance(hours=1)
    (told,) = world.rows(ToldRow, ToldRow.criterion == STEP)
    copied = {c.name: getattr(told, c.name) for c in ToldRow.__table__.columns}
    release = {"id": world.new_id(), "say": "released", "due_on": None, "told_at": world.clock()}
    world.add(ToldRow(**copied | release | {"document_id": world.new_id()}))
    waived_and_reopened(world, facility)
    assert [case.why for case in world.rows(ReviewCase, ReviewCase.closed_at.is_(None))] == ["reopened"]
    held = world.violation(facility, STEP)
    assert (held.state, held.prescription_id, held.due_on) == ("open", None, None)
    made = world.new_id()
    again = world.prescribe(audit, id=made)
    assert world.prescribe(audit, id=made).number == again.number == 2
    items = world.rows(PrescriptionItem, PrescriptionItem.prescription_id == again.id)
    assert [item.violation_id for item in items] == [violation_id(facility, Spot(STEP))]
    held = world.violation(facility, STEP)
    assert (held.prescription_id, held.due_on) == (again.id, items[0].due_on)
    assert world.violation(facility, DOOR).prescription_id == first.id
    assert world.rows(ReviewCase, ReviewCase.closed_at.is_(None)) == []
    with pytest.raises(DoesNotApply) as refused:
        world.prescribe(audit)
    assert refused.value.members == {"prescription": str(again.id)}


@pytest.mark.parametrize("taken_by", ["audit", "prescription", "decision"])
def test_an_id_that_is_taken_is_refused_and_takes_no_number(world: World, taken_by: str) -> None:
    audit = world.audited(world.facility(), FAILS)
    issued = world.prescribe(world.audited(world.facility(), FAILS))
    taken = {
        "audit": audit,
        "prescription": issued.id,
        "decision": world.decide(world.rows(Audit)[0].facility_id, STEP, DecisionKind.ACCEPT).id,
    }[taken_by]
    with pytest.raises(AlreadyDifferent):
        world.prescribe(audit, id=taken)
    world.prescribe(audit)
    assert numbers(world) == [(2026, 1), (2026, 2)]


def test_an_audit_with_nothing_left_to_tell_has_no_prescription(world: World) -> None:
    facility = world.facility()
    passed = world.audited(facility, PASSES, at=world.clock() - timedelta(days=9))
    failed = world.audited(facility, {STEP: 0.05}, at=world.clock() - timedelta(days=5))
    world.decide(facility, STEP, DecisionKind.WAIVE)
    undated = world.audited(facility, FAILS, anchor=None)
    for audit in (passed, failed, undated):
        with pytest.raises(DoesNotApply):
            world.prescribe(audit)
    assert world.rows(DepartmentCounter) == []


def test_without_a_department_nothing_is_issued(world: World) -> None:
    facility = world.facility(home_region=OTHER_REGION, region_code=OTHER_REGION, district_code=None)
    world.grant(world.inspector, Role.INSPECTOR, OTHER_REGION)
    document = world.document(facility, FAILS)
    world.push(document, region=OTHER_REGION)
    head = world.person(Role.HEAD, OTHER_REGION)
    with pytest.raises(DoesNotApply):
        world.prescribe(UUID(document["id"]), by=head)


def test_who_may_not_prescribe_there_is_refused(world: World) -> None:
    audit = world.audited(world.facility(), FAILS)
    for role, area, refusal in (
        (Role.AKIMAT, COUNTRY, Forbidden),
        (Role.MINISTRY, COUNTRY, Forbidden),
        (Role.HEAD, NEIGHBOUR, NotFound),
        (Role.INSPECTOR, OTHER_REGION, NotFound),
    ):
        with pytest.raises(refusal):
            world.prescribe(audit, by=world.person(role, area))
    world.prescribe(audit, by=world.inspector)


def test_who_has_lost_the_district_meanwhile_prescribes_nothing(world: World) -> None:
    facility = world.facility()
    audit = world.audited(facility, FAILS)
    official = world.person(Role.INSPECTOR, "751110000")
    with world.unit() as unit, noticing():
        unit.session.execute(update(Facility).where(Facility.id == facility).values(district_code=NEIGHBOUR))
    with pytest.raises(NotFound):
        world.prescribe(audit, by=official)


def test_numbers_begin_anew_with_the_local_year(world: World) -> None:
    world.clock.now = datetime(2026, 12, 31, 18, 59, tzinfo=UTC)
    world.prescribe(world.audited(world.facility(), FAILS))
    world.clock.advance(minutes=1)  # midnight in Astana
    world.prescribe(world.audited(world.facility(), FAILS))
    assert numbers(world) == [(2026, 1), (2027, 1)]


def test_numbers_that_were_rolled_back_are_given_again(world: World) -> None:
    audit = world.audited(world.facility(), FAILS)
    before = len(world.rows(JournalEntry))
    with pytest.raises(Abandoned):
        prescribe_and_abandon(world, audit)
    assert (world.rows(Prescription), len(world.rows(JournalEntry))) == ([], before)
    assert world.prescribe(audit).number == 1


# Departments that issue at once


@pytest.fixture
def automatic(world: World) -> World:
    """The world, whose department issues on understanding."""
    with world.unit() as unit:
        unit.session.execute(update(Department).values(issues_automatically=True))
    return world


def test_a_department_may_issue_at_once_in_the_name_of_the_author(automatic: World) -> None:
    facility = automatic.facility()
    audit = automatic.audited(facility, FAILS)
    (issued,) = automatic.rows(Prescription)
    assert (issued.audit_id, issued.issued_by, issued.number) == (audit, automatic.inspector, 1)
    assert all(row.due_on and row.prescription_id == issued.id for row in automatic.rows(Violation))


def test_twenty_audits_at_once_get_twenty_numbers_without_gaps(automatic: World) -> None:
    documents = [automatic.document(automatic.facility(), FAILS) for _ in range(20)]
    automatic.push(*documents)
    assert numbers(automatic) == [(2026, n) for n in range(1, 21)]


def test_two_audits_of_one_facility_at_once_tell_no_violation_twice(automatic: World) -> None:
    facility = automatic.facility()
    automatic.push(
        automatic.document(facility, FAILS, at=automatic.clock() - timedelta(days=9)),
        automatic.document(facility, {**FAILS, (STEP, "east"): 0.3}, at=automatic.clock() - timedelta(days=5)),
    )
    told = [item.violation_id for item in automatic.rows(PrescriptionItem)]
    assert len(told) == len(set(told)) == 5


def test_an_audit_that_passes_or_is_undated_issues_nothing(automatic: World) -> None:
    automatic.audited(automatic.facility(), PASSES)
    automatic.audited(automatic.facility(), FAILS, anchor=None)
    assert automatic.rows(Prescription) == []


def test_the_same_audit_again_issues_nothing_more(automatic: World) -> None:
    document = automatic.document(automatic.facility(), FAILS)
    automatic.push(document)
    automatic.push(document)
    assert len(automatic.rows(Prescription)) == 1
