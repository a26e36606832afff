"""The violation list and one violation over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from api.views.violations import EXAMPLE, HISTORY_EXAMPLE, ViolationPage, ViolationWithHistory
from inspection.history import DecisionKind
from inspection.tables.people import Role
from tests.api.conftest import SignIn
from tests.inspection.world import COUNTRY, DESK, FAILS, OTHER_REGION, STEP, World

LIST = "/api/v1/violations"


@pytest.fixture
def facility(world: World) -> UUID:
    """A facility with five violations, all told, one of them declared remedied."""
    facility = world.facility()
    world.prescribe(world.audited(facility, FAILS))
    world.decide(facility, DESK, DecisionKind.DECLARE)
    return facility


@pytest.fixture
def ministry(world: World, facility: UUID, sign_in: SignIn) -> dict[str, str]:
    return sign_in(Role.MINISTRY, COUNTRY)


def get(client: FlaskClient, headers: dict[str, str], path: str = LIST, **query: Any) -> Any:
    return client.get(path, headers=headers, query_string=query)


def test_a_page_is_exactly_what_the_document_says(client: FlaskClient, ministry: dict[str, str]) -> None:
    page = get(client, ministry, total="true", limit=2).json
    assert ViolationPage().validate(page) == {}
    assert (len(page["items"]), page["total"]) == (2, len(FAILS))
    rest = get(client, ministry, limit=200, cursor=page["next_cursor"], total="false").json
    assert len(rest["items"]) == len(FAILS) - 2
    assert "total" not in rest


def test_pages_follow_each_other_by_cursor(client: FlaskClient, ministry: dict[str, str]) -> None:
    first = get(client, ministry, limit=3).json
    second = get(client, ministry, limit=3, cursor=first["next_cursor"]).json
    shown = [row["criterion"] for row in (*first["items"], *second["items"])]
    assert sorted(shown) == sorted(FAILS)
    assert second["next_cursor"] is None


def test_the_examples_of_the_document_fit_their_schemas() -> None:
    assert ViolationPage().validate({"items": [EXAMPLE], "next_cursor": None, "total": 1}) == {}
    assert ViolationWithHistory().validate({**EXAMPLE, **HISTORY_EXAMPLE}) == {}


def test_one_violation_is_exactly_what_the_document_says(
    client: FlaskClient, world: World, ministry: dict[str, str], facility: UUID
) -> None:
    held = world.violation(facility, DESK)
    answer = get(client, ministry, f"{LIST}/{held.id}")
    assert ViolationWithHistory().validate(answer.json) == {}
    assert answer.headers["ETag"] == f'"{held.rev}"'
    assert (answer.json["criterion"], answer.json["title"]) == (DESK, {"en": DESK})
    assert [decision["kind"] for decision in answer.json["decisions"]] == ["declare"]


def test_nothing_is_said_of_violations_elsewhere(
    client: FlaskClient, world: World, facility: UUID, sign_in: SignIn
) -> None:
    elsewhere = sign_in(Role.HEAD, OTHER_REGION)
    assert get(client, elsewhere).json["items"] == []
    theirs = get(client, elsewhere, f"{LIST}/{world.violation(facility, STEP).id}")
    nobodys = get(client, elsewhere, f"{LIST}/{uuid4()}")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json | {"request_id": ""} == nobodys.json | {"request_id": ""}


def test_the_list_can_be_narrowed_to_one_facility(
    client: FlaskClient, world: World, facility: UUID, ministry: dict[str, str]
) -> None:
    world.audited(world.facility(), FAILS)
    rows = get(client, ministry, facility=str(facility)).json["items"]
    assert {row["facility_id"] for row in rows} == {str(facility)}
    assert len(rows) == len(FAILS)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "declared"}, {DESK}),
        ({"state": "open,declared", "criterion": STEP}, {STEP}),
        ({"state": "released,waived"}, set()),
        ({"severity": "gross", "group": "wheelchair", "zone": "entrance"}, {"entrance-step", "entrance-door"}),
        ({"kind": "pharmacy"}, set()),
        ({"text": "entr st", "sort": "severity"}, {STEP}),
        ({"prescribed": "false"}, set()),
        ({"overdue": "false", "due_after": "2026-01-01", "due_before": "2199-01-01"}, set(FAILS)),
        ({"ownership": "unknown", "area": "KZ", "sort": "opened"}, set(FAILS)),
        ({"facility": "01890a5d-ac96-774b-bcce-b302099a8057"}, set()),
        ({"operator_id": "01890a5d-ac96-774b-bcce-b302099a8057", "sort": "obstructed"}, set()),
    ],
)
def test_the_list_can_be_narrowed(
    client: FlaskClient, ministry: dict[str, str], query: dict[str, str], found: set[str]
) -> None:
    answer = get(client, ministry, **query)
    assert answer.status_code == 200
    assert {row["criterion"] for row in answer.json["items"]} == found


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"stat": "open"}, "/stat"),
        ({"state": "open,late"}, "/state/1"),
        ({"state": ""}, "/state"),
        ({"severity": "terrible"}, "/severity"),
        ({"group": "nobody"}, "/group"),
        ({"sort": "name"}, "/sort"),
        ({"limit": "0"}, "/limit"),
        ({"limit": "201"}, "/limit"),
        ({"cursor": "WzFd"}, "/cursor"),
        ({"area": "000000000"}, "/area"),
        ({"overdue": "yes"}, "/overdue"),
        ({"due_before": "tomorrow"}, "/due_before"),
        ({"text": "a\0b"}, "/text"),
    ],
)
def test_a_query_that_cannot_be_answered_names_the_parameter_and_what_would_be_accepted(
    client: FlaskClient, ministry: dict[str, str], query: dict[str, str], pointer: str
) -> None:
    answer = get(client, ministry, **query)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert all(error["accepted"] for error in answer.json["errors"])
