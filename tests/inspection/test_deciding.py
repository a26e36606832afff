from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from sqlalchemy import update

from inspection.access import Caller
from inspection.deciding import revoke
from inspection.errors import AlreadyDifferent, DoesNotApply, Forbidden, InvalidInput, NotFound, StaleVersion
from inspection.history import DecisionKind, Spot
from inspection.journal_proof import verify
from inspection.sync.touched import noticing
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Facility
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.violation_rows import violation_id
from tests.inspection.world import (
    COUNTRY,
    DESK,
    DISTRICT,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_REGION,
    PASSES,
    REGION,
    STEP,
    World,
)

K = DecisionKind
TODAY = date(2026, 3, 16)  # of the world's clock, in Astana


@pytest.fixture
def facility(world: World) -> UUID:
    """A facility with a step, found and prescribed."""
    made = world.facility()
    world.prescribe(world.audited(made, {STEP: 0.05}))
    world.clock.advance(hours=1)
    return made


def correction(world: World, audit: UUID, facility: UUID, *, by: UUID | None = None) -> UUID:
    """A correction that says the step passes after all; its id."""
    return world.audited(facility, {STEP: 0.01}, corrects=str(audit), by=by or world.colleague)


# What each decision does


def test_an_acceptance_is_recorded_and_the_violation_stands(world: World, facility: UUID) -> None:
    decision = world.decide(facility, STEP, K.ACCEPT)
    held = world.violation(facility, STEP)
    assert (held.state, held.accepted_at, held.last_action) == ("open", world.clock(), "accepted")
    (row,) = world.rows(DecisionRow)
    assert (row.id, row.author_id, row.based_on, row.criterion, row.place) == (
        decision.id,
        world.head,
        held.last_audit_id,
        STEP,
        "main",
    )


def test_an_extension_moves_the_told_date_and_nothing_else(world: World, facility: UUID) -> None:
    before = world.violation(facility, STEP)
    world.decide(facility, STEP, K.EXTEND, until=date(2026, 9, 1))
    held = world.violation(facility, STEP)
    assert (held.due_on, held.extended_until, held.state) == (date(2026, 9, 1), date(2026, 9, 1), "open")
    assert (held.opened_at, held.prescription_id) == (before.opened_at, before.prescription_id)


def test_a_waiver_releases_without_a_measurement_until_its_last_day(world: World, facility: UUID) -> None:
    world.decide(facility, STEP, K.WAIVE, until=date(2026, 6, 30))
    held = world.violation(facility, STEP)
    assert (held.state, held.ended_by, held.ended_at) == ("waived", "waiver", world.clock())
    assert world.standing(facility).changes_on == date(2026, 7, 1)


def test_a_waiver_for_good_changes_by_nothing_but_a_revocation(world: World, facility: UUID) -> None:
    waiver = world.decide(facility, STEP, K.WAIVE)
    assert world.standing(facility).changes_on is None
    world.clock.advance(days=30)
    world.revoke(waiver.id)
    held = world.violation(facility, STEP)
    assert (held.state, held.opened_at, held.opened_by) == ("open", world.clock(), waiver.id)


def test_a_waived_step_still_blocks(world: World, facility: UUID) -> None:
    assert world.standing(facility).passport["site"]["wheelchair"] == "blocked"
    world.decide(facility, STEP, K.WAIVE)
    standing = world.standing(facility)
    assert standing.passport["site"]["wheelchair"] == "blocked"
    assert [barrier["criterion"] for barrier in standing.barriers] == [STEP]


def test_a_declaration_closes_nothing_and_calls_for_a_visit(world: World, facility: UUID) -> None:
    world.decide(facility, STEP, K.DECLARE)
    held, followup = world.violation(facility, STEP), world.followup(facility)
    assert (held.state, held.ended_at) == ("declared", None)
    assert followup is not None
    assert [(item["criterion"], item["reasons"]) for item in followup.items] == [(STEP, ["declared"])]


def test_who_asks_for_a_recheck_gets_one_follow_up(world: World, facility: UUID) -> None:
    world.decide(facility, STEP, K.RECHECK)
    followup = world.followup(facility)
    assert followup is not None
    assert [item["reasons"] for item in followup.items] == [["asked"]]


def test_a_revoked_extension_is_as_if_it_had_never_been(world: World, facility: UUID) -> None:
    told = world.violation(facility, STEP).due_on
    extension = world.decide(facility, STEP, K.EXTEND, until=date(2026, 9, 1))
    world.clock.advance(days=1)
    world.revoke(extension.id)
    assert world.violation(facility, STEP).due_on == told
    assert world.standing(facility).without_effect == {str(extension.id): "revoked"}


# What is refused


def test_an_extension_needs_a_told_date_and_a_later_one(world: World, facility: UUID) -> None:
    held = world.violation(facility, STEP)
    assert held.due_on is not None
    for until in (None, held.due_on, held.due_on - timedelta(days=1)):
        with pytest.raises(InvalidInput) as refusal:
            world.decide(facility, STEP, K.EXTEND, until=until)
        assert [fault.pointer for fault in refusal.value.faults] == ["/until"]
    untold = world.facility()
    world.audited(untold, FAILS)
    with pytest.raises(DoesNotApply):
        world.decide(untold, STEP, K.EXTEND, until=date(2027, 1, 1))


def test_a_waiver_may_end_today_and_not_before(world: World, facility: UUID) -> None:
    with pytest.raises(InvalidInput):
        world.decide(facility, STEP, K.WAIVE, until=TODAY - timedelta(days=1))
    world.decide(facility, STEP, K.WAIVE, until=TODAY)
    assert world.violation(facility, STEP).state == "waived"


@pytest.mark.parametrize("kind", [K.WAIVE, K.EXTEND])
@pytest.mark.parametrize("until", [date.max, date.max - timedelta(days=1), date(2126, 1, 1)])
def test_a_date_after_a_lifetime_is_a_slip_of_the_finger(
    world: World, facility: UUID, kind: DecisionKind, until: date
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        world.decide(facility, STEP, kind, until=until)
    assert [fault.pointer for fault in refusal.value.faults] == ["/until"]
    assert world.rows(DecisionRow) == []


@pytest.mark.parametrize("kind", [K.ACCEPT, K.DECLARE, K.RECHECK])
def test_only_waivers_and_extensions_have_a_date(world: World, facility: UUID, kind: DecisionKind) -> None:
    with pytest.raises(InvalidInput):
        world.decide(facility, STEP, kind, until=date(2027, 1, 1))


@pytest.mark.parametrize("kind", [K.CONFIRM, K.REVOKE])
def test_no_official_confirms_or_revokes_by_calling_it_a_decision_about_a_violation(
    world: World, kind: DecisionKind
) -> None:
    facility = world.facility()
    first = world.audited(facility, {STEP: 0.05})
    second = correction(world, first, facility)
    official = world.person(Role.AKIMAT)
    with pytest.raises(InvalidInput) as refusal:
        world.decide(facility, STEP, kind, by=official, based_on=second)
    assert [fault.pointer for fault in refusal.value.faults] == ["/kind"]
    assert world.violation(facility, STEP).state == "open"


def test_a_decision_on_what_is_not_open_is_refused_with_the_reason_and_leaves_nothing(
    world: World, facility: UUID
) -> None:
    world.decide(facility, STEP, K.WAIVE)
    world.clock.advance(hours=1)
    entries = len(world.rows(JournalEntry))
    with pytest.raises(DoesNotApply) as refusal:
        world.decide(facility, STEP, K.ACCEPT)
    assert refusal.value.members == {"why": "already_waived"}
    assert (len(world.rows(DecisionRow)), len(world.rows(JournalEntry))) == (1, entries)


def test_a_decision_based_on_an_audit_that_is_not_this_facilitys_is_refused(world: World, facility: UUID) -> None:
    elsewhere = world.audited(world.facility(), FAILS)
    with pytest.raises(DoesNotApply):
        world.decide(facility, STEP, K.WAIVE, based_on=elsewhere)


def test_who_saw_an_older_version_is_told_so(world: World, facility: UUID) -> None:
    seen = world.violation(facility, STEP).rev
    world.decide(facility, STEP, K.ACCEPT, seen_rev=seen)
    with pytest.raises(StaleVersion) as refusal:
        world.decide(facility, STEP, K.WAIVE, seen_rev=seen)
    assert refusal.value.members == {"held_rev": seen + 1}


def test_the_same_decision_again_decides_once_also_for_who_saw_the_older_version(
    world: World, facility: UUID
) -> None:
    made, seen = world.new_id(), world.violation(facility, STEP).rev
    first = world.decide(facility, STEP, K.WAIVE, id=made, seen_rev=seen)
    world.clock.advance(hours=1)
    assert world.decide(facility, STEP, K.WAIVE, id=made, seen_rev=seen) == first
    assert len(world.rows(DecisionRow)) == 1


def test_another_decision_under_the_same_id_is_refused(world: World, facility: UUID) -> None:
    made = world.decide(facility, STEP, K.ACCEPT)
    with pytest.raises(AlreadyDifferent):
        world.decide(facility, STEP, K.WAIVE, id=made.id)
    assert [row.kind for row in world.rows(DecisionRow)] == ["accept"]


def test_a_decision_under_the_id_of_an_audit_is_refused(world: World, facility: UUID) -> None:
    with pytest.raises(AlreadyDifferent):
        world.decide(facility, STEP, K.ACCEPT, id=world.rows(Audit)[0].id)
    assert world.rows(DecisionRow) == []


# Who decides


@pytest.mark.parametrize(
    ("role", "area", "refusal"),
    [
        (Role.HEAD, REGION, None),
        (Role.HEAD, DISTRICT, None),
        (Role.AKIMAT, DISTRICT, None),
        (Role.INSPECTOR, REGION, Forbidden),
        (Role.MINISTRY, COUNTRY, Forbidden),
        (Role.ADMIN, COUNTRY, Forbidden),
        (Role.HEAD, NEIGHBOUR, NotFound),
        (Role.HEAD, OTHER_REGION, NotFound),
    ],
)
def test_a_decision_is_taken_by_who_may_there(
    world: World, facility: UUID, role: Role, area: str, refusal: type[Exception] | None
) -> None:
    person = world.person(role, area)
    if refusal is None:
        world.decide(facility, STEP, K.ACCEPT, by=person)
    else:
        with pytest.raises(refusal):
            world.decide(facility, STEP, K.ACCEPT, by=person)


def test_a_violation_that_does_not_exist_and_one_elsewhere_are_refused_alike(world: World, facility: UUID) -> None:
    stranger = world.person(Role.HEAD, OTHER_REGION)
    messages = set()
    for who, where in ((stranger, facility), (world.head, world.facility())):
        with pytest.raises(NotFound) as refusal:
            world.decide(where, STEP, K.ACCEPT, by=who)
        messages.add(refusal.value.message)
    assert len(messages) == 1


def test_who_has_lost_the_district_while_a_decision_waited_for_its_lock_decides_nothing(
    world: World, facility: UUID
) -> None:
    """The violation still lies in DISTRICT, the facility has moved: what is read under the lock is what counts."""
    official = world.person(Role.AKIMAT, DISTRICT)
    with world.unit() as unit, noticing():
        unit.session.execute(update(Facility).where(Facility.id == facility).values(district_code=NEIGHBOUR))
    with pytest.raises(NotFound):
        world.decide(facility, STEP, K.WAIVE, by=official)


def test_only_a_head_of_department_takes_a_confirmation_back(world: World) -> None:
    facility = world.facility()
    second = correction(world, world.audited(facility, {STEP: 0.05}), facility)
    confirmation = world.confirm(second)
    world.clock.advance(days=1)
    with pytest.raises(Forbidden):
        world.revoke(confirmation.id, by=world.person(Role.AKIMAT))
    assert world.violation(facility, STEP).state == "withdrawn"
    world.revoke(confirmation.id)
    assert world.violation(facility, STEP).state == "open"


# Corrections


def test_an_authors_own_correction_counts_at_once_and_withdraws_what_never_was(world: World) -> None:
    facility = world.facility()
    first = world.audited(facility, {STEP: 0.05, DOOR: 0.75})
    correction(world, first, facility, by=world.inspector)
    step, door = world.violation(facility, STEP), world.violation(facility, DOOR)
    assert (step.state, step.episodes, step.last_action) == ("withdrawn", [], "withdrawn")
    assert door.state == "open"  # the correction says nothing of it
    assert world.standing(facility).awaiting == {str(first): "superseded"}


def test_a_withdrawn_violation_stays_as_it_is_through_later_settlings(world: World) -> None:
    facility = world.facility()
    correction(world, world.audited(facility, {STEP: 0.05}), facility, by=world.inspector)
    rev = world.violation(facility, STEP).rev
    world.clock.advance(days=5)
    world.audited(facility, {DESK: "high"})
    held = world.violation(facility, STEP)
    assert (held.state, held.rev) == ("withdrawn", rev)


def test_a_violation_that_was_withdrawn_stands_again_when_it_is_found_again(world: World) -> None:
    facility = world.facility()
    correction(world, world.audited(facility, {STEP: 0.05}), facility, by=world.inspector)
    world.clock.advance(days=5)
    again = world.audited(facility, {STEP: 0.05})
    held = world.violation(facility, STEP)
    assert (held.state, held.opened_by, len(held.episodes)) == ("open", again, 1)


def test_a_correction_by_somebody_else_waits_for_the_head_of_department(world: World) -> None:
    facility = world.facility()
    first = world.audited(facility, {STEP: 0.05})
    second = correction(world, first, facility)
    assert world.standing(facility).awaiting == {str(second): "confirmation"}
    assert world.violation(facility, STEP).state == "open"
    world.confirm(second)
    assert world.standing(facility).awaiting == {str(first): "superseded"}
    assert world.violation(facility, STEP).state == "withdrawn"


def test_after_a_prescription_the_author_needs_the_head_too(world: World) -> None:
    facility = world.facility()
    first = world.audited(facility, {STEP: 0.05})
    world.prescribe(first)
    world.clock.advance(days=2)
    second = correction(world, first, facility, by=world.inspector)
    assert world.violation(facility, STEP).state == "open"
    world.confirm(second)
    assert world.violation(facility, STEP).state == "withdrawn"


def test_nobody_confirms_their_own_correction(world: World) -> None:
    facility = world.facility()
    second = correction(world, world.audited(facility, {STEP: 0.05}), facility, by=world.head)
    with pytest.raises(DoesNotApply):
        world.confirm(second)


def test_a_correction_that_needs_no_confirmation_cannot_be_confirmed(world: World) -> None:
    facility = world.facility()
    second = correction(world, world.audited(facility, {STEP: 0.05}), facility, by=world.inspector)
    with pytest.raises(DoesNotApply) as refusal:
        world.confirm(second)
    assert refusal.value.members == {"why": "nothing_to_confirm"}


def test_confirming_twice_confirms_once_and_one_confirmation_is_for_one_audit(world: World) -> None:
    facility = world.facility()
    first = world.audited(facility, {STEP: 0.05})
    second, third = correction(world, first, facility), correction(world, first, facility)
    made = world.confirm(second)
    assert world.confirm(second, id=made.id) == made
    with pytest.raises(AlreadyDifferent):
        world.confirm(third, id=made.id)


# The time of an audit that nobody could date


@pytest.fixture
def undated(world: World) -> tuple[UUID, UUID]:
    """A facility and an audit of unknown time."""
    facility = world.facility()
    return facility, world.audited(facility, {STEP: 0.05}, anchor=None)


def test_a_time_set_by_the_head_makes_the_audit_count(world: World, undated: tuple[UUID, UUID]) -> None:
    facility, audit = undated
    seen = world.clock() - timedelta(days=4)
    assert world.violations(facility) == {}
    world.set_time(audit, seen.astimezone(timezone(timedelta(hours=5))))
    (row,) = world.rows(Audit)
    assert (row.observed_at, row.observed_on, row.time_source, row.rev) == (seen, date(2026, 3, 12), "person", 2)
    assert world.violation(facility, STEP).opened_at == seen
    with world.open_session() as session:
        assert list(verify(session, REGION)) == []


def test_a_time_may_be_set_again_until_it_is_right(world: World, undated: tuple[UUID, UUID]) -> None:
    facility, audit = undated
    for days in (9, 2):
        world.set_time(audit, world.clock() - timedelta(days=days))
        assert world.violation(facility, STEP).opened_at == world.clock() - timedelta(days=days)


def test_a_known_time_is_not_set(world: World) -> None:
    audit = world.audited(world.facility(), FAILS)
    with pytest.raises(DoesNotApply):
        world.set_time(audit, world.clock())


@pytest.mark.parametrize(
    "at",
    [
        lambda now: now + timedelta(seconds=1),
        lambda _: datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))),
        lambda _: datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
        lambda _: datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_a_time_after_the_receipt_or_before_there_were_tablets_is_refused(
    world: World, undated: tuple[UUID, UUID], at: Callable[[datetime], datetime]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        world.set_time(undated[1], at(world.clock()))
    assert [fault.pointer for fault in refusal.value.faults] == ["/observed_at"]


def test_an_inspector_sets_no_time(world: World, undated: tuple[UUID, UUID]) -> None:
    with pytest.raises(Forbidden):
        world.set_time(undated[1], world.clock(), by=world.inspector)


def test_what_does_not_exist_cannot_be_confirmed_revoked_or_dated(world: World) -> None:
    for attempt in (
        lambda: world.confirm(UUID(int=5)),
        lambda: world.revoke(UUID(int=5)),
        lambda: world.set_time(UUID(int=5), world.clock()),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_every_act_stands_in_the_journal_with_its_reason_and_who_did_it(world: World, facility: UUID) -> None:
    waiver = world.decide(facility, STEP, K.WAIVE)
    world.clock.advance(days=1)
    world.revoke(waiver.id)
    acts = {row.action: row for row in world.rows(JournalEntry, JournalEntry.object_kind == "decision")}
    assert set(acts) == {"decision.waive", "decision.revoke"}
    assert acts["decision.waive"].reason == "для проверки"
    assert {row.actor_id for row in acts.values()} == {world.head}
    assert acts["decision.waive"].changes["violation_id"] == [None, str(violation_id(facility, Spot(STEP)))]


def test_an_official_without_any_grant_finds_nothing(world: World, facility: UUID) -> None:
    nobody = Caller(UUID(int=1), "x", "kk", ())
    with world.unit() as unit, pytest.raises(NotFound):
        revoke(unit, nobody, UUID(int=5), UUID(int=6), "x")


def test_a_late_pass_from_before_a_waiver_leaves_the_waiver_without_effect(world: World, facility: UUID) -> None:
    waiver = world.decide(facility, STEP, K.WAIVE)
    world.audited(facility, PASSES, at=world.clock() - timedelta(hours=2))
    held = world.violation(facility, STEP)
    assert (held.state, held.ended_by) == ("released", "measured_pass")
    assert list(world.standing(facility).without_effect) == [str(waiver.id)]
