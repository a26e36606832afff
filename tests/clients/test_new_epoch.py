"""What a restored backup asks of the kit beyond the documents that a tablet shows."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.intake import IntakeRow
from inspection.tables.people import Role
from tests.clients.documents import a_draft, a_facility, known_facility
from tests.clients.server import PATIENCE, Server
from tests.clients.tablets import Tablet
from tests.clients.test_restored import Backup
from tests.inspection.world import DISTRICT, FAILS, NEIGHBOUR, REGION, World

# What the databases do is tested where they are; here each would only start another server.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def test_what_is_told_again_is_whole_and_may_be_of_a_collection_that_was_never_pulled(
    world: World, server: Server, empty_url: str, online: Callable[..., Tablet], tmp_path: Path
) -> None:
    known_facility(world)
    here, there = online(), online(world.colleague)
    backup = Backup(empty_url, tmp_path / "backup.sqlite3")
    made, photo = a_facility(world), a_photo(world)
    here.insert("facilities", made)
    here.insert("photos", photo)
    here.until("facilities", made["id"], rev=1)
    there.until("facilities", made["id"], rev=1)
    there.patch("facilities", made["id"], catchment=77)
    here.until("facilities", made["id"], catchment=77)
    here.synced()
    assert kept(world, "photos") == [(photo["id"], "waiting")]
    server.kill()
    backup.restore(world)
    assert kept(world, "photos") == []
    server.start()
    there.until_gone("facilities", made["id"])  # who did not make it does not bring it back
    for each in (there, here, there, here):
        each.synced()
    there.until("facilities", made["id"], catchment=77)
    assert kept(world, "photos") == [(photo["id"], "waiting")]
    (again,) = world.rows(Facility, Facility.id == UUID(made["id"]))
    (fix,) = made["fixes"]
    assert (again.lat, again.lon, again.location_method) == (fix["lat"], fix["lon"], "fix")
    senders = {row.person_id for row in world.rows(IntakeRow, IntakeRow.document_id == again.id)}
    assert senders == {world.inspector}


def test_an_audit_that_had_left_the_tablet_is_told_again(
    world: World, server: Server, empty_url: str, online: Callable[..., Tablet], tmp_path: Path
) -> None:
    person, facility = world.person(Role.INSPECTOR, DISTRICT), known_facility(world)
    here = online(person)
    backup = Backup(empty_url, tmp_path / "backup.sqlite3")
    audit = world.document(facility, FAILS)
    here.insert("audits", audit)
    here.until("audits", audit["id"], failed=len(FAILS))
    change_district(world, facility, NEIGHBOUR)
    here.until_gone("audits", audit["id"])
    server.kill()
    backup.restore(world)
    assert world.rows(Audit) == []
    server.start()
    here.synced()
    here.until("audits", audit["id"], failed=len(FAILS))
    assert [str(each.id) for each in world.rows(Audit)] == [audit["id"]]


def test_what_was_sent_before_anything_was_ever_pulled_is_told_again(
    world: World, server: Server, empty_url: str, tablet: Callable[..., Tablet], tmp_path: Path
) -> None:
    facility = known_facility(world)
    here = tablet()
    backup = Backup(empty_url, tmp_path / "backup.sqlite3")
    audit, draft = world.document(facility, FAILS), a_draft(world, facility)
    here.insert("audits", audit)
    here.insert("drafts", draft)
    here.online(deaf=True)
    until_kept(world, "audits", "drafts")
    here.offline()
    server.kill()
    backup.restore(world)
    server.start()
    here.online()
    here.until("audits", audit["id"], failed=len(FAILS))
    here.until("drafts", draft["id"], rev=1)
    here.synced()
    here.must_agree()


def change_district(world: World, facility: UUID, district: str) -> None:
    with world.unit() as unit:
        held = unit.session.get_one(Facility, (REGION, facility))
        held.district_code, held.rev = district, held.rev + 1
        for audit in unit.session.scalars(select(Audit).where(Audit.facility_id == facility)):
            audit.district_code, audit.rev = district, audit.rev + 1


def a_photo(world: World) -> dict[str, Any]:
    """A photo of an audit that is still to come, so that no photo is ever sent to a tablet."""
    ids = {"id": str(world.new_id()), "audit": str(world.new_id())}
    return ids | {
        "sha256": "0" * 64,
        "size": 5,
        "media_type": "image/jpeg",
        "taken_at": world.clock().isoformat(),
    }


def until_kept(world: World, *collections: str) -> None:
    """Wait until something of each collection came."""
    for _ in range(PATIENCE):
        if all(kept(world, collection) for collection in collections):
            return
        Event().wait(0.1)
    raise AssertionError(f"{collections} did not come")


def kept(world: World, collection: str) -> list[tuple[str, str]]:
    """Ids and states of what was kept of a collection."""
    return [(str(row.document_id), row.state) for row in world.rows(IntakeRow, IntakeRow.collection == collection)]
