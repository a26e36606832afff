"""RxDB 17 with the handlers of `docs/sync/` against a real server: what a tablet lives through."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility
from inspection.tables.intake import IntakeKey, IntakeRow
from inspection.tables.people import Grant, Role
from tests.clients.conftest import OpenTablet
from tests.clients.documents import a_draft, a_facility, a_full_world, known_facility
from tests.clients.node import Script
from tests.clients.server import Link, Server
from tests.clients.tablets import COLLECTIONS, Tablet
from tests.inspection.world import DISTRICT, FAILS, NEIGHBOUR, PASSES, World

# What the databases do is tested where they are; here each would only start another server.
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


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
    facility = known_facility(world, catchment=1, building_year=1970)
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
    facility = known_facility(world, catchment=1)
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
    facility = known_facility(world, catchment=1)
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
    facility = known_facility(world)
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
    stays, goes = known_facility(world), known_facility(world, district_code=NEIGHBOUR)
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


def test_an_audit_that_was_taken_out_of_its_authors_sight_leaves_the_tablet(
    world: World, online: Callable[..., Tablet]
) -> None:
    person, facility = world.person(Role.INSPECTOR, DISTRICT), world.new_id()
    world.grant(person, Role.INSPECTOR, NEIGHBOUR, until=world.clock() - timedelta(hours=1))
    here = online(person)
    gone, kept = (world.document(each, FAILS) for each in (facility, known_facility(world)))
    for document in (gone, kept):
        here.insert("audits", document)
    here.until("audits", kept["id"], failed=len(FAILS))
    here.synced()
    (row,) = world.rows(IntakeRow, IntakeRow.state == "waiting")
    known_facility(world, id=facility, district_code=NEIGHBOUR)
    world.understand([IntakeKey(row.home_region, row.collection, row.document_id, row.content_hash)])
    here.synced()  # hears that it was taken
    assert here.one("audits", kept["id"]) is not None
    here.synced()
    here.until_gone("audits", gone["id"])
    here.synced()
    assert {str(audit.id) for audit in world.rows(Audit)} == {gone["id"], kept["id"]}
    here.must_agree()


def test_a_deleted_draft_is_gone_from_every_tablet_of_its_author(
    world: World, online: Callable[..., Tablet]
) -> None:
    facility = known_facility(world)
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
    facility = known_facility(world)
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


def test_a_tablet_that_has_to_stop_stops(world: World, link: Link, online: Callable[..., Tablet]) -> None:
    facility = known_facility(world)
    here = online()
    link.answer("GET", "/sync/audits/1/pull", 403, b'{"error": true, "code": 403}')
    world.audited(facility, FAILS)  # something to pull for
    assert here.until_seen("stopped") == [403]
    here.offline()  # comes back when everything has ended
    asked = len(link.seen)
    audit = world.document(facility, FAILS)
    here.insert("audits", audit)
    assert audit["id"] in here.all("audits")  # nothing is lost by it
    assert len(link.seen) == asked


def test_a_server_that_is_busy_or_hidden_by_a_broken_proxy_is_tried_again(
    world: World, link: Link, online: Callable[..., Tablet]
) -> None:
    facility = known_facility(world)
    here = online()
    link.answer("POST", "/sync/audits/1/push", 502, b"<html>Bad Gateway</html>")
    link.answer("POST", "/sync/audits/1/push", 503, b'{"error": true, "code": 503}')
    audit = world.document(facility, FAILS)
    here.insert("audits", audit)
    here.until("audits", audit["id"], failed=len(FAILS))
    assert len(link.lost) == 2
    assert len(here.seen()["errors"]) == 2
    here.synced()
    here.must_agree()


def test_a_photo_is_known_everywhere_once_its_bytes_are_there(
    world: World, link: Link, online: Callable[..., Tablet], run: Callable[[str], Script], tmp_path: Path
) -> None:
    facility = known_facility(world)
    here, there = online(), online(world.colleague)
    audit = world.document(facility, FAILS)
    here.insert("audits", audit)
    file = tmp_path / "ramp.jpg"
    Image.new("RGB", (640, 480), "gray").save(file)
    content = file.read_bytes()
    told = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "media_type": "image/jpeg"}
    photo = {"id": str(world.new_id()), "audit": audit["id"], "taken_at": audit["finished_at"], **told}
    here.insert("photos", photo)
    there.until("photos", photo["id"], state="expected")
    client = run("tus.js")
    about = {"url": link.url, "token": here.token, "metadata": {"sha256": told["sha256"]}}
    client.do("begin", name="ramp", file=str(file), **about)
    assert "refused" not in client.do("end", name="ramp")
    there.until("photos", photo["id"], state="examined")
    for each in (here, there):
        each.synced()
        each.must_agree("photos", "outcomes")


def test_a_batch_that_is_too_large_is_sent_in_halves(world: World, tablet: OpenTablet, server: Server) -> None:
    here = tablet()
    facility = known_facility(world)
    drafts = [a_draft(world, facility, note="ұ" * 200_000, n=n) for n in range(48)]
    for draft in drafts:
        here.insert("drafts", draft)
    here.online()
    here.synced()
    here.synced()
    assert here.seen()["errors"] == []
    assert {d["id"]: d["n"] for d in here.server_sends("drafts")[0].values()} == {d["id"]: d["n"] for d in drafts}
