"""`flask settle due`: what time alone changes."""

from datetime import timedelta

from flask import Flask

from inspection.history import DecisionKind
from tests.inspection.world import DOOR, STEP, World

FAILS = {STEP: 0.05, DOOR: 0.95}


def run(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["settle", "due"])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_told_date_that_passes_queues_a_follow_up_and_the_next_night_changes_nothing(
    app: Flask, world: World
) -> None:
    facility = world.facility()
    world.prescribe(world.audited(facility, FAILS))
    due_on = world.violation(facility, STEP).due_on
    assert due_on is not None
    assert run(app) == "0 facilities settled.\n"
    world.clock.now += timedelta(days=(due_on - world.clock.now.date()).days + 1)
    assert world.followup(facility) is None
    assert run(app) == "1 facilities settled.\n"
    queued = world.followup(facility)
    assert queued is not None
    assert [item["reasons"] for item in queued.items] == [["overdue"]]
    assert run(app) == "0 facilities settled.\n"


def test_a_waiver_that_runs_out_opens_the_violation_again(app: Flask, world: World) -> None:
    facility = world.facility()
    world.audited(facility, FAILS)
    last_day = (world.clock.now + timedelta(days=10)).date()
    world.decide(facility, STEP, DecisionKind.WAIVE, until=last_day)
    world.clock.advance(days=9)
    run(app)
    assert world.violation(facility, STEP).state == "waived"
    world.clock.advance(days=2)
    assert run(app) == "1 facilities settled.\n"
    assert world.violation(facility, STEP).state == "open"
