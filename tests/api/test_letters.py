"""Letters over HTTP: the list, the paper, and who may say that one was delivered."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.views.letters import EXAMPLE, LetterPage
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Role
from tests.api.people import token
from tests.inspection.world import COUNTRY, DOOR, FAILS, NEIGHBOUR, REGION, World

LIST = "/api/v1/letters"
SAID = {"delivered_on": "2026-03-16", "how": "вручено под подпись"}


@pytest.fixture
def letter(app: Flask, world: World) -> UUID:
    """A letter that nobody has an address for."""
    world.prescribe(world.audited(world.facility(), {DOOR: FAILS[DOOR]}))
    assert app.test_cli_runner().invoke(args=["notices", "send"]).exit_code == 0
    return UUID(get_as_head(app, world)["items"][0]["id"])


def get_as_head(app: Flask, world: World, **query: Any) -> Any:
    return app.test_client().get(LIST, headers=token(world.head), query_string=query).json


def put(client: FlaskClient, person: UUID, letter: UUID, said: Any = SAID) -> Any:
    return client.put(f"{LIST}/{letter}/delivery", headers=token(person), json=said)


def test_the_example_fits_its_schema() -> None:
    assert LetterPage().validate({"items": [EXAMPLE], "next_cursor": None}) == {}


def test_what_is_to_be_delivered_on_paper_is_a_list(app: Flask, world: World, letter: UUID) -> None:
    shown = get_as_head(app, world, state="failed,by_hand", area=REGION)
    assert LetterPage().validate(shown) == {}
    (row,) = shown["items"]
    assert (row["id"], row["state"], row["recipient"]) == (str(letter), "by_hand", "nobody:operator")
    assert row["notices"] == 1
    assert row.keys() == EXAMPLE.keys()
    assert get_as_head(app, world, state="sent")["items"] == []


def test_pages_follow_each_other(app: Flask, world: World, letter: UUID) -> None:
    world.clock.advance(hours=1)
    world.prescribe(world.audited(world.facility(), {DOOR: FAILS[DOOR]}))
    app.test_cli_runner().invoke(args=["notices", "send"])
    first = get_as_head(app, world, limit=1)
    second = get_as_head(app, world, limit=1, cursor=first["next_cursor"])
    assert [row["id"] for row in second["items"]] == [str(letter)]
    assert second["next_cursor"] is None


def test_a_letter_can_be_printed(client: FlaskClient, world: World, letter: UUID) -> None:
    page = client.get(f"{LIST}/{letter}/paper", headers=token(world.head))
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "Выдано предписание: № АЛ-2026-000001" in page.text
    assert "Выдуманная поликлиника" in page.text


def test_it_is_delivered_once(client: FlaskClient, world: World, letter: UUID) -> None:
    for _ in range(2):
        said = put(client, world.head, letter)
        assert (said.status_code, said.json["state"], said.json["rev"]) == (200, "delivered", 2)
    assert said.json["delivered_by"] == str(world.head)
    other = put(client, world.head, letter, {**SAID, "how": "заказным письмом"})
    assert (other.status_code, other.json["state"]) == (409, "delivered")
    assert len(world.rows(JournalEntry, JournalEntry.action == "letter.delivered")) == 1


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"delivered_on": "2026-03-17", "how": "x"}, "/delivered_on"),  # tomorrow
        ({"delivered_on": "2026-03-15", "how": "x"}, "/delivered_on"),  # before it was written
        ({"delivered_on": "2026-03-16", "how": ""}, "/how"),
        ({"delivered_on": "2026-03-16"}, "/how"),
        ({"delivered_on": "вчера", "how": "x"}, "/delivered_on"),
    ],
)
def test_a_day_that_cannot_be_is_refused_by_its_field(
    client: FlaskClient, world: World, letter: UUID, said: Any, pointer: str
) -> None:
    refused = put(client, world.head, letter, said)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_another_area_and_no_letter_at_all_look_alike(client: FlaskClient, world: World, letter: UUID) -> None:
    stranger = world.person(Role.HEAD, NEIGHBOUR)
    answers = [put(client, stranger, made).json | {"request_id": None} for made in (letter, uuid4())]
    assert answers[0] == answers[1]
    assert client.get(LIST, headers=token(stranger)).json["items"] == []
    assert client.get(f"{LIST}/{letter}/paper", headers=token(stranger)).status_code == 404


def test_who_only_reads_cannot_say_that_it_was_delivered(client: FlaskClient, world: World, letter: UUID) -> None:
    viewer = world.person(Role.MINISTRY, COUNTRY)
    assert client.get(f"{LIST}/{letter}/paper", headers=token(viewer)).status_code == 200
    assert put(client, viewer, letter).status_code == 403
