"""The short run; and that the comparison would notice what it is there for."""

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.faults.letters.mail import FaultyMail
from tests.faults.letters.run import Report, _judge, _Office
from tests.house import ROOT


def test_no_letter_is_lost_and_none_is_doubled_but_in_the_window() -> None:
    """In a process of its own: the guard of replicated tables is not what is tested here."""
    command = [sys.executable, "-m", "tests.faults.letters", "--letters", "120", "--seed", "3"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "letters 120, " in said.stdout
    assert "lost 0" in said.stdout
    assert re.search(r"cancelled [1-9]", said.stdout)
    assert re.search(r"^killed: [a-z]", said.stdout, re.MULTILINE)
    assert "killed: nothing" not in said.stdout


@pytest.fixture
def letter(fresh_database: Engine) -> str:
    """One letter, queued for ever."""
    row = (
        "INSERT INTO letters (home_region, id, rev, country, region_code, facility_id, recipient, address,"
        " local_date, part, state, attempts, next_try_at, queued_at) VALUES ('10', :id, 1, 'KZ',"
        " '10', :id, 'operator:x', '', '2026-01-01', 1, 'sent', 1, '2026-01-01', '2026-01-01')"
    )
    made = "5f0c1a52-6f0e-4c0b-8a55-7a6d2a0f9d10"
    held = made if fresh_database.dialect.name == "postgresql" else made.replace("-", "")
    with fresh_database.begin() as connection:
        connection.execute(text(row), {"id": held})
        shown = connection.execute(text("SELECT id FROM letters")).scalar_one()
    return str(shown)


def judged(engine: Engine, mail: FaultyMail, *deaths: tuple[float, float, str], released: Any = ()) -> Report:
    report = Report(1)
    office = _Office([], {}, Path(), {}, deaths=list(deaths))
    _judge(report, engine, mail, office, set(released))
    return report


def test_a_letter_that_no_mail_server_has_seen_is_lost(fresh_database: Engine, letter: str) -> None:
    report = judged(fresh_database, FaultyMail(Random(1)))
    assert report.lost == [f"<{letter}@localhost>"]
    assert not report.good


@pytest.mark.parametrize(("died", "good"), [(0.2, True), (5.0, False)])
def test_a_second_copy_is_excused_only_by_a_death_right_after_the_first(
    fresh_database: Engine, letter: str, *, died: float, good: bool
) -> None:
    now = time.time()
    mail = FaultyMail(Random(1), taken={f"<{letter}@localhost>": [now, now + 10]})
    report = judged(fresh_database, mail, (now + died, now + died, "worker"))
    assert (len(report.doubled), report.good) == (1, good)


def test_a_letter_about_something_released_must_not_have_gone(fresh_database: Engine, letter: str) -> None:
    mail = FaultyMail(Random(1), taken={f"<{letter}@localhost>": [1.0]}, did=Counter())
    assert judged(fresh_database, mail, released=[letter]).untrue
