"""The stages of notices through the API: read by all; planned, looked at and taken back by an administrator."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from api.views.notice_stages import IN_EXAMPLE, NoticeStagesOut, PlannedStagesOut, StagePreviewOut
from inspection.tables.people import Role
from inspection.tables.stage_editions import StageEdition
from tests.api.people import token
from tests.inspection.world import COUNTRY, DISTRICT, World

PATH = "/api/v1/notice-stages"


@pytest.fixture
def admin(world: World) -> UUID:
    return world.person(Role.ADMIN, COUNTRY)


def post(client: FlaskClient, who: UUID, path: str = PATH, **about: Any) -> Any:
    return client.post(path, json=IN_EXAMPLE | about, headers=token(who))


def get(client: FlaskClient, who: UUID) -> Any:
    return client.get(PATH, query_string={"country": COUNTRY}, headers=token(who))


def test_the_example_of_the_document_is_planned_once_and_shown_as_described(
    client: FlaskClient, world: World, admin: UUID
) -> None:
    first, again = post(client, admin), post(client, admin)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert PlannedStagesOut().validate(first.json) == {}
    assert post(client, admin, valid_from="2026-03-19").json["type"] == "/problems/id-taken"
    page = get(client, world.person(Role.INSPECTOR, DISTRICT)).json
    assert NoticeStagesOut().validate(page) == {}
    assert (page["planned"], page["newest"], page["in_force"]["number"]) == (first.json, 1, 0)


def test_who_has_not_seen_the_newest_is_told_which_it_is(client: FlaskClient, admin: UUID) -> None:
    post(client, admin)
    second = post(client, admin, id=str(uuid4()))
    assert (second.status_code, second.json["held"]) == (412, 1)
    assert post(client, admin, id=str(uuid4()), replaces=1).status_code == 409
    assert post(client, admin, f"{PATH}/preview", id=str(uuid4())).status_code == 412


def test_what_is_planned_is_taken_back(client: FlaskClient, world: World, admin: UUID) -> None:
    post(client, admin)
    address = f"{PATH}/{IN_EXAMPLE['id']}"
    assert client.delete(address, headers=token(world.head)).status_code == 403
    for _ in range(2):
        assert client.delete(address, headers=token(admin)).status_code == 204
    assert client.delete(f"{PATH}/{uuid4()}", headers=token(admin)).status_code == 404
    assert get(client, admin).json["planned"] is None


def test_a_look_ahead_changes_nothing(client: FlaskClient, world: World, admin: UUID) -> None:
    seen = post(client, admin, f"{PATH}/preview")
    assert seen.status_code == 200
    assert StagePreviewOut().validate(seen.json) == {}
    assert [each["to"] for each in seen.json["letters"]] == ["operator", "department", "akimat"]
    assert post(client, world.head, f"{PATH}/preview").status_code == 403
    assert world.rows(StageEdition) == []


def test_every_refusal_names_the_field_says_why_and_what_is_accepted(
    client: FlaskClient, world: World, admin: UUID
) -> None:
    stages: Any = IN_EXAMPLE["stages"]
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"stages": [*stages, {"days": 0, "to": ["akimat"]}]}, "/stages/3/days"),
        ({"stages": [*stages, {"days": "soon", "to": ["akimat"]}]}, "/stages/3/days"),
        ({"stages": [*stages, {"days": 40, "to": ["mayor"]}]}, "/stages/3/to/0"),
        ({"stages": [*stages, {"days": 40, "to": []}]}, "/stages/3/to"),
        ({"stages": [*stages, {"days": 40, "to": ["akimat"], "name": "x\n"}]}, "/stages/3/name"),
        ({"stages": []}, "/stages"),
        ({"acts": {"asked": ["akimat"]}}, "/acts/asked"),
        ({"valid_from": "2026-03-16"}, "/valid_from"),
        ({"valid_from": "9999-12-31"}, "/valid_from"),
        ({"country": "XX"}, "/country"),
        ({"replaces": -1}, "/replaces"),
    )
    for about, where in refused:
        for path in (PATH, f"{PATH}/preview"):
            reply = post(client, admin, path, **about)
            assert reply.status_code == 422, about
            (error,) = reply.json["errors"]
            assert (error["pointer"], bool(error["reason"]), bool(error["accepted"])) == (where, True, True)
    assert world.rows(StageEdition) == []
