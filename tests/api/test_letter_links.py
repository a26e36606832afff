"""Letters carry the link by which their prescription is answered: to operators alone, until it is revoked."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from flask import Flask

from api.wiring import wire
from inspection.history import DecisionKind
from inspection.tables.answers import AnswerLink
from inspection.tables.operators import Operator
from inspection.tables.people import Person
from inspection.tables.prescriptions import Prescription
from tests.api.people import token
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, REGION, STEP, World
from tests.servers.smtp import MailServer, mail_server

PUBLIC = "https://pandus.example.test"
OPERATOR, HEAD = "owner@example.test", "head@example.test"
ADDRESS = re.compile(r"https://pandus\.example\.test(/answer/[A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")


@pytest.fixture
def server(app: Flask) -> Iterator[MailServer]:
    with mail_server() as running:
        to(app, running, PUBLIC)
        yield running


def to(app: Flask, server: MailServer, public: str) -> None:
    parts = app.extensions["pandus"]
    about = {"mail": f"smtp://127.0.0.1:{server.port}", "mail_from": "pandus@example.test", "public_url": public}
    wire(app, replace(parts, settings=replace(parts.settings, **about)))


@pytest.fixture
def facility(world: World) -> UUID:
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    names = {"name_kk": "«Үлгі» ЖШС", "name_ru": "ТОО «Пример»", "notice_email": OPERATOR}
    times = {"created_at": world.clock(), "updated_at": world.clock()}
    operator = world.add(Operator(id=world.new_id(), **place, **names, **times)).id
    with world.unit() as unit:
        unit.session.get_one(Person, world.head).email = HEAD
    facility = world.facility(operator_id=operator)
    world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]}))
    return facility


def run(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["notices", "run"])
    assert result.exit_code == 0, result.output


def links(mail: EmailMessage) -> set[str]:
    bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
    found = [set(ADDRESS.findall(body.get_content())) for body in bodies if body is not None]
    assert found[0] == found[1]
    return found[0]


def overdue(world: World, facility: UUID) -> None:
    last = max(held.due_on for held in world.violations(facility).values() if held.due_on)
    world.clock.now += timedelta(days=(last - world.clock.now.date()).days + 2)


def test_every_letter_to_the_operator_carries_the_same_link_and_it_opens(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    run(app)
    overdue(world, facility)
    run(app)
    told = {str(mail["To"]): links(mail) for mail in server.taken}
    of_operator = [links(mail) for mail in server.taken if mail["To"] == OPERATOR]
    assert len(of_operator) == 2
    assert of_operator[0] == of_operator[1]
    assert told[HEAD] == set()  # officials have other doors
    (path,) = of_operator[0]
    assert app.test_client().get(path).status_code == 200
    (held,) = world.rows(AnswerLink)
    assert held.expires_at > world.clock() + timedelta(days=59)


def test_a_link_that_was_handed_over_before_the_first_letter_stops_no_letter(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    (prescription,) = (row.id for row in world.rows(Prescription))
    made = {"id": str(uuid4())}
    path = f"/api/v1/prescriptions/{prescription}/links"
    assert app.test_client().post(path, headers=token(world.head), json=made).status_code == 201
    run(app)
    assert [len(links(mail)) for mail in server.taken if mail["To"] == OPERATOR] == [1]
    assert len(world.rows(AnswerLink)) == 2


def test_after_it_was_revoked_no_letter_carries_one(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    run(app)
    (held,) = world.rows(AnswerLink)
    client = app.test_client()
    path = f"/api/v1/answer-links/{held.id}/revocation"
    assert client.put(path, headers=token(world.head), json={"reason": "переслано чужим"}).status_code == 200
    overdue(world, facility)
    run(app)
    assert [len(links(mail)) for mail in server.taken if mail["To"] == OPERATOR] == [1, 0]


def test_what_is_released_is_told_without_a_link(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    run(app)
    world.clock.advance(days=1)
    for criterion in (DOOR, STEP):
        world.decide(facility, criterion, DecisionKind.WAIVE)
    run(app)
    assert [len(links(mail)) for mail in server.taken if mail["To"] == OPERATOR] == [1, 0]


def test_where_nobody_said_how_the_installation_is_reached_letters_go_without(
    app: Flask, world: World, facility: UUID, server: MailServer
) -> None:
    to(app, server, "")
    run(app)
    (letter,) = (mail for mail in server.taken if mail["To"] == OPERATOR)
    assert links(letter) == set()
    assert "answer" not in letter.as_string()
