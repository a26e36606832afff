"""`flask tend`: what is due by time is done, by one of however many tend."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api import chores
from api.chores import CHORES, Chore, tend
from inspection.chores import Every
from inspection.tables.chores import ChoreTurn
from inspection.tables.notices import Letter
from tests.house import ROOT
from tests.inspection.world import DOOR, FAILS, World

COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "tend", "--once"]


def turns(world: World) -> dict[str, ChoreTurn]:
    return {row.name: row for row in world.rows(ChoreTurn)}


def test_an_audit_is_ranked_told_and_its_letter_lies_in_the_folder(
    app: Flask, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    facility = world.facility()
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    parts = app.extensions["pandus"]
    with app.app_context():
        assert tend(parts) == 6
        assert tend(parts) == 0, "nothing is due any more"
    assert world.violation(facility, DOOR).obstructed is not None
    assert [row.state for row in world.rows(Letter)] == ["by_hand"]
    said = {name: turn.said for name, turn in turns(world).items() if turn.done_at}
    assert said == {
        "backlog": "nothing",
        "bounces": "no mailbox",
        "digests": "0 queued",
        "letters": "1 gathered",
        "questions": "no geocoder",
        "ranks": "2 numbers changed",
    }
    world.clock.advance(days=1)
    with app.app_context():
        assert tend(parts) == len(CHORES)
    assert turns(world)["night"].said == "0 settled, 0 re-checks returned, 0 numbers changed, 0 notices"


def test_a_chore_that_fails_stops_no_other_and_is_tried_again(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Any) -> str:
        raise OSError("the disk is full")

    broken = Chore(CHORES["ranks"].rhythm, fails)
    monkeypatch.setattr(chores, "CHORES", {"a": broken, "b": Chore(CHORES["ranks"].rhythm, lambda _: "fine")})
    with app.app_context():
        assert tend(app.extensions["pandus"]) == 2
    found = turns(world)
    assert (found["a"].said, found["a"].failures, found["a"].done_at) == ("OSError", 1, None)
    assert (found["b"].said, found["b"].failures) == ("fine", 0)
    assert isinstance(broken.rhythm, Every)
    assert found["a"].next_at < found["b"].next_at


def test_of_two_that_tend_at_once_one_does_each_chore(world: World, fresh_url: str, tmp_path: Path) -> None:
    places = {"PANDUS_DATABASE_URL": fresh_url, "PANDUS_LOG_FORMAT": "json"}
    rest = {name: value for name, value in os.environ.items() if not name.startswith(("PANDUS_", "FLASK_"))}
    started = [
        subprocess.Popen(
            COMMAND,
            cwd=tmp_path,
            env=rest | places | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    lines = [line for process in started for line in process.communicate(timeout=60)[0].splitlines()]
    done = [json.loads(line)["chore"] for line in lines if '"chore_done"' in line]
    assert [process.returncode for process in started] == [0, 0], lines
    assert sorted(done) == sorted(name for name, chore in CHORES.items() if isinstance(chore.rhythm, Every))
