"""The address of mail of somebody is corrected by a program as by the page."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from inspection.tables.people import Person, Role
from inspection.tables.tasks import Task
from tests.api.people import token
from tests.inspection.world import COUNTRY, REGION, World

WHY = "Выдуманная причина."


def put(client: FlaskClient, who: UUID, person: UUID, **more: Any) -> Any:
    body = {"id": str(uuid4()), "email": "new@akimat.example", "reason": WHY, **more}
    return client.put(f"/api/v1/people/{person}/email", json=body, headers=token(who))


def email(world: World, person: UUID) -> str | None:
    (row,) = world.rows(Person, Person.id == person)
    return row.email


def test_an_address_is_corrected_and_both_are_told_once(client: FlaskClient, world: World) -> None:
    admin, person = world.person(Role.ADMIN, COUNTRY), world.person(Role.AKIMAT, REGION)
    told = str(uuid4())
    for _ in range(2):
        reply = put(client, admin, person, id=told)
        assert (reply.status_code, reply.json["email"]) == (200, "new@akimat.example")
    assert email(world, person) == "new@akimat.example"
    assert [str(task.id) for task in world.rows(Task)] == [told]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"email": "a@b"}, "/email"),
        ({"reason": ""}, "/reason"),
        ({"reason": "x" * 501}, "/reason"),
        ({"id": "7"}, "/id"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(
    client: FlaskClient, world: World, wrong: dict[str, str], pointer: str
) -> None:
    admin, person = world.person(Role.ADMIN, COUNTRY), world.person(Role.AKIMAT, REGION)
    reply = put(client, admin, person, **wrong)
    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json["errors"]] == [pointer]
    assert email(world, person) is None


def test_nobody_corrects_their_own(client: FlaskClient, world: World) -> None:
    admin = world.person(Role.ADMIN, COUNTRY)
    assert put(client, admin, admin).status_code == 409
    assert email(world, admin) is None
