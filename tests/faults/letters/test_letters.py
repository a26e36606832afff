"""The short run; and that the comparison would notice what it is there for."""

import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.faults.letters.mail import FaultyMail
from tests.faults.letters.run import Report, _judge, _Office, run


def test_no_letter_is_lost_and_none_is_doubled_but_in_the_window() -> None:
    report = run(120, seed=3)
    print("\n".join(report.lines()))  # how often the window was hit
    assert report.letters == 120
    assert report.good, "\n".join(report.lines())
    assert sum(report.deaths.values()) > 0
    assert report.states["cancelled"] > 0


@pytest.fixture
def letter(fresh_database: Engine) -> str:
    """One letter, queued for ever."""
    row = (
        "INSERT INTO letters (home_region, id, rev, country, region_code, facility_id, recipient, address, local_date,"
        " part, state, attempts, next_try_at, queued_at) VALUES ('10', :id, 1, 'KZ', '10', :id, 'operator:x', '',"
        " '2026-01-01', 1, 'sent', 1, '2026-01-01', '2026-01-01')"
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
