"""Nothing is taken that there is no room for, and asking for room costs nothing."""

from pathlib import Path

import pytest
from flask import Flask

from api.app import create_app
from api.pressure import EVERY, Full, Pressure, refuse_when_full
from api.settings import Settings
from tests.inspection.world import PASSES, World


class Looks:
    """A server whose state the test sets; counts how often it is looked at."""

    def __init__(self) -> None:
        self.seconds, self.long, self.free, self.count = 0.0, False, 10, 0

    def too_long(self) -> bool:
        self.count += 1
        return self.long


@pytest.fixture
def looks() -> Looks:
    """A server with room."""
    return Looks()


@pytest.fixture
def pressure(looks: Looks) -> Pressure:
    """Its pressure."""
    return Pressure(
        too_long=looks.too_long, free=lambda: [100, looks.free], least_free=5, monotonic=lambda: looks.seconds
    )


def full(pressure: Pressure) -> bool:
    try:
        pressure.refuse_when_full()
    except Full:
        return True
    return False


def test_it_is_looked_at_once_in_a_few_seconds_however_many_ask(pressure: Pressure, looks: Looks) -> None:
    assert [full(pressure) for _ in range(100)] == [False] * 100
    looks.seconds += EVERY
    assert not full(pressure)
    assert looks.count == 2


def test_a_long_backlog_is_refused_until_it_is_short_again(pressure: Pressure, looks: Looks) -> None:
    looks.long = True
    assert [full(pressure), full(pressure)] == [True, True]
    looks.long = False
    assert full(pressure)
    looks.seconds += EVERY
    assert not full(pressure)


def test_one_disk_that_is_nearly_full_is_enough(pressure: Pressure, looks: Looks) -> None:
    looks.free = 4
    assert full(pressure)


def test_the_real_backlog_and_the_real_disk_decide(app: Flask, world: World, tmp_path: Path) -> None:
    url = app.extensions["pandus"].settings.database_url
    photos = str(tmp_path / "not" / "there" / "yet")
    for _ in range(2):
        world.keep(world.document(world.facility(), PASSES))
    for settings, refused in (
        (Settings(database_url=url, most_backlog=1, photos=photos), True),
        (Settings(database_url=url, most_backlog=2, photos=photos), False),
        (Settings(database_url=url, least_free_mb=1_000_000_000, photos=photos), True),
    ):
        one = create_app(settings)
        with one.app_context():
            try:
                refuse_when_full()
            except Full:
                assert refused
            else:
                assert not refused
        one.extensions["pandus"].engine.dispose()
