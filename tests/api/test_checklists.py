"""Publishing checklists over HTTP."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from inspection.tables.checklists import PublishedChecklist
from inspection.tables.people import Role
from tests.api.people import token
from tests.inspection.world import COUNTRY, DISTRICT, REGION, World

OURS = Path("inspect/inspection/data/checklist.yaml")


def publish(client: FlaskClient, world: World, country: str, role: Role, area: str) -> int:
    given = {"country": country, "text": OURS.read_text("utf-8").replace('version: "1.0.0"', 'version: "1.0.1"')}
    reply = client.post("/api/v1/checklists", json=given, headers=token(world.person(role, area)))
    assert reply.status_code == 201 or reply.json["type"].endswith("forbidden")
    return reply.status_code


def test_the_administrator_of_a_country_publishes_for_it(client: FlaskClient, world: World) -> None:
    assert publish(client, world, COUNTRY, Role.ADMIN, COUNTRY) == 201
    assert [row.version for row in world.rows(PublishedChecklist)].count("1.0.1") == 1


@pytest.mark.parametrize(
    ("role", "area", "country"),
    [
        (Role.ADMIN, COUNTRY, "KG"),
        (Role.ADMIN, REGION, COUNTRY),
        (Role.ADMIN, DISTRICT, COUNTRY),
        (Role.ADMIN, DISTRICT, "KG"),
        (Role.HEAD, COUNTRY, COUNTRY),
    ],
)
def test_nobody_else_publishes_for_a_country(
    role: Role, area: str, country: str, client: FlaskClient, world: World
) -> None:
    assert publish(client, world, country, role, area) == 403
    assert len(world.rows(PublishedChecklist)) == 1


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("kk", ("/colour", "белгісіз кілт: 'colour'", "schema, key, version")),
        ("ru", ("/colour", "неизвестный ключ 'colour'", "schema, key, version")),
        ("en", ("/colour", "unknown key 'colour'", "schema, key, version")),
        ("kk", ("", "version кілті жоқ", "schema, key, version")),
        ("ru", ("/key", "'my list' здесь стоять не может", "слова строчными латинскими буквами через дефис, не")),
    ],
)
def test_what_is_wrong_with_a_catalogue_is_said_in_the_language_that_is_asked_for(
    language: str, told: tuple[str, str, str], client: FlaskClient, world: World
) -> None:
    reply = client.post(
        "/api/v1/checklists",
        json={"country": COUNTRY, "text": "colour: red\nkey: my list"},
        headers=token(world.person(Role.ADMIN, COUNTRY)) | {"Accept-Language": language},
    )
    assert (reply.status_code, reply.json["type"]) == (422, "/problems/catalogue-refused")
    (fault,) = [each for each in reply.json["errors"] if each["reason"] == told[1]]
    assert fault["pointer"] == told[0]
    assert fault["accepted"].startswith(told[2])
