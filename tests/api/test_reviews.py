"""Review cases and passports over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from api.views.facilities import PASSPORT_EXAMPLE, PassportOut
from api.views.reviews import EXAMPLE, ReviewPage
from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.api.people import token
from tests.inspection.world import NEIGHBOUR, REGION, STEP, World

LIST = "/api/v1/reviews"


@pytest.fixture
def facility(world: World) -> UUID:
    """A facility about which something was told that never was."""
    facility = world.facility()
    world.add(Home(id=facility, region=REGION, kind="facility"))
    audit = world.audited(facility, {STEP: 0.05})
    world.prescribe(audit)
    world.clock.advance(days=1)
    document = world.document(facility, {STEP: 0.01}, corrects=str(audit))
    world.push(document, by=world.colleague)
    world.confirm(UUID(document["id"]))
    return facility


def get(client: FlaskClient, person: UUID, path: str = LIST, **query: Any) -> Any:
    return client.get(path, headers=token(person), query_string=query)


def test_the_examples_of_the_document_fit_their_schemas() -> None:
    assert ReviewPage().validate({"items": [EXAMPLE], "next_cursor": None}) == {}
    assert PassportOut().validate(PASSPORT_EXAMPLE) == {}


def test_a_page_of_cases_is_what_the_document_says(client: FlaskClient, world: World, facility: UUID) -> None:
    shown = get(client, world.head, open="true", area=REGION).json
    assert ReviewPage().validate(shown) == {}
    (case,) = shown["items"]
    assert (case["facility_id"], case["criterion"], case["why"]) == (str(facility), STEP, "vanished")
    assert case.keys() == EXAMPLE.keys()
    assert get(client, world.head, open="false").json["items"] == []
    assert get(client, world.person(Role.HEAD, NEIGHBOUR)).json["items"] == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"open": "yes"}, "/open"),
        ({"area": "nowhere"}, "/area"),
        ({"cursor": "WzFd"}, "/cursor"),
        ({"why": "x"}, "/why"),
    ],
)
def test_a_query_that_cannot_be_answered_names_the_parameter(
    client: FlaskClient, world: World, query: dict[str, str], pointer: str
) -> None:
    reply = get(client, world.head, **query)
    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json["errors"]] == [pointer]


def test_a_passport_is_what_the_document_says(client: FlaskClient, world: World, facility: UUID) -> None:
    shown = get(client, world.head, f"/api/v1/facilities/{facility}/passport").json
    assert PassportOut().validate(shown) == {}
    assert shown.keys() == PASSPORT_EXAMPLE.keys()
    fresh = world.facility()
    world.add(Home(id=fresh, region=REGION, kind="facility"))
    unknown = get(client, world.head, f"/api/v1/facilities/{fresh}/passport").json
    assert PassportOut().validate(unknown) == {}
    assert (set(unknown["site"].values()), unknown["audited_at"]) == ({"unknown"}, None)


def test_a_passport_elsewhere_answers_like_none(client: FlaskClient, world: World, facility: UUID) -> None:
    stranger = world.person(Role.HEAD, NEIGHBOUR)
    theirs, nobodys = (get(client, stranger, f"/api/v1/facilities/{one}/passport") for one in (facility, uuid4()))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json | {"request_id": ""} == nobodys.json | {"request_id": ""}
