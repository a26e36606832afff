"""What is held about somebody: complete, for whom it is, recorded; and forgetting them."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from inspection.access import token_hash
from inspection.database import Base
from inspection.held_about import NOT_PEOPLE, SECRETS, WHOLE, people_columns
from inspection.retention import ERASED
from inspection.tables.disclosures import Disclosure
from inspection.tables.drafts import Draft
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.operators import Operator
from inspection.tables.people import Person, Role
from inspection.tables.signing import SignIn
from tests.access.scene import signed_in
from tests.api.people import token
from tests.api.tablet import Tablet
from tests.house import ROOT
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, OTHER_REGION, REGION, World


def command(app: Flask, *args: str, fails: bool = False) -> str:
    ran = app.test_cli_runner().invoke(args=args)
    assert (ran.exit_code != 0) is fails, ran.output
    return ran.output


def export(client: FlaskClient, by: UUID, person: UUID | None = None) -> Any:
    path = "/api/v1/me/export" if person is None else f"/api/v1/people/{person}/export"
    return client.get(path, headers=token(by))


@pytest.fixture
def busy(client: FlaskClient, world: World) -> UUID:
    """An inspector who did a little of everything."""
    admin, made = world.person(Role.ADMIN, COUNTRY), world.new_id()
    grant = {"id": str(world.new_id()), "role": "inspector", "area": DISTRICT}
    said = {"id": str(made), "name": "Выдуманный Занятой", "email": "busy@example.test", "grant": grant}
    assert client.post("/api/v1/people", json=said, headers=token(admin)).status_code == 201
    with world.unit() as unit:
        unit.session.get_one(Person, made).token_hash = token_hash(str(made))
    tablet = Tablet(client, made, world.device(made))
    tablet.push("drafts", {"newDocumentState": {"id": str(world.new_id()), "words": "Черновик."}})
    facility = world.facility()
    world.clock.advance(hours=2)
    audit = world.document(facility, {DOOR: FAILS[DOOR]}, at=world.clock() - timedelta(minutes=30))
    tablet.push("audits", {"newDocumentState": audit})
    world.prescribe(UUID(audit["id"]), by=made)
    client.post("/api/v1/me/calendar", headers=token(made))
    return made


def test_every_table_that_names_people_is_found_and_said_so() -> None:
    page = (ROOT / "docs/privacy.md").read_text("utf-8")
    rows = " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    about_people = set(re.findall(r"`(\w+)`", rows))
    found = people_columns()
    assert found.keys() <= about_people
    for table, column in NOT_PEOPLE:
        assert column in Base.metadata.tables[table].columns
    assert found.keys() | {"people", "operators"} >= WHOLE


def test_no_secret_is_exported() -> None:
    secret = re.compile(r"token|secret|code_hash|salt|password|totp|recovery")
    whole = {c.name for name in WHOLE for c in Base.metadata.tables[name].columns}
    assert {name for name in whole if secret.search(name)} <= SECRETS


def test_one_is_told_all_that_is_held_about_oneself(client: FlaskClient, world: World, busy: UUID) -> None:
    reply = export(client, busy)
    assert reply.status_code == 200
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert reply.headers["Cache-Control"] == "no-store"
    held = reply.json["held"]
    (person,) = held["people"]
    assert (person["name"], person["email"]) == ("Выдуманный Занятой", "busy@example.test")
    assert {*held} >= {
        "audits",
        "calendar_links",
        "devices",
        "drafts",
        "grants",
        "intake",
        "journal",
        "prescriptions",
    }
    assert [row["as"] for row in held["prescriptions"]] == [["issued_by"]]
    assert held["drafts"][0]["content"] == {"words": "Черновик."}
    assert {"audit.taken", "prescription.issued"} <= {row["action"] for row in held["journal"]}
    values = {row["field"]: row["value"] for row in held["journal_values_about_them"]}
    assert values == {"name": [None, "Выдуманный Занятой"], "email": [None, "busy@example.test"]}
    assert not re.search("token_hash|salt", reply.text)
    (entry,) = world.rows(Disclosure, Disclosure.kind == "personal_data")
    assert (entry.actor_id, entry.object_id, entry.home_region) == (busy, str(busy), REGION)
    assert "disclosures" in export(client, busy).json["held"]


@pytest.mark.parametrize(
    ("by", "status"),
    [
        ((Role.ADMIN, COUNTRY), 200),
        ((Role.ADMIN, DISTRICT), 200),
        ((Role.ADMIN, OTHER_REGION), 404),
        ((Role.HEAD, REGION), 404),
        ((Role.MINISTRY, COUNTRY), 404),
    ],
)
def test_of_others_it_is_told_to_their_administrators(
    client: FlaskClient, world: World, busy: UUID, by: tuple[Role, str], status: int
) -> None:
    for person in (busy, world.new_id()):
        reply = export(client, world.person(*by), person)
        assert reply.status_code == (status if person == busy else 404)


def test_who_holds_more_than_the_administrator_is_not_theirs_also_afterwards(
    client: FlaskClient, world: World, busy: UUID
) -> None:
    world.grant(busy, Role.INSPECTOR, OTHER_REGION, until=world.clock() + timedelta(days=1))
    here, everywhere = world.person(Role.ADMIN, REGION), world.person(Role.ADMIN, COUNTRY)
    assert export(client, here, busy).status_code == 404
    for grant in export(client, everywhere, busy).json["held"]["grants"]:
        client.put(f"/api/v1/grants/{grant['id']}/end", json={"reason": "Ушёл."}, headers=token(everywhere))
    world.clock.advance(days=2)
    assert (export(client, here, busy).status_code, export(client, everywhere, busy).status_code) == (404, 200)


def test_a_command_prints_it_and_says_so(app: Flask, world: World, busy: UUID) -> None:
    told = json.loads(command(app, "people", "export", str(busy), "--reason", "просьба от 1 марта"))
    assert told["person"] == str(busy)
    (entry,) = world.rows(Disclosure, Disclosure.kind == "personal_data")
    assert (entry.kind, entry.actor_id, entry.reason) == ("personal_data", None, "просьба от 1 марта")
    assert (entry.request_id, entry.home_region) == ("command:people export", REGION)
    nobody = str(world.new_id())
    assert "there is no such person" in command(app, "people", "export", nobody, "--reason", "x", fails=True)


def test_an_operator_who_is_a_person_is_told_too(app: Flask, world: World, busy: UUID) -> None:
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION}
    names = {"name_kk": "ЖК Үлгі", "name_ru": "ИП Выдуманный", "notice_email": "ip@example.test"}
    times = {"created_at": world.clock(), "updated_at": world.clock()}
    made = world.add(Operator(id=world.new_id(), **place, **names, **times)).id
    facility = world.facility(operator_id=made)
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR]}))
    held = json.loads(command(app, "operators", "export", str(made), "--reason", "просьба"))["held"]
    assert held["operators"][0]["notice_email"] == "ip@example.test"
    assert {*held} >= {"facilities", "prescriptions", "violations"}
    assert [entry.object_id for entry in world.rows(Disclosure, Disclosure.kind == "personal_data")] == [str(made)]
    nobody = str(world.new_id())
    assert "no such operator" in command(app, "operators", "export", nobody, "--reason", "x", fails=True)


def logs_of(app: Flask) -> list[Path]:
    """What SQLite keeps beside its database, where what was erased may stand; nothing of another."""
    url = make_url(app.extensions["pandus"].settings.database_url)
    held = Path(url.database or "")
    return sorted(held.parent.glob(f"{held.name}-*")) if url.get_backend_name() == "sqlite" else []


def test_a_person_is_forgotten_once_they_may_nothing(
    app: Flask, client: FlaskClient, world: World, busy: UUID
) -> None:
    erase = ("people", "erase", str(busy), "--reason", "просьба")
    signed_in(world, busy, "pds_of-somebody-forgotten")
    assert "holds a grant" in command(app, *erase, fails=True)
    everywhere = world.person(Role.ADMIN, COUNTRY)
    (grant,) = export(client, everywhere, busy).json["held"]["grants"]
    client.put(f"/api/v1/grants/{grant['id']}/end", json={"reason": "Ушёл."}, headers=token(everywhere))
    assert "is erased" in command(app, *erase)
    assert not [file.name for file in logs_of(app) if "Занятой".encode() in file.read_bytes()]
    (row,) = world.rows(Person, Person.id == busy)
    assert (row.name, row.email, row.token_hash) == (ERASED, None, None)
    assert world.rows(Draft, Draft.person_id == busy) == []
    assert world.rows(SignIn) == []
    mine = {e.number for e in world.rows(JournalEntry, JournalEntry.object_id == str(busy))}
    assert not mine & {v.number for v in world.rows(JournalValue)}
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "person.erased")
    assert (entry.reason, entry.request_id) == ("просьба", "command:people erase")
    before = len(world.rows(JournalEntry))
    assert "erased already" in command(app, *erase)
    assert len(world.rows(JournalEntry)) == before
    assert "Занятой" not in export(client, everywhere, busy).text
    assert export(client, busy).status_code == 401
    verified = command(app, "journal", "verify")
    assert " 0 flaws" in verified
    asked = {"area": REGION, "actor": str(busy)}
    listed = client.get("/api/v1/journal", query_string=asked, headers=token(everywhere))
    assert {each["actor"] for each in listed.json["items"]} == {ERASED}
    assert "there is no such person" in command(
        app, "people", "erase", str(world.new_id()), "--reason", "x", fails=True
    )
