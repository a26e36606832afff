"""Operators through the API."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from api.views.operators import ID, IN_EXAMPLE, OperatorOut
from inspection.operators import CONTACTS, FAILED_AT, address_failed
from inspection.tables.operators import Operator
from inspection.tables.people import Role
from tests.api.people import token
from tests.inspection.world import DISTRICT, NEIGHBOUR, REGION, World

PATH = f"/api/v1/operators/{ID}"


@pytest.fixture
def head(world: World) -> dict[str, str]:
    """What the client of the head of department sends along."""
    return token(world.head)


def post(client: FlaskClient, headers: dict[str, str], **about: Any) -> Any:
    return client.post("/api/v1/operators", json=IN_EXAMPLE | about, headers=headers)


def test_the_example_of_the_document_is_taken_and_shown_as_described(
    client: FlaskClient, world: World, head: dict[str, str]
) -> None:
    first, again = post(client, head), post(client, head)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == client.get(PATH, headers=head).json
    assert list(first.json) == list(OperatorOut().fields)
    assert (first.headers["Location"], first.headers["ETag"]) == (PATH, '"1"')
    assert post(client, head, size_class="large").status_code == 409


def test_every_refusal_names_the_field_and_nothing_is_written(
    client: FlaskClient, world: World, head: dict[str, str]
) -> None:
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"tax_id": "490140000013"}, "/tax_id"),
        ({"tax_id": 490140000012}, "/tax_id"),
        ({"area_code": "KZ"}, "/area_code"),
        ({"name_kk": ""}, "/name_kk"),
        ({"ownership": "mine"}, "/ownership"),
        ({"notice_email": "nobody"}, "/notice_email"),
        ({"notice_language": "en"}, "/notice_language"),
        ({"rev": 2}, "/rev"),
    )
    for about, where in refused:
        reply = post(client, head, **about)
        assert reply.status_code == 422, about
        assert [error["pointer"] for error in reply.json["errors"]] == [where]
    assert world.rows(Operator) == []


def test_a_number_that_another_operator_has_is_refused_with_the_id_of_that_one(
    client: FlaskClient, world: World, head: dict[str, str]
) -> None:
    post(client, head)
    inspector = token(world.person(Role.INSPECTOR, DISTRICT))
    reply = post(client, inspector, id=ID[:-1] + "8", area_code=DISTRICT)
    assert (reply.status_code, reply.json["type"]) == (409, "/problems/number-taken")
    assert reply.json["operator_id"] == ID
    shown = client.get(PATH, headers=inspector).json or {}
    assert OperatorOut().validate(shown) == {}
    assert shown.keys() == OperatorOut().fields.keys() - {*CONTACTS, FAILED_AT}


@pytest.mark.parametrize("path", ["operators", "facilities", "violations"])
@pytest.mark.parametrize("text", ["%25", "_", "()"])
def test_no_list_takes_a_search_for_nothing(
    client: FlaskClient, world: World, head: dict[str, str], path: str, text: str
) -> None:
    reply = client.get(f"/api/v1/{path}?text={text}", headers=head)
    assert reply.status_code == 422
    (error,) = reply.json["errors"]
    assert (error["pointer"], error["accepted"]) == ("/text", "at least one letter or digit")


def test_an_operator_is_changed_under_its_version_only(
    client: FlaskClient, world: World, head: dict[str, str]
) -> None:
    post(client, head)
    patch = {"size_class": "large"}
    assert client.patch(PATH, json=patch, headers=head).status_code == 428
    reply = client.patch(PATH, json=patch, headers={**head, "If-Match": '"1"'})
    assert (reply.status_code, reply.json["size_class"], reply.headers["ETag"]) == (200, "large", '"2"')
    late = client.patch(PATH, json={"size_class": "small"}, headers={**head, "If-Match": '"1"'})
    assert (late.status_code, late.json["rev"]) == (412, 2)


def test_a_viewer_of_a_district_is_shown_the_operators_of_its_facilities_only(
    client: FlaskClient, world: World, head: dict[str, str]
) -> None:
    post(client, head)
    official, neighbour = (token(world.person(Role.MINISTRY, area)) for area in (DISTRICT, NEIGHBOUR))
    world.facility(operator_id=UUID(ID))
    listed = client.get("/api/v1/operators?text=пример&limit=1", headers=official).json
    assert ([row["id"] for row in listed["items"]], listed["next_cursor"]) == ([ID], None)
    assert client.get("/api/v1/operators", headers=neighbour).json["items"] == []
    assert client.get(PATH, headers=neighbour).status_code == 404


def test_an_address_that_failed_is_written_to_again_once_it_is_written_anew(
    client: FlaskClient, world: World, head: dict[str, str]
) -> None:
    post(client, head)
    with world.unit() as unit:
        address_failed(unit, REGION, UUID(ID), "kense@example.kz")
    failed = client.get(PATH, headers=head)
    assert failed.json["notice_email_failed_at"] is not None
    same = {"notice_email": IN_EXAMPLE["notice_email"]}
    mended = client.patch(PATH, json=same, headers={**head, "If-Match": failed.headers["ETag"]})
    assert (mended.status_code, mended.json["notice_email_failed_at"], mended.json["rev"]) == (200, None, 3)
