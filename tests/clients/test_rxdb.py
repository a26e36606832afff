"""RxDB 17 with the handlers of `docs/sync/` against a real server: what a tablet lives through."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import make_url, select

from inspection.history import DecisionKind
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.people import Grant, Role
from inspection.tables.regions import RegionHead
from tests.clients.conftest import OpenTablet
from tests.clients.node import Script
from tests.clients.server import Link, Server
from tests.clients.tablets import COLLECTIONS, Tablet
from tests.inspection.maps import IN_DISTRICT
from tests.inspection.world import DISTRICT, FAILS, NEIGHBOUR, PASSES, STEP, World

# What the databases do is tested where they are; here each would only start another server.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def a_facility(world: World, **about: Any) -> dict[str, Any]:
    """A facility as a tablet makes it."""
    names = {"kind": "polyclinic", "name_kk": "Ойдан шығарылған емхана", "name_ru": "Выдуманная поликлиника"}
    fix = {"lat": IN_DISTRICT.lat, "lon": IN_DISTRICT.lon, "accuracy_m": 8}
    return {"id": str(world.new_id()), **names, "catchment": 24000, "fixes": [fix], **about}


def a_draft(world: World, facility: UUID, **about: Any) -> dict[str, Any]:
    """The beginning of an audit."""
    return {"id": str(world.new_id()), "facility": str(facility), "answers": [], **about}


def a_full_world(world: World) -> UUID:
    """Something in every collection that the server fills; the id of the audited facility."""
    facility = world.facility()
    audit = world.audited(facility, FAILS)
    world.prescribe(audit)
    world.decide(facility, STEP, DecisionKind.RECHECK)
    world.facility(district_code=NEIGHBOUR)
    return facility


@pytest.fixture
def online(tablet: OpenTablet) -> Callable[..., Tablet]:
    """Opens a tablet that has synced for the first time."""

    def opened(person: UUID | None = None, **about: Any) -> Tablet:
        made = tablet(person, **about)
        made.online()
        made.synced()
        return made

    return opened


def test_the_first_sync_brings_every_collection(world: World, tablet: OpenTablet) -> None:
    facility = a_full_world(world)
    first = tablet()
    first.insert("drafts", a_draft(world, facility))
    first.insert("facilities", a_facility(world))
    first.insert("audits", world.document(facility, PASSES))
    first.online()
    first.synced()
    first.synced()
    filled = {name for name in COLLECTIONS if first.all(name)}
    assert filled >= {*COLLECTIONS} - {"photos"}
    assert len(first.all("facilities")) == 3
    first.must_agree()
    assert first.seen() == {"refused": 0, "stopped": [], "conflicts": [], "errors": []}


def test_a_change_arrives_by_itself(world: World, online: Callable[..., Tablet]) -> None:
    here, there = online(), online(world.colleague)
    made = a_facility(world)
    here.insert("facilities", made)
    there.until("facilities", made["id"], name_ru=made["name_ru"])
    there.patch("facilities", made["id"], catchment=77)
    here.until("facilities", made["id"], catchment=77)
    violated = world.audited(UUID(made["id"]), FAILS)
    here.until("audits", violated, failed=len(FAILS))
    for each in (here, there):
        each.synced()
        each.must_agree()


def test_offline_edits_of_two_tablets_are_merged_by_field(world: World, online: Callable[..., Tablet]) -> None:
    facility = world.facility(catchment=1, building_year=1970)
    here, there = online(), online(world.colleague)
    for each in (here, there):
        each.offline()
    here.patch("facilities", facility, catchment=2)
    there.patch("facilities", facility, building_year=1980)
    for each in (here, there):
        each.online()
        each.synced()
    for each in (here, there):
        each.until("facilities", facility, catchment=2, building_year=1980)
        each.synced()
        each.must_agree("facilities")


def test_of_two_values_of_a_field_the_first_stays_and_the_other_is_kept(
    world: World, online: Callable[..., Tablet]
) -> None:
    facility = world.facility(catchment=1)
    here, there = online(), online(world.colleague)
    there.offline()
    there.patch("facilities", facility, catchment=3)
    here.patch("facilities", facility, catchment=2)
    here.synced()
    there.online()
    there.until("facilities", facility, catchment=2)
    there.synced()
    (conflict,) = there.seen()["conflicts"]
    assert conflict["newDocumentState"]["catchment"] == 3
    told = [outcome for outcome in there.all("outcomes").values() if outcome["state"] == "conflict"]
    assert [(outcome["document"], bool(outcome["reason"])) for outcome in told] == [(str(facility), True)]
    for each in (here, there):
        each.must_agree()


def test_a_lost_answer_doubles_nothing(world: World, link: Link, online: Callable[..., Tablet]) -> None:
    facility = world.facility(catchment=1)
    here = online()
    link.lose("POST", "/audits/")
    link.lose("POST", "/facilities/")
    audit = world.document(facility, FAILS)
    here.insert("audits", audit)
    here.patch("facilities", facility, catchment=2)
    here.until("audits", audit["id"], failed=len(FAILS))
    here.until("facilities", facility, rev=2)
    here.synced()
    assert len(link.lost) == 2
    assert here.seen()["conflicts"] == []
    assert world.rows(Facility, Facility.id == facility)[0].rev == 2
    assert len(here.all("audits")) == 1
    assert len(here.all("violations")) == len(FAILS)
    here.must_agree()


def test_a_server_that_was_killed_is_found_again(
    world: World, server: Server, online: Callable[..., Tablet]
) -> None:
    facility = world.facility()
    here, there = online(), online(world.colleague)
    server.kill()
    audit = world.document(facility, FAILS)
    here.insert("audits", audit)
    here.until_seen("errors")
    server.start()
    here.until("audits", audit["id"], failed=len(FAILS))
    there.until("audits", audit["id"], failed=len(FAILS))
    for each in (here, there):
        each.synced()
        each.must_agree()


def test_what_a_grant_covered_goes_with_it_and_comes_back(world: World, online: Callable[..., Tablet]) -> None:
    person = world.person()
    world.grant(person, Role.INSPECTOR, DISTRICT)
    lost = world.grant(person, Role.INSPECTOR, NEIGHBOUR)
    stays, goes = world.facility(), world.facility(district_code=NEIGHBOUR)
    world.audited(goes, FAILS)
    here = online(person)
    assert {*here.all("facilities")} == {str(stays), str(goes)}
    assert len(here.all("violations")) == len(FAILS)
    with world.unit() as unit:
        unit.session.get_one(Grant, lost).valid_to = world.clock()
    here.synced()
    here.until_gone("facilities", goes)
    here.synced()
    assert {*here.all("facilities")} == {str(stays)}
    assert here.all("violations") == here.all("audits") == {}
    here.must_agree()
    world.grant(person, Role.INSPECTOR, NEIGHBOUR)
    here.synced()
    here.until("facilities", goes, rev=1)
    here.synced()
    assert len(here.all("violations")) == len(FAILS)
    here.must_agree()


def test_a_deleted_draft_is_gone_from_every_tablet_of_its_author(
    world: World, online: Callable[..., Tablet]
) -> None:
    facility = world.facility()
    here, there, foreign = online(), online(), online(world.colleague)
    draft = a_draft(world, facility, note="бастау")
    here.insert("drafts", draft)
    there.until("drafts", draft["id"], note="бастау")
    there.remove("drafts", draft["id"])
    here.until_gone("drafts", draft["id"])
    for each in (here, there, foreign):
        each.synced()
        assert each.all("drafts") == {}
        each.must_agree("drafts")


def test_a_tablet_whose_token_is_refused_waits_for_another_and_goes_on(world: World, tablet: OpenTablet) -> None:
    facility = world.facility()
    here = tablet(token="expired")
    audit = world.document(facility, FAILS)
    here.insert("audits", audit)
    here.online()
    here.until_seen("refused")
    assert here.all("facilities") == {}
    here.script.do("token", token=str(world.inspector))
    here.until("audits", audit["id"], failed=len(FAILS))
    here.synced()
    assert here.seen()["refused"] == 1  # one question, not one for each collection
    assert here.seen()["errors"] == []
    assert {*here.all("facilities")} == {str(facility)}


def test_a_batch_that_is_too_large_is_sent_in_halves(world: World, tablet: OpenTablet, server: Server) -> None:
    here = tablet()
    facility = world.facility()
    drafts = [a_draft(world, facility, note="ұ" * 200_000, n=n) for n in range(48)]
    for draft in drafts:
        here.insert("drafts", draft)
    here.online()
    here.synced()
    here.synced()
    assert here.seen()["errors"] == []
    assert {d["id"]: d["n"] for d in here.server_sends("drafts")[0].values()} == {d["id"]: d["n"] for d in drafts}


def test_a_client_that_only_knows_the_published_addresses_is_served(
    world: World, link: Link, run: Callable[[str], Script]
) -> None:
    facility = a_full_world(world)
    client = run("foreign.js")
    client.do("open", url=link.url, token=str(world.inspector))
    pulled = {name: client.do("pull", collection=name, limit=2) for name in COLLECTIONS}
    assert {d["id"] for d in pulled["facilities"]} == {str(f.id) for f in world.rows(Facility)}
    assert len(pulled["violations"]) == len(FAILS)
    client.do("listen", collection="facilities")
    (document,) = (d for d in pulled["facilities"] if d["id"] == str(facility))
    row = {"assumedMasterState": document, "newDocumentState": {**document, "catchment": 12}}
    assert client.do("push", collection="facilities", rows=[row]) == []
    assert client.do("push", collection="facilities", rows=[row]) == []  # again: as if the answer had been lost
    (changed,) = client.do("untilPulled", collection="facilities", limit=2)
    assert (changed["id"], changed["catchment"], changed["rev"]) == (str(facility), 12, document["rev"] + 1)
    stale = {"assumedMasterState": document, "newDocumentState": {**document, "catchment": 13}}
    assert client.do("push", collection="facilities", rows=[stale]) == [changed]
    audit = world.document(facility, PASSES)
    assert client.do("push", collection="audits", rows=[{"newDocumentState": audit}]) == []
    assert [d["id"] for d in client.do("pull", collection="audits", limit=100)] == [audit["id"]]


def test_a_client_that_only_knows_the_published_addresses_understands_refusals(
    world: World, link: Link, run: Callable[[str], Script]
) -> None:
    client = run("foreign.js")
    client.do("open", url=link.url, token="expired")
    refusal = client.do("refusal", path="/sync/facilities/1/pull?lwt=0&id=&limit=10")
    assert (refusal["status"], refusal["body"]["error"], refusal["body"]["code"]) == (401, True, 401)
    client.do("open", url=link.url, token=str(world.inspector))
    for path, status in (
        ("/sync/facilities/0/pull", 426),
        ("/sync/pharmacies/1/pull", 404),
        ("/sync/facilities/1/pull?limit=many", 422),
    ):
        refusal = client.do("refusal", path=path)
        assert (refusal["status"], refusal["body"]["error"], refusal["body"]["code"]) == (status, True, status)


def test_after_a_restored_backup_everybody_brings_back_what_they_had_made(
    world: World, server: Server, empty_url: str, online: Callable[..., Tablet], tmp_path: Path
) -> None:
    facility = world.facility()
    kept = world.audited(facility, {STEP: FAILS[STEP]}, by=world.colleague)
    here, there = online(), online(world.colleague)
    backup = Backup(empty_url, tmp_path / "backup.sqlite3")
    mine, theirs = (world.document(facility, answers) for answers in (FAILS, PASSES))
    made, draft = a_facility(world), a_draft(world, facility)
    here.insert("audits", mine)
    here.insert("facilities", made)
    here.insert("drafts", draft)
    there.insert("audits", theirs)
    here.until("audits", theirs["id"], failed=0)
    there.until("facilities", made["id"], rev=1)
    lost = world.prescribe(UUID(here.until("audits", mine["id"], failed=len(FAILS))["id"])).id
    here.until("prescriptions", lost, rev=1)
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
