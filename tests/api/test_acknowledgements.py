"""Who received a prescription, and where its case stands, over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from inspection.history import DecisionKind
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.people import Role
from inspection.tables.prescription_papers import Acknowledgement
from tests.api.people import token
from tests.inspection.world import COUNTRY, DOOR, FAILS, NEIGHBOUR, PASSES, STEP, World

BASE = "/api/v1/prescriptions"


@pytest.fixture
def facility(world: World) -> UUID:
    return world.facility()


@pytest.fixture
def prescription(world: World, facility: UUID) -> UUID:
    return world.prescribe(world.audited(facility, {DOOR: FAILS[DOOR], STEP: FAILS[STEP]})).id


def said(world: World, **about: Any) -> dict[str, Any]:
    plain = {
        "id": str(world.new_id()),
        "channel": "paper",
        "received_by": "Выдуманная Получательница",
        "position": "заведующая",
        "received_on": "2026-03-16",
    }
    return plain | about


def post(client: FlaskClient, person: UUID, prescription: UUID, given: Any) -> Any:
    return client.post(f"{BASE}/{prescription}/acknowledgements", headers=token(person), json=given)


def withdraw(
    client: FlaskClient, person: UUID, prescription: UUID, made: str, reason: str = "не тот документ"
) -> Any:
    address = f"{BASE}/{prescription}/acknowledgements/{made}/withdrawal"
    return client.put(address, headers=token(person), json={"reason": reason})


def get(client: FlaskClient, world: World, prescription: UUID) -> Any:
    return client.get(f"{BASE}/{prescription}", headers=token(world.head)).json


def test_electronic_and_on_paper_are_two_facts_each_with_author_and_time(
    client: FlaskClient, world: World, prescription: UUID
) -> None:
    on_paper, electronic = said(world), said(world, channel="electronic", position=None, note="письмо с ответом")
    assert post(client, world.inspector, prescription, on_paper).status_code == 201
    world.clock.advance(minutes=1)
    shown = post(client, world.head, prescription, electronic).json["acknowledgements"]
    assert [(a["channel"], a["entered_by"]) for a in shown] == [
        ("paper", str(world.inspector)),
        ("electronic", str(world.head)),
    ]
    assert shown[0]["received_by"] == "Выдуманная Получательница"
    assert all(a["entered_at"] and a["withdrawn_at"] is None for a in shown)


def test_saying_it_twice_says_it_once_and_another_under_its_id_is_refused(
    client: FlaskClient, world: World, prescription: UUID
) -> None:
    given = said(world)
    for _ in range(2):
        assert len(post(client, world.head, prescription, given).json["acknowledgements"]) == 1
    assert len(world.rows(JournalEntry, JournalEntry.action == "prescription.acknowledged")) == 1
    other = post(client, world.head, prescription, given | {"received_by": "Другая Выдуманная"})
    assert (other.status_code, other.json["type"].rpartition("/")[2]) == (409, "id-taken")


def test_names_are_in_the_journal_as_commitments_only(
    client: FlaskClient, world: World, prescription: UUID
) -> None:
    post(client, world.head, prescription, said(world))
    (entry,) = world.rows(JournalEntry, JournalEntry.action == "prescription.acknowledged")
    assert "Выдуманная" not in str(entry.changes)
    hidden = world.rows(JournalValue, JournalValue.number == entry.number)
    assert {value.field for value in hidden} == {"received_by", "position", "note"}


def test_a_wrong_one_is_withdrawn_with_a_reason_and_stays_on_record(
    client: FlaskClient, world: World, prescription: UUID
) -> None:
    given = said(world)
    assert post(client, world.inspector, prescription, given).json["case_state"] == "acknowledged"
    for _ in range(2):
        shown = withdraw(client, world.head, prescription, given["id"])
        assert (shown.status_code, shown.json["case_state"]) == (200, "issued")
    (held,) = shown.json["acknowledgements"]
    assert (held["withdrawn_by"], held["withdrawn_why"]) == (str(world.head), "не тот документ")
    assert held["received_by"] == given["received_by"]
    assert withdraw(client, world.inspector, prescription, given["id"]).status_code == 409
    assert len(world.rows(JournalEntry, JournalEntry.action == "prescription.acknowledgement_withdrawn")) == 1


@pytest.mark.parametrize(
    ("about", "pointer"),
    [
        ({"received_on": "2026-03-17"}, "/received_on"),  # tomorrow
        ({"received_on": "2026-03-15"}, "/received_on"),  # before it was issued
        ({"received_by": " "}, "/received_by"),
        ({"channel": "pigeon"}, "/channel"),
        ({"note": "x" * 501}, "/note"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    client: FlaskClient, world: World, prescription: UUID, about: Any, pointer: str
) -> None:
    refused = post(client, world.head, prescription, said(world, **about))
    assert (refused.status_code, [e["pointer"] for e in refused.json["errors"]]) == (422, [pointer])
    assert world.rows(Acknowledgement) == []


def test_strangers_find_nothing_and_readers_write_nothing(
    client: FlaskClient, world: World, prescription: UUID
) -> None:
    stranger, viewer = world.person(Role.HEAD, NEIGHBOUR), world.person(Role.MINISTRY, COUNTRY)
    refused = [post(client, stranger, made, said(world)) for made in (prescription, uuid4())]
    assert [answer.status_code for answer in refused] == [404, 404]
    assert len({answer.json["detail"] for answer in refused}) == 1
    assert post(client, viewer, prescription, said(world)).status_code == 403
    assert post(client, world.person(Role.AKIMAT), prescription, said(world)).status_code == 201
    assert withdraw(client, world.head, prescription, str(uuid4())).status_code == 404


def test_an_acknowledgement_is_found_under_its_own_prescription_only(
    client: FlaskClient, world: World, prescription: UUID
) -> None:
    other = world.prescribe(world.audited(world.facility(), {DOOR: FAILS[DOOR]})).id
    given = said(world)
    post(client, world.head, other, given)
    assert withdraw(client, world.head, prescription, given["id"]).status_code == 404
    assert get(client, world, prescription)["acknowledgements"] == []


def test_a_case_goes_from_issued_to_executed_by_facts_alone(
    client: FlaskClient, world: World, facility: UUID, prescription: UUID
) -> None:
    assert get(client, world, prescription)["case_state"] == "issued"
    post(client, world.head, prescription, said(world))
    assert get(client, world, prescription)["case_state"] == "acknowledged"
    world.decide(facility, DOOR, DecisionKind.DECLARE)
    shown = get(client, world, prescription)
    assert shown["case_state"] == "being_remedied"
    assert sorted(item["item_state"] for item in shown["items"]) == ["declared", "open"]
    world.clock.advance(days=60)
    assert get(client, world, prescription)["case_state"] == "overdue"
    listed = client.get(BASE, headers=token(world.head)).json["items"]
    assert [row["case_state"] for row in listed] == ["overdue"]
    world.audited(facility, {DOOR: PASSES[DOOR], STEP: PASSES[STEP]})
    shown = get(client, world, prescription)
    assert shown["case_state"] == "executed"
    assert [item["item_state"] for item in shown["items"]] == ["over", "over"]
