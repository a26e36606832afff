"""Who was shown what: as it is written, and as those read it who answer for a region."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.keys import keys
from api.tablet_tokens import access_token
from api.views.disclosures import DisclosureOut
from inspection.history import DecisionKind
from inspection.tables.disclosures import Disclosure
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from inspection.tables.regions import RegionHead
from tests.api.people import token
from tests.api.tablet import Tablet
from tests.inspection.world import (
    COUNTRY,
    DISTRICT,
    DOOR,
    FAILS,
    NEIGHBOUR,
    OTHER_REGION,
    PASSES,
    REGION,
    STEP,
    World,
)

HALF_A_YEAR = {"from": "2026-01-01", "to": "2026-06-30"}
REPORT = "/api/v1/reports.xlsx"


def read(client: FlaskClient, by: UUID, area: str = REGION, **query: Any) -> list[dict[str, Any]]:
    """Every page."""
    found: list[dict[str, Any]] = []
    while True:
        reply = client.get("/api/v1/disclosures", query_string={"area": area, **query}, headers=token(by))
        assert reply.status_code == 200, reply.json
        found += reply.json["items"]
        if (cursor := reply.json["next_cursor"]) is None:
            return found
        query["cursor"] = cursor


def export(client: FlaskClient, reader: UUID, **query: Any) -> None:
    reply = client.get(REPORT, query_string={**HALF_A_YEAR, **query}, headers=token(reader))
    assert reply.status_code == 200, reply.text


def test_an_export_says_who_took_what_by_which_grant(client: FlaskClient, world: World) -> None:
    official = world.person(Role.AKIMAT, DISTRICT)
    export(client, official, by="district")
    (entry,) = read(client, world.head)
    assert list(entry) == list(DisclosureOut().fields)
    assert entry["request_id"]
    assert {name: entry[name] for name in ("actor_id", "grants_used", "kind", "object_id", "asked", "reason")} == {
        "actor_id": str(official),
        "grants_used": f"akimat_official:{DISTRICT}",
        "kind": "report",
        "object_id": None,
        "asked": {**HALF_A_YEAR, "by": "district"},
        "reason": None,
    }


def test_reading_who_read_is_recorded_too(client: FlaskClient, world: World) -> None:
    assert read(client, world.head) == []
    (entry,) = read(client, world.head)
    assert (entry["kind"], entry["shown"], entry["actor_id"]) == ("disclosures", 0, str(world.head))
    assert len(read(client, world.head, kind="disclosures", limit=1)) == 2


def test_words_and_numbers_that_may_name_somebody_are_not_kept(client: FlaskClient, world: World) -> None:
    asked = {"text": "Айгүл", "tax_id": "123456789012", "area": REGION, "limit": 5}
    assert client.get("/api/v1/operators", query_string=asked, headers=token(world.head)).status_code == 200
    (entry,) = world.rows(Disclosure)
    assert entry.asked == {"text": None, "tax_id": None, "area": REGION, "limit": "5"}
    assert entry.shown == 0


@pytest.mark.parametrize(
    ("grants", "query", "chains"),
    [
        ([(Role.AKIMAT, DISTRICT)], {}, [REGION]),
        ([(Role.AKIMAT, DISTRICT), (Role.AKIMAT, NEIGHBOUR)], {}, [REGION]),
        ([(Role.AKIMAT, REGION), (Role.AKIMAT, OTHER_REGION)], {}, sorted([REGION, OTHER_REGION])),
        ([(Role.MINISTRY, COUNTRY)], {}, [COUNTRY]),
        ([(Role.MINISTRY, COUNTRY)], {"area": DISTRICT}, [REGION]),
        ([(Role.MINISTRY, COUNTRY)], {"area": OTHER_REGION}, [OTHER_REGION]),
        ([], {}, [COUNTRY]),
    ],
)
def test_it_stands_where_they_answer_who_have_to_know(
    client: FlaskClient, world: World, grants: Any, query: dict[str, str], chains: list[str]
) -> None:
    somebody = world.person()
    for role, area in grants:
        world.grant(somebody, role, area)
    export(client, somebody, **query)
    assert sorted(row.home_region for row in world.rows(Disclosure)) == chains


def test_what_is_asked_for_is_found(client: FlaskClient, world: World) -> None:
    official, viewer = world.person(Role.AKIMAT, DISTRICT), world.person(Role.MINISTRY, REGION)
    export(client, official)
    world.clock.advance(hours=1)
    export(client, viewer)
    client.get(f"/api/v1/people/{world.inspector}", headers=token(world.head))
    an_hour_ago = (world.clock() - timedelta(minutes=30)).isoformat()
    for asked, actors in (
        ({"kind": "report"}, [viewer, official]),
        ({"actor": str(official)}, [official]),
        ({"object": str(world.inspector)}, [world.head]),
        ({"kind": "report", "since": an_hour_ago}, [viewer]),
        ({"kind": "report", "until": an_hour_ago}, [official]),
        ({"device": str(UUID(int=1))}, []),
    ):
        assert [each["actor_id"] for each in read(client, world.head, **asked)] == list(map(str, actors)), asked


@pytest.mark.parametrize(
    ("by", "area", "status"),
    [
        ((Role.HEAD, REGION), REGION, 200),
        ((Role.ADMIN, COUNTRY), COUNTRY, 200),
        ((Role.HEAD, REGION), COUNTRY, 404),
        ((Role.HEAD, OTHER_REGION), REGION, 404),
        ((Role.HEAD, DISTRICT), REGION, 404),
        ((Role.AKIMAT, REGION), REGION, 404),
        ((Role.HEAD, REGION), "nowhere", 404),
    ],
)
def test_only_who_answers_for_the_whole_region_reads_it(
    client: FlaskClient, world: World, by: tuple[Role, str], area: str, status: int
) -> None:
    reply = client.get("/api/v1/disclosures", query_string={"area": area}, headers=token(world.person(*by)))
    assert reply.status_code == status


def test_what_the_reader_holds_already_is_not_shown_again(client: FlaskClient, world: World) -> None:
    issued = world.prescribe(world.audited(world.facility(), {DOOR: FAILS[DOOR]}))
    path = f"/api/v1/prescriptions/{issued.id}/paper"
    first = client.get(path, headers=token(world.head))
    again = client.get(path, headers={**token(world.head), "If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert len(world.rows(Disclosure)) == 1


def test_a_tablet_that_asks_is_named(app: Flask, client: FlaskClient, world: World) -> None:
    tablet = world.device(world.inspector)
    parts = app.extensions["pandus"]
    said = access_token(keys(parts.settings), tablet, parts.units.now() + timedelta(hours=1))
    reply = client.get("/api/v1/tablets", headers={"Authorization": f"Bearer {said}"})
    assert reply.status_code == 200
    (entry,) = world.rows(Disclosure)
    assert (entry.device_id, entry.actor_id, entry.kind) == (tablet, world.inspector, "tablets")


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_who_exports_does_not_wait_for_who_pushes(app: Flask, client: FlaskClient, world: World) -> None:
    with Session(app.extensions["pandus"].engine) as pushing:
        pushing.execute(update(RegionHead).values(feed_number=RegionHead.feed_number))  # as a push at its end
        assert pushing.scalars(select(RegionHead.region)).all()
        export(client, world.head)
    assert len(world.rows(Disclosure)) == 1


def test_a_change_names_the_narrowest_grant_that_let_it_be_done(client: FlaskClient, world: World) -> None:
    facility = world.facility()
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    world.grant(world.head, Role.MINISTRY, COUNTRY)
    world.grant(world.head, Role.AKIMAT, DISTRICT)
    violation = world.violation(facility, DOOR).id
    said = {"id": str(world.new_id()), "kind": "declare", "reason": "Письмо.", "based_on": None}
    said["based_on"] = str(world.rows(JournalEntry, JournalEntry.action == "audit.taken")[0].object_id)
    path = f"/api/v1/violations/{violation}/decisions"
    reply = client.post(path, json=said, headers=token(world.head))
    assert reply.status_code == 201, reply.json
    (entry,) = world.rows(JournalEntry, JournalEntry.action == f"decision.{DecisionKind.DECLARE}")
    assert (entry.actor_id, entry.grants_used, entry.device_id) == (
        world.head,
        f"akimat_official:{DISTRICT}",
        None,
    )


def test_an_audit_names_its_tablet_and_the_grant_of_its_day(client: FlaskClient, world: World) -> None:
    person = world.person()
    world.grant(person, Role.INSPECTOR, DISTRICT, until=world.clock() - timedelta(hours=1))
    tablet = world.device(person)
    pushed = {"newDocumentState": world.document(world.facility(), {STEP: PASSES[STEP]})}
    Tablet(client, person, tablet).push("audits", pushed)
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "audit.taken")
    assert (entry.actor_id, entry.device_id, entry.grants_used) == (person, tablet, f"inspector:{DISTRICT}")
    listed = client.get(
        "/api/v1/journal", query_string={"area": REGION, "device": str(tablet)}, headers=token(world.head)
    )
    assert [each["action"] for each in listed.json["items"]] == ["audit.taken"]
    verified = client.application.test_cli_runner().invoke(args=["journal", "verify"])
    assert verified.exit_code == 0, verified.output


def test_what_was_tampered_with_is_named(client: FlaskClient, world: World, app: Flask) -> None:
    for _ in range(3):
        export(client, world.head)
    with Session(app.extensions["pandus"].engine) as session:
        session.execute(update(Disclosure).where(Disclosure.number == 2).values(actor_id=UUID(int=1)))
        session.commit()
    verified = app.test_cli_runner().invoke(args=["journal", "verify"])
    assert verified.exit_code == 1
    assert f"reads:{REGION} entry 2: tampered" in verified.output
