"""Several units at once, each on its own connection: nothing is lost, doubled or left waiting for ever.

No unit here is run again when it loses a race: with the order of locks kept there is no deadlock to lose. On
SQLite units that write wait for each other from their start, and the same must hold.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Lock, Semaphore
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.database import reading
from inspection.deciding import Wish, decide
from inspection.errors import DoesNotApply
from inspection.history import DecisionKind, Spot
from inspection.intake import keep
from inspection.journal_proof import verify
from inspection.prescribing import prescribe
from inspection.settling import resettle_due
from inspection.tables.audits import Audit
from inspection.tables.decisions import DecisionRow
from inspection.tables.facilities import Standing
from inspection.tables.journal import JournalEntry
from inspection.tables.prescriptions import Prescription, PrescriptionItem
from inspection.tables.regions import RegionHead
from inspection.tables.violations import Violation
from inspection.violation_rows import violation_id
from tests.inspection.world import DESK, DOOR, FAILS, PASSES, REGION, STEP, TACTILE, Document, World

PATIENCE = 30  # seconds; what takes longer waits for ever


@pytest.fixture
def world(own_world: World) -> World:
    """The small world with real commits, whose ids can be made by several threads at once."""
    lock, make = Lock(), own_world.new_id

    def new_id() -> UUID:
        with lock:
            return make()

    own_world.new_id = new_id
    return own_world


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run acts in as many threads, all starting together; what each returned, or the domain's refusal."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait(PATIENCE)
        try:
            return act()
        except DoesNotApply as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as threads:
        return [future.result(PATIENCE) for future in [threads.submit(run, act) for act in acts]]


def pushing(world: World, *documents: Document) -> Callable[[], object]:
    """An act that understands documents kept before."""
    keys = world.keep(*documents)
    return lambda: world.understand(keys)


def deciding(
    world: World, caller: Caller, facility: UUID, wish: Wish, criterion: str = STEP
) -> Callable[[], object]:
    def act() -> object:
        with world.unit(caller.person_id) as unit:
            return decide(unit, caller, violation_id(facility, Spot(criterion)), wish)

    return act


def prescribing(world: World, caller: Caller, audit: UUID) -> Callable[[], object]:
    def act() -> object:
        with world.unit(caller.person_id) as unit:
            return prescribe(unit, caller, audit, world.new_id()).number

    return act


def check_journal(world: World) -> None:
    """The chain is whole, numbered without gaps, and its head is its end."""
    with world.open_session() as session:
        assert list(verify(session, REGION)) == []
        numbers = session.scalars(
            select(JournalEntry.number).where(JournalEntry.home_region == REGION).order_by(JournalEntry.number)
        ).all()
        assert numbers == list(range(1, len(numbers) + 1))
        assert session.get_one(RegionHead, REGION).journal_number == len(numbers)


def check_settled(world: World, facility: UUID) -> None:
    """What was written at once is what settling gives when nobody else is there."""
    written = picture(world, facility)
    with world.unit() as unit:
        unit.session.query(Standing).update({"settled_at": world.clock() - timedelta(days=9)})
    world.clock.advance(microseconds=1)
    with world.unit() as unit:
        resettle_due(unit)
    assert picture(world, facility) == written


def picture(world: World, facility: UUID) -> object:
    standing = world.standing(facility)
    held = {
        spot: (
            row.state,
            row.opened_at,
            row.opened_by,
            row.found_again,
            row.last_audit_id,
            row.due_on,
            row.episodes,
        )
        for spot, row in world.violations(facility).items()
    }
    return held, (standing.passport, standing.barriers, standing.awaiting)


def test_two_audits_pushed_into_one_facility_at_once_are_both_there_and_both_count(world: World) -> None:
    facility = world.facility()
    day = [world.clock() - timedelta(days=n) for n in range(9)]
    at_once(
        pushing(world, world.document(facility, {STEP: 0.05, DOOR: 0.75, DESK: "low"}, at=day[5])),
        pushing(world, world.document(facility, {STEP: 0.06, TACTILE: False, DOOR: 0.95}, at=day[3])),
    )
    assert len(world.rows(Audit)) == 2
    check_settled(world, facility)
    held = world.violations(facility)
    assert {spot.criterion: (row.state, row.found_again) for spot, row in held.items()} == {
        STEP: ("open", 1),
        DOOR: ("released", 0),
        TACTILE: ("open", 0),
    }
    assert held[Spot(STEP)].opened_at == day[5]
    check_journal(world)


def test_the_same_audit_pushed_by_two_units_at_once_is_taken_once(world: World) -> None:
    facility = world.facility()
    document = world.document(facility, FAILS)
    received = world.received(document)

    def push() -> object:
        with world.unit() as unit:
            keep(unit, [received])
        return world.understand([received.key])[0].state

    assert at_once(*[push] * 4) == ["taken"] * 4
    assert len(world.rows(Audit)) == 1
    assert {row.rev for row in world.rows(Violation)} == {1}
    check_journal(world)


def test_two_bodies_under_one_id_understood_at_once_leave_one_audit_and_one_conflict(world: World) -> None:
    here, there = world.facility(), world.facility()
    document = world.document(here, FAILS)
    other = {**document, "facility": str(there), "ground": "unscheduled"}
    outcomes = at_once(*(pushing(world, each) for each in (document, other)))
    assert sorted(each[0].state for each in outcomes if isinstance(each, list)) == ["conflict", "taken"]
    (audit,) = world.rows(Audit)
    assert {row.facility_id for row in world.rows(Violation)} == {audit.facility_id}


def test_many_units_on_many_facilities_in_every_order_wait_for_each_other_but_never_in_a_circle(
    world: World,
) -> None:
    facilities = [world.facility() for _ in range(6)]

    def batch(turn: int) -> Sequence[Document]:
        moment = world.clock() - timedelta(days=20 - turn)
        order = facilities[turn:] + facilities[:turn] if turn % 2 else facilities[::-1]
        return [world.document(facility, FAILS if turn % 3 else PASSES, at=moment) for facility in order]

    acts = [pushing(world, *batch(turn)) for turn in range(6)]
    outcomes = at_once(*acts)
    assert all(one.state == "taken" for each in outcomes if isinstance(each, list) for one in each)
    assert len(world.rows(Audit)) == 36
    for facility in facilities:
        check_settled(world, facility)
    check_journal(world)


def test_decisions_and_audits_of_one_facility_at_once_end_as_if_they_had_come_one_by_one(world: World) -> None:
    facility = world.facility()
    world.prescribe(world.audited(facility, FAILS, at=world.clock() - timedelta(days=9)))
    world.clock.advance(hours=1)
    head = world.caller(world.head)
    wishes = [
        (STEP, Wish(world.new_id(), DecisionKind.WAIVE, "памятник")),
        (
            DOOR,
            Wish(world.new_id(), DecisionKind.EXTEND, "ремонт", until=world.clock().date() + timedelta(days=90)),
        ),
        (DESK, Wish(world.new_id(), DecisionKind.DECLARE, "готово")),
    ]
    late = world.document(facility, {TACTILE: True, STEP: 0.07}, at=world.clock() - timedelta(days=5))
    at_once(
        pushing(world, late),
        *(deciding(world, head, facility, wish, criterion) for criterion, wish in wishes),
    )
    check_settled(world, facility)
    assert {s.criterion: row.state for s, row in world.violations(facility).items()} == {
        STEP: "waived",
        DOOR: "open",
        DESK: "declared",
        TACTILE: "released",
    }
    assert len(world.rows(DecisionRow)) == 3
    check_journal(world)


def test_the_same_decision_sent_twice_at_once_is_taken_once(world: World) -> None:
    facility = world.facility()
    world.audited(facility, FAILS)
    wish = Wish(world.new_id(), DecisionKind.WAIVE, "памятник")
    act = deciding(world, world.caller(world.head), facility, wish)
    first, *others = at_once(act, act, act)
    assert others == [first, first]
    assert len(world.rows(DecisionRow)) == 1
    check_journal(world)


def test_one_audit_prescribed_by_two_people_at_once_has_one_prescription(world: World) -> None:
    audit = world.audited(world.facility(), FAILS)
    acts = [prescribing(world, world.caller(who), audit) for who in (world.head, world.inspector, world.colleague)]
    outcomes = at_once(*acts)
    assert [each for each in outcomes if isinstance(each, int)] == [1]
    assert sum(isinstance(each, DoesNotApply) for each in outcomes) == 2
    assert len(world.rows(PrescriptionItem)) == 4


class Abandoned(Exception):
    """A unit that ends badly after all its work is done."""


def test_numbers_given_at_once_have_no_gaps_and_no_doubles_although_some_units_fail(world: World) -> None:
    caller = world.caller(world.head)
    audits = [world.audited(world.facility(), FAILS) for _ in range(6)]

    def failing(audit: UUID) -> Callable[[], object]:
        def act() -> None:
            with suppress(Abandoned), world.unit() as unit:
                prescribe(unit, caller, audit, world.new_id())
                unit.close()
                raise Abandoned

        return act

    at_once(*(failing(a) if n % 3 == 1 else prescribing(world, caller, a) for n, a in enumerate(audits)))
    assert sorted(row.number for row in world.rows(Prescription)) == [1, 2, 3, 4]
    at_once(*(prescribing(world, caller, a) for n, a in enumerate(audits) if n % 3 == 1))
    assert sorted(row.number for row in world.rows(Prescription)) == [1, 2, 3, 4, 5, 6]
    check_journal(world)


def test_a_unit_that_settles_what_is_due_and_one_that_takes_an_audit_do_not_cross(world: World) -> None:
    facilities = [world.facility() for _ in range(4)]
    for facility in facilities:
        world.audited(facility, FAILS)
        world.decide(facility, STEP, DecisionKind.WAIVE, until=world.clock().date())
    world.clock.advance(days=2)
    documents = [world.document(facility, {STEP: 0.05}) for facility in reversed(facilities)]

    def sweep() -> object:
        with world.unit() as unit:
            return resettle_due(unit)

    at_once(sweep, pushing(world, *documents[:2]), sweep, pushing(world, *documents[2:]))
    for facility in facilities:
        check_settled(world, facility)
        assert world.violation(facility, STEP).state == "open"
    check_journal(world)


def test_a_reader_never_sees_a_number_of_the_journal_before_all_lower_ones(
    world: World, fresh_database: Engine
) -> None:
    finished = Semaphore(0)
    in_order = select(JournalEntry.number).where(JournalEntry.home_region == REGION).order_by(JournalEntry.number)
    reading_only = Session(reading(fresh_database))

    def telling(act: Callable[[], object]) -> Callable[[], object]:
        def told() -> object:
            try:
                return act()
            finally:
                finished.release()

        return told

    def watch() -> list[int]:
        running = 8
        while True:
            with reading_only as session:
                numbers = session.scalars(in_order).all()
            assert numbers == list(range(1, len(numbers) + 1))
            if running == 0:
                return list(numbers)
            while running and finished.acquire(blocking=False):
                running -= 1

    facilities = [world.facility() for _ in range(8)]
    pushes = [telling(pushing(world, world.document(facility, FAILS))) for facility in facilities]
    assert at_once(*pushes, watch)[-1] == list(range(1, 8 * 5 + 1))  # each audit and its four violations


@pytest.mark.parametrize("lead", [timedelta(milliseconds=40), timedelta(seconds=2)])
def test_a_unit_whose_clock_was_read_before_anothers_act_still_acts_after_it(
    own_world: World, lead: timedelta
) -> None:
    facility = own_world.facility()
    own_world.audited(facility, FAILS)
    own_world.decide(facility, STEP, DecisionKind.WAIVE)
    waived_at = own_world.violation(facility, STEP).ended_at
    own_world.clock.now -= lead  # the unit read its clock, then waited for the lock
    with pytest.raises(DoesNotApply) as refused:
        own_world.decide(facility, STEP, DecisionKind.ACCEPT)
    assert refused.value.members["why"] == "already_waived"
    accepted = own_world.decide(facility, DOOR, DecisionKind.ACCEPT)
    assert waived_at is not None
    assert accepted.decided_at > waived_at
    assert own_world.violation(facility, STEP).state == "waived"
