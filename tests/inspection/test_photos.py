"""The row of a photo and its bytes arrive in any order; what is missing is seen; nobody adds to foreign audits."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from inspection.errors import DoesNotApply, InvalidInput, NotFound
from inspection.photos import blobs, listing
from inspection.photos.documents import read_photo
from inspection.photos.examined import Evidence, Examined, Refused
from inspection.photos.understanding import understand_photos
from inspection.tables.feed import FeedRow
from inspection.tables.intake import IntakeRow, IntakeState
from inspection.tables.people import Role
from inspection.tables.photos import Blob, Photo
from inspection.tables.regions import Home
from tests.clock import Clock
from tests.inspection.photos import BYTES, SHA256, keep_photos, photo_of, push_photos, understand_kept
from tests.inspection.world import (
    NEIGHBOUR,
    OTHER_DISTRICT,
    OTHER_REGION,
    PASSES,
    REGION,
    World,
    always,
    sessions_on,
)

SEEN = Examined("image/jpeg", 40, 30, Evidence("2026-03-15T10:00:00", 43.2, 76.9), b"public", b"small")


@pytest.fixture
def world(session: Session, clock: Clock, new_id: Callable[[], UUID]) -> World:
    return World(always(session), clock, new_id)


@pytest.fixture
def audit(world: World) -> UUID:
    return audited(world)


def audited(world: World, **about: Any) -> UUID:
    facility = world.facility(**about)
    world.add(Home(id=facility, region=about.get("home_region", REGION), kind="facility"))
    return world.audited(facility, PASSES)


def state_of(world: World, photo: str) -> str:
    with world.open_session() as session:
        return str(listing.one(session, world.caller(world.inspector), UUID(photo))["state"])


def fed(world: World, photo: str) -> str:
    (row,) = world.rows(FeedRow, FeedRow.collection == "photos", FeedRow.id == UUID(photo))
    return str(row.body)


def store(world: World, digest: bytes = SHA256) -> None:
    with world.unit() as unit:
        blobs.record_stored(unit, digest, len(BYTES))


def test_a_photo_lies_where_the_facility_of_its_audit_lies(world: World, audit: UUID) -> None:
    document = photo_of(world, audit, note="порог у входа")
    (outcome,) = push_photos(world, document)
    assert outcome.state == IntakeState.TAKEN
    (row,) = world.rows(Photo)
    assert (row.audit_id, row.note, row.author_id) == (audit, "порог у входа", world.inspector)
    assert (row.home_region, row.region_code, row.district_code) == (REGION, REGION, "751110000")
    assert [home.kind for home in world.rows(Home, Home.id == row.id)] == ["photo"]


def test_the_row_may_come_before_the_bytes(world: World, audit: UUID) -> None:
    document = photo_of(world, audit)
    push_photos(world, document)
    assert state_of(world, document["id"]) == "expected"
    before = world.rows(Photo)[0].rev
    store(world)
    assert state_of(world, document["id"]) == "stored"
    assert world.rows(Photo)[0].rev == before + 1
    assert '"state":"stored"' in fed(world, document["id"])


def test_the_bytes_may_come_before_the_row(world: World, audit: UUID) -> None:
    store(world)
    document = photo_of(world, audit)
    push_photos(world, document)
    assert state_of(world, document["id"]) == "stored"
    assert '"state":"stored"' in fed(world, document["id"])


def test_the_photo_may_come_before_its_audit(world: World) -> None:
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind="facility"))
    visit = world.document(facility, PASSES)
    keys = keep_photos(world, photo_of(world, visit["id"]))
    (waits,) = understand_kept(world, keys)
    assert (waits.state, waits.waiting_for) == (IntakeState.WAITING, UUID(visit["id"]))
    assert world.rows(Photo) == []
    world.push(visit)
    (outcome,) = understand_kept(world, keys)
    assert outcome.state == IntakeState.TAKEN


def test_the_same_photo_again_changes_nothing(world: World, audit: UUID) -> None:
    document = photo_of(world, audit)
    assert [each.state for each in push_photos(world, document)] == [IntakeState.TAKEN]
    resent = {**dict(reversed(document.items())), "rev": 7, "state": "examined", "thumbnail": "AAAA"}
    assert [each.state for each in push_photos(world, resent)] == [IntakeState.TAKEN]
    assert len(world.rows(Photo)) == len(world.rows(IntakeRow, IntakeRow.collection == "photos")) == 1


def test_another_photo_under_the_same_id_is_kept_apart(world: World, audit: UUID) -> None:
    document = photo_of(world, audit)
    push_photos(world, document)
    (outcome,) = push_photos(world, document | {"note": "другое"})
    assert outcome.state == IntakeState.CONFLICT
    assert world.rows(Photo)[0].note is None
    (kept,) = world.rows(IntakeRow, IntakeRow.state == IntakeState.CONFLICT)
    assert document["sha256"] in (kept.held or "")


def test_of_two_photos_under_one_id_in_one_batch_the_first_received_wins(world: World, audit: UUID) -> None:
    document = photo_of(world, audit)
    outcomes = push_photos(world, document, document | {"note": "другое"})
    assert sorted(each.state for each in outcomes) == [IntakeState.CONFLICT, IntakeState.TAKEN]
    assert len(world.rows(Photo)) == 1


def test_a_colleague_of_the_district_may_add_a_photo_and_nobody_else(world: World, audit: UUID) -> None:
    stranger = world.person(Role.INSPECTOR, NEIGHBOUR)
    reader = world.person(Role.MINISTRY, REGION)
    assert push_photos(world, photo_of(world, audit), by=world.colleague)[0].state == IntakeState.TAKEN
    for nobody in (stranger, reader):
        (outcome,) = push_photos(world, photo_of(world, audit), by=nobody)
        assert outcome.state == IntakeState.QUARANTINED
        assert (outcome.reason or "").startswith("/audit: ")
    assert len(world.rows(Photo)) == 1


def test_who_made_the_audit_may_add_a_photo_when_their_grant_is_over(world: World, clock: Clock) -> None:
    former = world.person()
    world.grant(former, Role.INSPECTOR, REGION, until=clock() + timedelta(days=1))
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind="facility"))
    audit = world.audited(facility, PASSES, by=former)
    clock.advance(days=30)
    assert push_photos(world, photo_of(world, audit), by=former)[0].state == IntakeState.TAKEN


def test_a_photo_sent_by_a_tablet_of_another_region_lies_with_its_audit(world: World) -> None:
    facility = world.facility(home_region=OTHER_REGION, region_code=OTHER_REGION, district_code=OTHER_DISTRICT)
    world.add(Home(id=facility, region=OTHER_REGION, kind="facility"))
    travels = world.person(Role.INSPECTOR, OTHER_REGION)
    audit = world.audited(facility, PASSES, by=travels)
    assert push_photos(world, photo_of(world, audit), by=travels)[0].state == IntakeState.TAKEN
    assert world.rows(Photo)[0].home_region == OTHER_REGION


@pytest.mark.parametrize(
    ("about", "pointer"),
    [
        ({"id": "x"}, "/id"),
        ({"audit": None}, "/audit"),
        ({"sha256": "abc"}, "/sha256"),
        ({"sha256": None}, "/sha256"),
        ({"size": -1}, "/size"),
        ({"size": 1.5}, "/size"),
        ({"media_type": "jpeg"}, "/media_type"),
        ({"taken_at": "2026-03-16"}, "/taken_at"),
        ({"criterion": None}, "/place"),
        ({"note": " "}, "/note"),
        ({"note": "a\0b"}, "/note"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_wrong_with_a_photo_is_said_field_by_field(
    world: World, about: dict[str, Any], pointer: str
) -> None:
    document = photo_of(world, world.new_id()) | about
    with pytest.raises(InvalidInput) as refused:
        read_photo({name: value for name, value in document.items() if value is not None})
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_a_photo_with_faults_is_put_aside_and_the_others_are_taken(world: World, audit: UUID) -> None:
    good, bad = photo_of(world, audit), photo_of(world, audit, sha256="abc")
    outcomes = push_photos(world, bad, good)
    assert [each.state for each in outcomes] == [IntakeState.QUARANTINED, IntakeState.TAKEN]


def test_what_was_seen_in_the_bytes_shows_in_every_photo_of_them(world: World, audit: UUID) -> None:
    documents = [photo_of(world, audit), photo_of(world, audit)]
    push_photos(world, *documents)
    store(world)
    with world.unit() as unit:
        assert blobs.claim(unit) == SHA256
        blobs.record_examined(unit, SHA256, SEEN)
    for document in documents:
        body = fed(world, document["id"])
        assert '"state":"examined"' in body
        assert '"thumbnail":"c21hbGw="' in body
    (blob,) = world.rows(Blob)
    assert (blob.width, blob.exif_lat, blob.exif_taken_at) == (40, 43.2, "2026-03-15T10:00:00")


def test_an_examination_counts_once(world: World) -> None:
    store(world)
    with world.unit() as unit:
        blobs.claim(unit)
        blobs.record_examined(unit, SHA256, SEEN)
        blobs.record_examined(unit, SHA256, Refused("this picture takes too long to decode"))
        blobs.record_stored(unit, SHA256, 5)
    (blob,) = world.rows(Blob)
    assert (blob.state, blob.reason, blob.size) == ("examined", None, len(BYTES))


def test_a_claim_ends_by_itself_and_an_examination_that_never_ends_is_not_begun_for_ever(
    world: World, clock: Clock
) -> None:
    store(world)
    for _ in range(blobs.MOST_ATTEMPTS):
        with world.unit() as unit:
            assert blobs.claim(unit) == SHA256
        with world.unit() as unit:
            assert blobs.claim(unit) is None
        clock.advance(minutes=6)
    with world.unit() as unit:
        assert blobs.claim(unit) is None
    (blob,) = world.rows(Blob)
    assert (blob.state, blob.reason) == ("refused", blobs.NEVER_ENDED.reason)


def test_what_could_not_be_looked_at_by_no_fault_of_its_own_is_tried_again_for_ever(world: World) -> None:
    store(world)
    for _ in range(2 * blobs.MOST_ATTEMPTS):
        with world.unit() as unit:
            assert blobs.claim(unit) == SHA256
            blobs.unclaim(unit, SHA256)


def test_what_is_missing_of_an_audit_is_counted(world: World, audit: UUID) -> None:
    contents = [bytes([number]) for number in range(4)]
    push_photos(world, *(photo_of(world, audit, content=content) for content in contents))
    first, second, third, _ = (hashlib.sha256(content).digest() for content in contents)
    for digest in (first, second, third):
        store(world, digest)
    with world.unit() as unit:
        blobs.record_examined(unit, first, SEEN)
        blobs.record_examined(unit, second, Refused("this picture takes too long to decode"))
    with world.open_session() as session:
        shown = listing.of_audit(session, world.caller(world.inspector), audit)
        facility = shown["items"][0]["facility_id"]
        whole = listing.completeness(session, REGION, facility)
    assert [item["state"] for item in shown["items"]].count("stored") == 1
    assert {name: shown[name] for name in whole} == whole
    assert whole == {"complete": False, "count": 4, "missing": 1, "refused": 1}


def test_nobody_sees_the_photos_of_another_district(world: World, audit: UUID) -> None:
    document = photo_of(world, audit)
    push_photos(world, document)
    stranger = world.caller(world.person(Role.INSPECTOR, NEIGHBOUR))
    with world.open_session() as session:
        for look in (listing.one, listing.shown):
            with pytest.raises(NotFound):
                look(session, stranger, UUID(document["id"]))
        with pytest.raises(NotFound):
            listing.of_audit(session, stranger, audit)
        with pytest.raises(DoesNotApply):
            listing.shown(session, world.caller(world.inspector), UUID(document["id"]))


def test_a_photo_follows_its_facility_to_another_district_with_the_state_of_its_bytes(
    world: World, audit: UUID
) -> None:
    document = photo_of(world, audit)
    push_photos(world, document)
    with world.unit() as unit:
        (row,) = unit.session.query(Photo).all()
        row.district_code = NEIGHBOUR
    store(world)
    rows = world.rows(FeedRow, FeedRow.collection == "photos")
    assert {(row.scope, row.deleted) for row in rows} == {("751110000", True), (NEIGHBOUR, False)}
    (alive,) = [row for row in rows if not row.deleted]
    assert '"state":"stored"' in alive.body


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_row_and_bytes_that_come_at_the_same_moment_find_each_other(
    fresh_database: Engine, clock: Clock, new_id: Callable[[], UUID]
) -> None:
    """The row's unit is held open while the bytes are stored: neither may end up not knowing of the other."""
    world = World(sessions_on(fresh_database), clock, new_id)
    document = photo_of(world, audited(world))
    keys = keep_photos(world, document)
    with world.unit() as unit:
        understand_photos(unit, keys)
        unit.session.flush()
        storing = Thread(target=store, args=(world,))
        storing.start()
        storing.join(0.5)
        assert storing.is_alive()  # it waits for the row of the blob
    storing.join(20)
    assert not storing.is_alive()
    assert state_of(world, document["id"]) == "stored"
    assert '"state":"stored"' in fed(world, document["id"])
