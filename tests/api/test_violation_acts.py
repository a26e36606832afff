"""What officials do about violations besides deciding, through the API, in letters and on the operator's page."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.views.violation_acts import EXAMPLE, OUT_EXAMPLE, ViolationActOut
from api.views.violations import HISTORY_EXAMPLE, ViolationPage, ViolationWithHistory
from inspection.tables.people import Role
from inspection.tables.violation_acts import ViolationAct
from tests.api.people import token
from tests.api.test_answer_page import filled, make_link, send
from tests.inspection.world import DISTRICT, DOOR, FAILS, REGION, STEP, World

OFFICE = {"name_kk": "Білім басқармасы", "name_ru": "Управление образования", "area_code": REGION}


@pytest.fixture
def facility(world: World) -> UUID:
    return world.facility()


@pytest.fixture
def prescription(world: World, facility: UUID) -> UUID:
    return world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})).id


@pytest.fixture
def violation(world: World, facility: UUID, prescription: UUID) -> UUID:
    return world.violation(facility, DOOR).id


@pytest.fixture
def office(client: FlaskClient, world: World) -> str:
    made = str(uuid4())
    reply = client.post("/api/v1/offices", json={"id": made, **OFFICE}, headers=token(world.head))
    assert reply.status_code == 201
    return made


@pytest.fixture
def address(client: FlaskClient, world: World, prescription: UUID) -> str:
    made = make_link(client, world.head, prescription)
    return str(made.json["address"]).removeprefix("http://127.0.0.1:8000")


def act(client: FlaskClient, person: UUID, violation: UUID, **about: Any) -> Any:
    given = {"id": str(uuid4()), "words": "Для порядка.", **about}
    return client.post(f"/api/v1/violations/{violation}/acts", json=given, headers=token(person))


def take_back(client: FlaskClient, person: UUID, made: str, **about: Any) -> Any:
    given = {"id": str(uuid4()), "reason": "Ошибка.", **about}
    return client.post(f"/api/v1/violation-acts/{made}/revocation", json=given, headers=token(person))


def listed(client: FlaskClient, person: UUID, **query: Any) -> list[dict[str, Any]]:
    reply = client.get("/api/v1/violations", headers=token(person), query_string=query)
    page = reply.json or {}
    assert ViolationPage().validate(page) == {}
    items: list[dict[str, Any]] = page["items"]
    return items


def test_the_examples_are_what_is_taken_and_shown(client: FlaskClient, world: World, violation: UUID) -> None:
    reply = act(client, world.head, violation, **EXAMPLE)
    assert reply.status_code == 201
    assert ViolationActOut().validate(reply.json) == {}
    assert reply.json.keys() == OUT_EXAMPLE.keys()
    again = act(client, world.head, violation, **EXAMPLE)
    assert (again.status_code, again.json) == (201, reply.json)
    assert (
        act(client, world.head, violation, **{**EXAMPLE, "words": "Иначе."}).json["type"] == "/problems/id-taken"
    )
    shown = client.get(f"/api/v1/violations/{violation}", headers=token(world.head)).json or {}
    assert ViolationWithHistory().validate(shown) == {}
    assert shown["acts"][0].keys() == HISTORY_EXAMPLE["acts"][0].keys()


def test_the_list_shows_who_sees_to_it_and_what_was_done_last(
    client: FlaskClient, world: World, violation: UUID, office: str
) -> None:
    assert {(row["responsible"], row["last_act"]) for row in listed(client, world.head)} == {(None, None)}
    made = act(client, world.head, violation, kind="assign", office_id=office)
    inspector = world.person(Role.INSPECTOR, DISTRICT)
    (row,) = listed(client, inspector, office=office)
    assert row["id"] == str(violation)
    assert row["responsible"] == {"id": office, "name_kk": OFFICE["name_kk"], "name_ru": OFFICE["name_ru"]}
    assert row["last_act"] == {"kind": "assign", "at": made.json["acted_at"]}
    assert listed(client, inspector, office=str(uuid4())) == []
    taken = take_back(client, world.head, made.json["id"])
    assert (taken.status_code, taken.json["takes_back"]) == (201, made.json["id"])
    assert listed(client, inspector, office=office) == []
    assert act(client, inspector, violation, kind="assign", office_id=office).status_code == 403


def test_what_was_not_explained_in_time_is_a_list(
    client: FlaskClient, world: World, facility: UUID, violation: UUID, address: str
) -> None:
    assert act(client, world.head, violation, kind="ask", answer_by="2026-03-16").status_code == 201
    overdue = {"explanation_overdue": "true"}
    assert listed(client, world.head, **overdue) == []
    world.clock.advance(hours=24)
    assert [row["id"] for row in listed(client, world.head, **overdue)] == [str(violation)]
    assert len(listed(client, world.head, explanation_overdue="false")) == 1
    assert send(client, address, filled(world, facility, kind="message", said="Ждём.")).status_code == 303
    assert listed(client, world.head, **overdue) == []
    shown = client.get(f"/api/v1/violations/{violation}", headers=token(world.head)).json or {}
    assert shown["acts"][0]["explanation"]["late"] is True
    reply = client.get("/api/v1/replies", headers=token(world.head)).json or {}
    assert reply["items"][0]["request_id"] == shown["acts"][0]["id"]


def test_the_question_stands_at_its_item_on_the_operators_page(
    client: FlaskClient, world: World, facility: UUID, violation: UUID, address: str
) -> None:
    act(client, world.head, violation, kind="ask", answer_by="2026-03-16", words="Почему <b>не</b> начаты?")
    page = client.get(f"{address}?lang=ru").text
    assert "У вас просят пояснение, 16.03.2026" in page
    assert "Почему &lt;b&gt;не&lt;/b&gt; начаты?" in page
    assert page.count("Ответьте до 16.03.2026") == 1
    assert "Answer by 16.03.2026" in client.get(f"{address}?lang=en").text
    world.clock.advance(hours=24)
    assert "Срок ответа истёк 16.03.2026" in client.get(f"{address}?lang=ru").text
    send(client, address, filled(world, facility, kind="message", said="Ждём."))
    page = client.get(f"{address}?lang=ru").text
    assert "Вы ответили" in page
    assert "Срок ответа" not in page


def test_the_letter_says_what_is_asked_and_until_when(
    app: Flask, client: FlaskClient, world: World, violation: UUID
) -> None:
    assert app.test_cli_runner().invoke(args=["notices", "send"]).exit_code == 0
    world.clock.advance(hours=1)
    act(client, world.head, violation, kind="ask", answer_by="2026-03-20", words="Почему не <начаты>?")
    assert app.test_cli_runner().invoke(args=["notices", "send"]).exit_code == 0
    found = client.get("/api/v1/letters", headers=token(world.head)).json or {}
    newest = found["items"][0]
    paper = client.get(f"/api/v1/letters/{newest['id']}/paper", headers=token(world.head)).text
    assert "У вас просят пояснение: № АЛ-2026-000001" in paper
    assert "Сізден түсініктеме сұралады" in paper
    assert paper.count("Почему не &lt;начаты&gt;?") == 2  # once in each language
    assert paper.count("<strong>20.03.2026</strong>") == 2


def test_every_refusal_names_the_field_says_why_and_what_is_accepted(
    client: FlaskClient, world: World, violation: UUID
) -> None:
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"kind": "assign"}, "/office_id"),
        ({"kind": "assign", "office_id": "7"}, "/office_id"),
        ({"kind": "assign", "office_id": str(uuid4())}, "/office_id"),
        ({"kind": "plan_works"}, "/year"),
        ({"kind": "plan_works", "year": 2025}, "/year"),
        ({"kind": "plan_works", "year": "2027"}, "/year"),
        ({"kind": "plan_works", "year": 2027, "sum": -1}, "/sum"),
        ({"kind": "plan_works", "year": 2027, "sum": 1.5}, "/sum"),
        ({"kind": "plan_works", "year": 2027, "answer_by": "2026-03-20"}, "/answer_by"),
        ({"kind": "ask"}, "/answer_by"),
        ({"kind": "ask", "answer_by": "2026-03-15"}, "/answer_by"),
        ({"kind": "ask", "answer_by": "2026-03-20", "words": "  "}, "/words"),
        ({"kind": "ask", "answer_by": "2026-03-20", "words": "ы" * 2001}, "/words"),
        ({"kind": "take_back"}, "/kind"),
        ({"kind": "ask", "answer_by": "2026-03-20", "mood": 1}, "/mood"),
    )
    for about, where in refused:
        reply = act(client, world.head, violation, **about)
        assert reply.status_code == 422, about
        (error,) = reply.json["errors"]
        assert (error["pointer"], bool(error["reason"]), bool(error["accepted"])) == (where, True, True)
    assert world.rows(ViolationAct) == []


def test_an_act_about_what_was_changed_meanwhile_is_refused_with_the_version_that_is_held(
    client: FlaskClient, world: World, facility: UUID, violation: UUID, office: str
) -> None:
    seen = world.violation(facility, DOOR).rev
    assert act(client, world.head, violation, kind="assign", office_id=office, rev=seen).status_code == 201
    late = act(client, world.head, violation, kind="plan_works", year=2027, rev=seen)
    assert (late.status_code, late.json["held_rev"]) == (412, world.violation(facility, DOOR).rev)
