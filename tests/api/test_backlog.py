"""What was kept is understood later, whatever came between."""

from collections.abc import Collection, Mapping

import pytest
from flask import Flask

from api import backlog
from api.work import Work
from inspection.checklists import checklist_id
from inspection.tables.intake import IntakeKey, IntakeRow
from inspection.understanding import Understood, understand
from tests.inspection.world import COUNTRY, DOOR, STEP, World, small_checklist

FAILS = {STEP: 0.05, DOOR: 0.95}


def run(app: Flask) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["intake", "understand"])
    return result.exit_code, result.output


def states(world: World) -> list[str]:
    return sorted(row.state for row in world.rows(IntakeRow))


def test_what_was_kept_before_a_crash_is_taken_in_batch_by_batch_and_only_once(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = world.facility()
    monkeypatch.setattr(backlog, "BATCH", 2)
    for _ in range(5):
        world.keep(world.document(facility, FAILS))
    assert run(app) == (0, "5 documents: 5 taken.\n")
    assert states(world) == ["taken"] * 5
    assert run(app) == (0, "Nothing is waiting.\n")


def test_an_audit_that_waited_is_taken_in_once_its_checklist_is_published(app: Flask, world: World) -> None:
    facility = world.facility()
    newer = small_checklist("2.0.0")
    coming = checklist_id(COUNTRY, newer.key, newer.version)
    world.push(world.document(facility, FAILS, checklist=str(coming)))
    assert states(world) == ["waiting"]
    assert run(app) == (0, "1 documents: 1 waiting.\n")
    assert world.publish(newer) == coming
    assert run(app) == (0, "1 documents: 1 taken.\n")
    assert world.violation(facility, STEP).state == "open"


def test_a_document_that_breaks_the_program_stays_kept_and_stops_no_other(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = world.facility()
    (good,) = world.keep(world.document(facility, FAILS))
    (bad,) = world.keep(world.document(facility, FAILS))

    def broken(work: Work, keys: Collection[IntakeKey]) -> Mapping[IntakeKey, Understood]:
        if bad in keys:
            raise ZeroDivisionError("a fault of the program")
        return understand(work, keys)

    monkeypatch.setattr(backlog, "understand", broken)
    code, said = run(app)
    assert (code, said.splitlines()[0]) == (1, "2 documents: 1 failed, 1 taken.")
    assert states(world) == ["kept", "taken"]
    monkeypatch.undo()
    assert run(app) == (0, "1 documents: 1 taken.\n")
    assert good != bad
