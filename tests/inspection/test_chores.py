"""What is due by time is done once, whoever ticks, and nothing that was missed is forgotten."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from inspection.chores import LEASE, Every, Nightly, Rhythm, claim, due, end, fail, know
from inspection.tables.chores import ChoreTurn
from tests.clock import Clock
from tests.inspection.world import World, always

OFTEN = Every(timedelta(minutes=5))
NIGHT = Nightly(time(1, 30), ZoneInfo("Asia/Almaty"))
CHORES: dict[str, Rhythm] = {"often": OFTEN, "night": NIGHT}


@pytest.fixture
def world(session: Session, clock: Clock, new_id: Callable[[], UUID]) -> World:
    made = World(always(session), clock, new_id)
    with made.unit() as unit:
        know(unit, CHORES)
    return made


def waiting(world: World) -> list[str]:
    with world.open_session() as session:
        return due(session, CHORES, world.clock())


def began(world: World, name: str) -> bool:
    with world.unit() as unit:
        return claim(unit, name)


def test_a_frequent_chore_is_due_at_once_and_one_of_the_night_at_night(world: World) -> None:
    assert waiting(world) == ["often"]
    world.clock.advance(days=1)
    assert waiting(world) == ["often", "night"]


def test_it_is_the_turn_of_one_and_nobody_elses_until_the_lease_is_over(world: World) -> None:
    assert (began(world, "often"), began(world, "often")) == (True, False)
    assert waiting(world) == []
    world.clock.advance(minutes=LEASE.total_seconds() / 60 + 1)
    assert waiting(world) == ["often"]
    assert began(world, "often")


def test_what_was_missed_is_done_once(world: World) -> None:
    world.clock.advance(days=40)
    assert began(world, "night")
    with world.unit() as unit:
        end(unit, "night", NIGHT, "40 settled")
    (turn,) = world.rows(ChoreTurn, ChoreTurn.name == "night")
    assert (turn.said, turn.done_at) == ("40 settled", world.clock())
    assert world.clock() < turn.next_at <= world.clock() + timedelta(days=1)


def test_one_that_fails_is_tried_again_later_each_time(world: World) -> None:
    pauses = []
    for _ in range(8):
        with world.unit() as unit:
            fail(unit, "often", "OSError")
        (turn,) = world.rows(ChoreTurn, ChoreTurn.name == "often")
        pauses.append((turn.next_at - world.clock()).total_seconds() / 60)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    with world.unit() as unit:
        end(unit, "often", OFTEN, "")
    (turn,) = world.rows(ChoreTurn, ChoreTurn.name == "often")
    assert turn.failures == 0


@pytest.mark.parametrize(
    ("zone", "moment", "then"),
    [
        ("Asia/Almaty", datetime(2026, 3, 16, 9, tzinfo=UTC), datetime(2026, 3, 16, 20, 30, tzinfo=UTC)),
        ("Asia/Almaty", datetime(2026, 3, 16, 20, 30, tzinfo=UTC), datetime(2026, 3, 17, 20, 30, tzinfo=UTC)),
        ("Asia/Almaty", datetime(2024, 2, 28, 18, tzinfo=UTC), datetime(2024, 2, 28, 19, 30, tzinfo=UTC)),
        ("Asia/Almaty", datetime(2024, 2, 28, 21, tzinfo=UTC), datetime(2024, 2, 29, 20, 30, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_night_is_a_night_of_the_country_also_where_its_clock_was_set(
    zone: str, moment: datetime, then: datetime
) -> None:
    assert Nightly(time(1, 30), ZoneInfo(zone)).after(moment) == then
