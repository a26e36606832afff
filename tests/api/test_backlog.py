"""What was kept is understood later, whatever came between."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import backlog
from api.backlog import arrived, drain_region, ring, understand_backlog, understand_now
from api.work import Units
from inspection.checklists import checklist_id
from inspection.errors import Busy
from inspection.heads import lock_facilities
from inspection.intake import backlog as held_back
from inspection.intake_turns import GIVEN_UP, MOST_ATTEMPTS, claim, take_again, take_fresh
from inspection.photos.understanding import PHOTOS
from inspection.tables.intake import IntakeKey, IntakeRow, IntakeState
from inspection.tables.people import Role
from inspection.understanding import NOT_YET, Understood, understand
from inspection.unit import Unit
from tests.inspection.world import COUNTRY, DOOR, OTHER_REGION, REGION, STEP, World, small_checklist

FAILS = {STEP: 0.05, DOOR: 0.95}
LATER = ("audits", "photos")

only_postgres = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["intake", *(arguments or ("understand",))])
    return result.exit_code, result.output


def states(world: World) -> list[str]:
    return sorted(row.state for row in world.rows(IntakeRow))


def row_of(world: World, key: IntakeKey) -> IntakeRow:
    (row,) = world.rows(IntakeRow, IntakeRow.document_id == key.document_id)
    return row


@pytest.fixture
def own_units(app: Flask, world: World) -> Units:
    """Units on the world's clock."""
    del world
    units: Units = app.extensions["pandus"].units
    return units


def breaks(
    monkeypatch: pytest.MonkeyPatch, *bad: IntakeKey, how: type[BaseException] = ZeroDivisionError
) -> list[int]:
    """Make the program fail on these; the sizes of the batches it tries are noted."""
    sizes: list[int] = []

    def broken(unit: Unit, keys: Collection[IntakeKey], *, patient: bool = True) -> Mapping[IntakeKey, Understood]:
        sizes.append(len(keys))
        if set(bad) & set(keys):
            raise how("a fault of the program")
        return understand(unit, keys, patient=patient)

    monkeypatch.setitem(backlog.UNDERSTOOD_LATER, "audits", broken)
    return sizes


def test_what_was_kept_before_a_crash_is_taken_in_batch_by_batch_and_only_once(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = world.facility()
    monkeypatch.setattr(backlog, "BATCH", 2)
    sizes = breaks(monkeypatch)
    for _ in range(5):
        world.keep(world.document(facility, FAILS))
    assert run(app) == (0, "5 documents: 5 taken.\n")
    assert states(world) == ["taken"] * 5
    assert run(app) == (0, "Nothing is waiting.\n")
    assert sizes == [2, 2, 1]


def test_a_batch_is_of_one_region(own_units: Units, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    facility = world.facility()
    for region in (REGION, OTHER_REGION, REGION):
        world.keep(world.document(facility, FAILS), region=region)
        world.clock.advance(seconds=1)
    sizes = breaks(monkeypatch)
    understand_backlog(own_units)
    assert sizes == [2, 1]


def test_documents_that_are_understood_within_their_request_are_left_alone(own_units: Units, world: World) -> None:
    (key,) = world.keep(world.document(world.facility(), FAILS))
    with world.unit() as unit:
        unit.session.get(
            IntakeRow, (key.home_region, "audits", key.document_id, key.content_hash)
        ).collection = "drafts"  # type: ignore[union-attr]
    assert understand_backlog(own_units) == {}
    assert states(world) == ["kept"]


def test_photos_have_their_turn_with_the_function_of_photos(
    own_units: Units, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[IntakeKey] = []

    def note(_unit: Unit, keys: Collection[IntakeKey], **_how: bool) -> Mapping[IntakeKey, Understood]:
        asked.extend(keys)
        return {}

    (key,) = world.keep(world.document(world.facility(), FAILS))
    with world.unit() as unit:
        unit.session.get(
            IntakeRow, (key.home_region, "audits", key.document_id, key.content_hash)
        ).collection = PHOTOS  # type: ignore[union-attr]
    monkeypatch.setitem(backlog.UNDERSTOOD_LATER, PHOTOS, note)
    understand_backlog(own_units)
    assert asked[0] == IntakeKey(key.home_region, PHOTOS, key.document_id, key.content_hash)


# What fails


def test_a_document_that_breaks_the_program_stays_kept_and_stops_no_other(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = world.facility()
    (good,) = world.keep(world.document(facility, FAILS))
    (bad,) = world.keep(world.document(facility, FAILS))
    breaks(monkeypatch, bad)
    code, said = run(app)
    assert (code, said.splitlines()[0]) == (1, "2 documents: 1 failed, 1 taken.")
    assert states(world) == ["kept", "taken"]
    monkeypatch.undo()
    assert run(app) == (0, "1 documents: 1 taken.\n")
    assert good != bad


def test_a_document_that_failed_five_times_alone_is_put_aside_with_a_reason_and_can_be_replayed(
    app: Flask, world: World, own_units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bad,) = world.keep(world.document(world.facility(), FAILS))
    breaks(monkeypatch, bad)
    became = [dict(understand_backlog(own_units)) for _ in range(6)]
    assert became == [{"failed": 1}] * 4 + [{"quarantined": 1}, {}]
    row = row_of(world, bad)
    assert (row.state, row.reason, row.attempts, row.outcome_rev) == ("quarantined", GIVEN_UP, MOST_ATTEMPTS, 2)
    monkeypatch.undo()
    assert run(app, "replay", "--id", str(UUID(int=1))) == (0, "0 documents were put back.\n")
    assert run(app, "replay", "--collection", "audits") == (0, "1 documents were put back: 1 taken.\n")


class Killed(BaseException):
    """Ends the process, as far as the program can tell."""


def test_a_document_that_kills_the_process_is_noticed_by_its_attempts(
    world: World, own_units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bad,) = world.keep(world.document(world.facility(), FAILS))
    breaks(monkeypatch, bad, how=Killed)
    for n in range(1, MOST_ATTEMPTS + 1):
        with pytest.raises(Killed):
            understand_backlog(own_units)
        assert (row_of(world, bad).state, row_of(world, bad).attempts) == ("kept", n)
    assert understand_backlog(own_units) == {"quarantined": 1}


def test_what_others_were_busy_with_is_neither_put_aside_nor_lost(
    world: World, own_units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bad,) = world.keep(world.document(world.facility(), FAILS))
    breaks(monkeypatch, bad, how=Busy)
    for _ in range(MOST_ATTEMPTS + 3):
        understand_backlog(own_units)
    assert row_of(world, bad).state == "kept"
    monkeypatch.undo()
    assert understand_backlog(own_units) == {"taken": 1}


def test_understanding_at_once_never_raises_and_leaves_a_bad_row_kept(
    world: World, own_units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = world.facility()
    keys = world.keep(*(world.document(facility, FAILS) for _ in range(3)))
    breaks(monkeypatch, keys[1])
    outcomes = understand_now(own_units, keys)
    assert {key: said.state for key, said in outcomes.items()} == dict.fromkeys(
        [keys[0], keys[2]], IntakeState.TAKEN
    )
    assert row_of(world, keys[1]).state == "kept"
    assert understand_now(own_units, []) == {}


# What waits


def test_an_audit_that_waited_is_taken_in_once_its_checklist_is_published(app: Flask, world: World) -> None:
    facility = world.facility()
    newer = small_checklist("2.0.0")
    coming = checklist_id(COUNTRY, newer.key, newer.version)
    world.push(world.document(facility, FAILS, checklist=str(coming)))
    assert states(world) == ["waiting"]
    assert run(app) == (0, "Nothing is waiting.\n")  # it is not even looked at
    assert world.publish(newer) == coming
    assert run(app) == (0, "1 documents: 1 taken.\n")
    assert world.violation(facility, STEP).state == "open"


def test_what_waited_for_a_facility_has_its_turn_after_the_unit_that_brought_it(
    app: Flask, world: World, own_units: Units
) -> None:
    unborn, other = world.new_id(), world.new_id()
    world.push(world.document(unborn, FAILS), world.document(other, FAILS))
    world.facility(id=unborn)
    with app.app_context():
        own_units.write(lambda work: arrived(work, [unborn]))
    assert states(world) == ["taken", "waiting"]


def test_ringing_understands_at_once_where_there_is_no_queue(app: Flask, world: World) -> None:
    world.keep(world.document(world.facility(), FAILS))
    with app.app_context():
        ring(OTHER_REGION)
        assert states(world) == ["kept"]
        ring(REGION)
        assert states(world) == ["taken"]


def test_the_job_of_a_worker_works_through_its_region(app: Flask, world: World) -> None:
    world.keep(*(world.document(world.facility(), FAILS) for _ in range(3)))
    with app.app_context():
        drain_region(REGION)
    assert states(world) == ["taken"] * 3


# Several at once


def test_what_was_counted_as_tried_is_fresh_no_more(world: World) -> None:
    keys = world.keep(*(world.document(world.facility(), FAILS) for _ in range(3)))
    with world.unit() as unit:
        first = take_fresh(unit, LATER, limit=2)
    with world.unit() as unit:
        second = take_fresh(unit, LATER, limit=2)
    with world.unit() as unit:
        assert take_fresh(unit, LATER) == []
    assert sorted([*first, *second]) == sorted(keys)


@only_postgres
def test_two_workers_share_a_batch_and_neither_waits(world: World) -> None:
    keys = world.keep(*(world.document(world.facility(), FAILS) for _ in range(3)))
    with world.unit() as one, world.unit() as other, world.unit() as third:
        assert claim(one, keys[:2]) == sorted(keys[:2])
        assert claim(other, keys) == [keys[2]]
        assert take_fresh(third, LATER) == []
        assert take_again(third, LATER) is None


@only_postgres
def test_who_shares_a_region_leaves_what_others_work_on_for_another_turn(
    world: World, own_units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, free = world.facility(), world.facility()
    world.keep(world.document(held, FAILS), world.document(free, FAILS))
    sizes = breaks(monkeypatch)
    with world.unit() as other:
        lock_facilities(other.session, [(REGION, held)])
        keys = own_units.write(lambda work: take_fresh(work, LATER))
        assert backlog._batch(own_units, keys, []) == {"taken": 1}
        assert states(world) == ["kept", "taken"]
    assert understand_backlog(own_units) == {"taken": 1}
    assert sizes == [2, 1]
    assert {row.attempts for row in world.rows(IntakeRow)} == {1}


@only_postgres
def test_the_first_received_wins_also_when_it_had_to_step_aside(world: World, own_units: Units) -> None:
    held, free = world.facility(), world.facility()
    document = world.document(held, FAILS)
    (first,) = world.keep(document)
    world.clock.advance(seconds=1)
    (second,) = world.keep({**document, "facility": str(free)})
    with world.unit() as other:
        lock_facilities(other.session, [(REGION, held)])
        said = own_units.write(lambda work: understand(work, [first, second], patient=False))
        assert set(said.values()) == {NOT_YET}
        assert states(world) == ["kept", "kept"]
    understand_backlog(own_units)
    assert {row.content_hash: row.state for row in world.rows(IntakeRow)} == {
        first.content_hash: "taken",
        second.content_hash: "conflict",
    }


# Seeing it


def test_the_backlog_tells_how_much_waits_since_when(world: World) -> None:
    facility = world.facility()
    world.push(
        world.document(world.new_id(), FAILS), world.document(facility, FAILS), world.document(facility, {"?": 1})
    )
    since = world.clock()
    for _ in range(2):
        world.keep(world.document(facility, FAILS))
        world.clock.advance(hours=1)
    with world.open_session() as session:
        held = held_back(session)
        assert (held.count, held.oldest) == (2, since)
        assert held.states == {("kept", "audits"): 2, ("quarantined", "audits"): 1, ("waiting", "audits"): 1}
        assert held_back(session, [OTHER_REGION]).count == 0


def test_the_command_says_the_backlog_in_sentences(app: Flask, world: World) -> None:
    assert run(app, "status") == (0, "0 documents are not understood yet.\n")
    world.keep(world.document(world.facility(), FAILS))
    world.clock.advance(minutes=2)
    code, said = run(app, "status")
    assert (code, said.splitlines()) == (
        0,
        [
            "1 documents are not understood yet.",
            "1 audits kept",
            "The oldest has been waiting for 120 seconds.",
        ],
    )


def asked(client: FlaskClient, person: UUID) -> Any:
    return client.get("/api/v1/intake/backlog", headers={"Authorization": f"Bearer {person}"}).json


def test_whoever_may_read_the_journal_of_a_region_sees_its_backlog_and_no_other(
    client: FlaskClient, world: World
) -> None:
    world.keep(world.document(world.facility(), FAILS))
    one = {"state": "kept", "collection": "audits", "count": 1}
    nothing: dict[str, Any] = {"count": 0, "oldest": None, "states": []}
    seen = {"count": 1, "oldest": "2026-03-16T09:00:00+00:00", "states": [one]}
    assert asked(client, world.head) == seen
    assert asked(client, world.person(Role.ADMIN, COUNTRY)) == seen
    assert asked(client, world.person(Role.HEAD, OTHER_REGION)) == nothing
    assert asked(client, world.inspector) == nothing
