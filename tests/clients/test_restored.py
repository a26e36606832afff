"""A backup is put back under tablets that hold more than it does."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import make_url, select

from inspection.tables.audits import Audit
from inspection.tables.regions import RegionHead
from tests.clients.documents import a_draft, a_facility, known_facility
from tests.clients.server import Server
from tests.clients.tablets import Tablet
from tests.inspection.world import FAILS, PASSES, STEP, World

# What the databases do is tested where they are; here each would only start another server.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def test_after_a_restored_backup_everybody_brings_back_what_they_had_made(
    world: World, server: Server, empty_url: str, online: Callable[..., Tablet], tmp_path: Path
) -> None:
    facility = known_facility(world)
    kept = world.audited(facility, {STEP: FAILS[STEP]}, by=world.colleague)
    here, there = online(), online(world.colleague)
    backup = Backup(empty_url, tmp_path / "backup.sqlite3")
    mine, theirs = (world.document(facility, answers) for answers in (FAILS, PASSES))
    made, draft = a_facility(world), a_draft(world, facility)
    here.insert("audits", mine)
    here.insert("facilities", made)
    here.insert("drafts", draft)
    here.until("audits", mine["id"], failed=len(FAILS))
    lost = world.prescribe(UUID(mine["id"])).id
    here.until("prescriptions", lost, rev=1)
    there.insert("audits", theirs)
    here.until("audits", theirs["id"], failed=0)
    there.until("facilities", made["id"], rev=1)
    there.offline()
    server.kill()
    backup.restore(world)
    assert {audit.id for audit in world.rows(Audit)} == {kept}
    server.start()
    here.until_gone("prescriptions", lost)
    here.until_gone("audits", theirs["id"])  # its author brings it back, and nobody else
    here.synced()
    assert {*here.all("audits")} == {mine["id"], str(kept)}
    there.online()
    there.synced()
    here.until("audits", theirs["id"], failed=0, author_id=str(world.colleague))
    for each in (here, there):
        each.synced()
        each.must_agree()
        assert {*each.all("audits")} == {mine["id"], theirs["id"], str(kept)}
        assert {*each.all("facilities")} == {made["id"], str(facility)}
        assert each.seen()["stopped"] == []
    assert {*here.all("drafts")} == {draft["id"]}


class Backup:
    """A copy of the database of a test, made while the server runs."""

    def __init__(self, url: str, copy: Path) -> None:
        self.database, self.copy = Path(make_url(url).database or ""), copy
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute("VACUUM INTO ?", [str(copy)])

    def restore(self, world: World) -> None:
        """Put it back, as whoever runs the server does; the server must be down."""
        with world.open_session() as session:
            session.get_bind().engine.dispose()  # its connections would go on with the old file
        for file in self.database.parent.glob(f"{self.database.name}*"):  # also -wal and -shm
            file.unlink()
        shutil.copy(self.copy, self.database)
        with world.unit() as unit:
            for head in unit.session.scalars(select(RegionHead)):
                head.epoch = "restored"
