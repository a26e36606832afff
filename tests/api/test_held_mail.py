"""Mail that is held since a backup was restored, over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from inspection.restoring import finish
from inspection.tables.digests import Digest
from inspection.tables.notices import Letter
from inspection.tables.people import Person, Role
from tests.api.people import token
from tests.inspection.world import COUNTRY, DISTRICT, DOOR, FAILS, NEIGHBOUR, REGION, World

LETTERS, DIGESTS = "/api/v1/letters", "/api/v1/digests"
WENT_OUT = {"outcome": "discard", "reason": "ушло до сбоя"}
DID_NOT = {"outcome": "release", "reason": "не ушло"}


@pytest.fixture
def letter(app: Flask, world: World) -> UUID:
    """A letter whose notice waited in the backup."""
    world.prescribe(world.audited(world.facility(), {DOOR: FAILS[DOOR]}))
    restored(world)
    assert app.test_cli_runner().invoke(args=["notices", "send"]).exit_code == 0
    (row,) = world.rows(Letter)
    return row.id


@pytest.fixture
def digest(world: World) -> UUID:
    """The digest of an official of the district, which was queued in the backup."""
    with world.unit() as unit:
        unit.session.get_one(Person, world.head).email = "head@example.test"
    return world.head


def restored(world: World) -> None:
    with world.unit() as unit:
        finish(unit, taken_at=world.clock(), manifest=bytes(32), floors={})


def put(client: FlaskClient, person: UUID, address: str, said: Any = DID_NOT) -> Any:
    return client.put(f"{address}/hold", headers=token(person), json=said)


def test_held_letters_are_a_list_with_the_reason(client: FlaskClient, world: World, letter: UUID) -> None:
    shown: Any = client.get(f"{LETTERS}?state=held", headers=token(world.head)).json
    (row,) = shown["items"]
    assert (row["id"], row["state"]) == (str(letter), "held")
    assert row["answer"] == "a backup was restored: this may have gone out before"
    page = client.get(f"{LETTERS}/{letter}/paper", headers=token(world.head))
    assert page.status_code == 200  # whoever has to say something can read it


def test_one_is_let_go_once(client: FlaskClient, world: World, letter: UUID) -> None:
    said = put(client, world.head, f"{LETTERS}/{letter}")
    assert (said.status_code, said.json) == (200, {"id": str(letter), "rev": 2, "state": "by_hand"})
    again = put(client, world.head, f"{LETTERS}/{letter}")
    assert (again.status_code, again.json["state"]) == (409, "by_hand")


def test_all_are_discarded_in_one_area(client: FlaskClient, world: World, letter: UUID) -> None:
    elsewhere = client.post(f"{LETTERS}/held", headers=token(world.head), json=WENT_OUT | {"area": NEIGHBOUR})
    assert elsewhere.json == {"settled": 0, "left": 0}
    here = client.post(f"{LETTERS}/held", headers=token(world.head), json=WENT_OUT | {"area": DISTRICT})
    assert here.json == {"settled": 1, "left": 0}
    assert [row.state for row in world.rows(Letter)] == ["cancelled"]


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"outcome": "send", "reason": "x"}, "/outcome"),
        ({"outcome": "release", "reason": " "}, "/reason"),
        ({"outcome": "release"}, "/reason"),
        ({**DID_NOT, "area": "000000000"}, "/area"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    client: FlaskClient, world: World, letter: UUID, said: Any, pointer: str
) -> None:
    refused: Any = client.post(f"{LETTERS}/held", headers=token(world.head), json=said)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]


def test_who_may_not_decide_says_nothing_about_letters(client: FlaskClient, world: World, letter: UUID) -> None:
    assert put(client, world.inspector, f"{LETTERS}/{letter}").status_code == 403
    assert client.post(f"{LETTERS}/held", headers=token(world.inspector), json=DID_NOT).status_code == 403
    stranger = world.person(Role.HEAD, NEIGHBOUR)
    answers = [
        put(client, stranger, f"{LETTERS}/{made}").json | {"request_id": None} for made in (letter, uuid4())
    ]
    assert answers[0] == answers[1]
    assert [row.state for row in world.rows(Letter)] == ["held"]


def test_a_digest_is_let_go_by_who_sees_it(app: Flask, client: FlaskClient, world: World, digest: UUID) -> None:
    restored(world)
    assert app.test_cli_runner().invoke(args=["notices", "run"]).exit_code == 0
    (row,) = world.rows(Digest)
    assert row.state == "held"
    stranger = world.person(Role.HEAD, "710000000")
    answers = [
        put(client, stranger, f"{DIGESTS}/{made}").json | {"request_id": None} for made in (row.id, uuid4())
    ]
    assert answers[0] == answers[1]
    admin = world.person(Role.ADMIN, COUNTRY)
    said = put(client, admin, f"{DIGESTS}/{row.id}")
    assert (said.status_code, said.json) == (200, {"id": str(row.id), "rev": 2, "state": "queued"})
    assert put(client, admin, f"{DIGESTS}/{row.id}").status_code == 409
    shown: Any = client.get(f"{DIGESTS}?state=queued", headers=token(admin)).json
    assert [each["areas"] for each in shown["items"]] == [[REGION]]
