"""Offices through the API."""

from typing import Any

from flask.testing import FlaskClient

from api.views.offices import ID, IN_EXAMPLE, OfficeOut, OfficePage
from inspection.tables.offices import Office
from inspection.tables.people import Role
from tests.api.people import token
from tests.inspection.world import DISTRICT, REGION, World

PATH = f"/api/v1/offices/{ID}"


def post(client: FlaskClient, world: World, **about: Any) -> Any:
    return client.post("/api/v1/offices", json=IN_EXAMPLE | about, headers=token(world.head))


def patch(client: FlaskClient, world: World, tag: str | None, **about: Any) -> Any:
    headers = token(world.head) | ({} if tag is None else {"If-Match": tag})
    return client.patch(PATH, json=about, headers=headers)


def test_the_example_of_the_document_is_taken_and_shown_as_described(client: FlaskClient, world: World) -> None:
    first, again = post(client, world), post(client, world)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == client.get(PATH, headers=token(world.head)).json
    assert OfficeOut().validate(first.json) == {}
    assert (first.headers["Location"], first.headers["ETag"]) == (PATH, '"1"')
    assert post(client, world, name_ru="Другое").json["type"] == "/problems/id-taken"


def test_every_refusal_names_the_field_says_why_and_what_is_accepted(client: FlaskClient, world: World) -> None:
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"name_kk": " "}, "/name_kk"),
        ({"name_ru": "ы" * 301}, "/name_ru"),
        ({"name_ru": None}, "/name_ru"),
        ({"email": "nobody"}, "/email"),
        ({"closed_on": "2026-03-17"}, "/closed_on"),
        ({"closed_on": "вчера"}, "/closed_on"),
        ({"area_code": DISTRICT}, "/area_code"),
        ({"id": "1"}, "/id"),
        ({"rev": 2}, "/rev"),
    )
    for about, where in refused:
        reply = post(client, world, **about)
        assert reply.status_code == 422, about
        (error,) = reply.json["errors"]
        assert (error["pointer"], bool(error["reason"]), bool(error["accepted"])) == (where, True, True)
    assert world.rows(Office) == []


def test_it_is_renamed_and_closed_by_who_has_read_it(client: FlaskClient, world: World) -> None:
    post(client, world)
    assert patch(client, world, None, name_ru="Новое").status_code == 428
    assert patch(client, world, '"7"', name_ru="Новое").status_code == 412
    changed = patch(client, world, '"1"', name_ru="Новое", closed_on="2026-03-16")
    assert (changed.status_code, changed.json["closed_on"], changed.headers["ETag"]) == (200, "2026-03-16", '"2"')
    inspector = token(world.person(Role.INSPECTOR, DISTRICT))
    page = client.get("/api/v1/offices", headers=inspector, query_string={"area": REGION, "closed": "true"}).json
    assert page is not None
    assert OfficePage().validate(page) == {}
    assert [row["name_ru"] for row in page["items"]] == ["Новое"]
