"""Pulling reads what it sends and little else, however much lies before the checkpoint or in other districts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from inspection.heads import lock_heads
from inspection.sync import pulling, tablets
from inspection.sync.collections import COLLECTIONS
from inspection.sync.pulling import Checkpoint, Position
from inspection.tables.feed import FeedRow
from inspection.tables.people import Role
from tests.clock import NOW, Clock
from tests.inspection.traffic import counted, full_scans
from tests.inspection.world import DISTRICT, NEIGHBOUR, REGION, World, always

ROWS = 3000
FACILITIES = COLLECTIONS["facilities"]


@pytest.fixture
def world(session: Session, clock: Clock, new_id: Any) -> World:
    """The small world, with a feed of two districts that change by turns, and then only one of them."""
    world = World(always(session), clock, new_id)
    rows = [
        {
            "region": REGION,
            "collection": "facilities",
            "id": UUID(int=n),
            "scope": DISTRICT if n < ROWS / 2 and n % 2 else NEIGHBOUR,
            "number": n,
            "rev": 1,
            "born_at": NOW,
            "deleted": False,
            "body": f'{{"id":"{UUID(int=n)}"}}',
        }
        for n in range(1, ROWS)
    ]
    with world.unit() as unit:
        unit.session.execute(insert(FeedRow), rows)
        lock_heads(unit.session, [REGION])[REGION].feed_number = ROWS
    return world


@pytest.mark.parametrize("areas", [(DISTRICT,), (DISTRICT, NEIGHBOUR), (REGION,)])
@pytest.mark.parametrize("lost", [False, True])
def test_every_pull_finds_its_rows_by_an_index(world: World, areas: tuple[str, ...], lost: bool) -> None:
    person = world.person()
    for area in areas:
        world.grant(person, Role.INSPECTOR, area)
    if lost:
        world.grant(person, Role.INSPECTOR, REGION, until=world.clock() - timedelta(days=1))
    with world.unit() as unit:
        tablet = tablets.sign_in(unit.session, str(person), None, now=world.clock())
        with counted(unit.session) as traffic:
            found = pulling.page(unit.session, tablet, FACILITIES, Position(0, restarting=lost), 10)
        assert len(found) == 10
        assert traffic.statements == 1
        # A piece is an answer already; what must not be read from end to end is the table.
        scans = [scan.split(" -- ")[0] for scan in full_scans(unit.session, traffic)]
        assert [scan for scan in scans if "feed" in scan] == []


def test_a_pull_that_finds_nothing_from_an_old_checkpoint_reads_no_row_of_others(world: World) -> None:
    person = world.person(Role.INSPECTOR, DISTRICT)
    with world.unit() as unit:
        tablet = tablets.sign_in(unit.session, str(person), None, now=world.clock())
        token = f"{tablet.head.epoch}.{tablet.fingerprint}"
        last = Checkpoint(ROWS // 2, token)
        with counted(unit.session) as traffic:
            answer = pulling.pull(unit.session, tablet, FACILITIES, last, 100)
    assert answer.startswith(b'{"documents":[]')
    assert traffic.rows == 0
