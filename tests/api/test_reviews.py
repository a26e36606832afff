"""Review cases and passports over HTTP."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from api.views.facilities import PASSPORT_EXAMPLE, PassportOut
from api.views.reviews import CORRECTED_EXAMPLE, EXAMPLE, CorrectionOut, ReviewPage
from inspection.notices.news import tell_news
from inspection.tables.audits import Audit
from inspection.tables.notices import Notice
from inspection.tables.people import Role
from inspection.tables.regions import Home
from inspection.tables.telling import ToldRow
from tests.api.people import token
from tests.inspection.world import NEIGHBOUR, REGION, STEP, World

LIST = "/api/v1/reviews"
LETTER = UUID(int=7, version=4)


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
    assert CorrectionOut().validate(CORRECTED_EXAMPLE) == {}
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


def correct(client: FlaskClient, person: UUID, case: str, **said: Any) -> Any:
    plain = {"id": str(LETTER), "reason": "пандус измерен заново"}
    return client.post(f"{LIST}/{case}/correction", headers=token(person), json=plain | said)


def test_a_correction_tells_that_the_item_is_withdrawn_and_closes_the_case(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    (case,) = get(client, world.head, open="true").json["items"]
    for _ in range(2):  # the answer was lost, and they ask again
        told = correct(client, world.head, case["id"])
        assert (told.status_code, told.json["say"], told.json["due_on"]) == (201, "corrected", None)
        assert CorrectionOut().validate(told.json) == {}
    assert get(client, world.head, open="true").json["items"] == []
    assert [row.due_on for row in world.rows(ToldRow, ToldRow.say == "corrected")] == [None]
    assert [row.stage for row in world.rows(Notice, Notice.document_id == LETTER)] == ["corrected"]
    assert correct(client, world.head, case["id"], id=str(uuid4())).status_code == 409


def test_an_item_that_stands_again_gets_a_date_that_people_can_still_meet(
    client: FlaskClient, world: World
) -> None:
    facility = world.facility()
    audit = world.audited(facility, {STEP: 0.05})
    world.prescribe(audit)
    world.clock.advance(days=1)
    world.audited(facility, {STEP: 0.01}, at=world.clock() - timedelta(hours=2))
    with world.unit() as unit:
        tell_news(unit, REGION)
    world.clock.advance(days=1)
    # The pass was a slip: the inspector's colleague corrects it, and the head lets it stand.
    (passed,) = world.rows(Audit, Audit.id != audit)
    slip = world.document(facility, {STEP: 0.05}, corrects=str(passed.id))
    world.push(slip, by=world.colleague)
    world.confirm(UUID(slip["id"]))
    (case,) = get(client, world.head, open="true").json["items"]
    assert case["why"] == "reopened"
    for wrong in (None, "2026-03-18"):
        refused = correct(client, world.head, case["id"], due_on=wrong)
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/due_on")
    told = correct(client, world.head, case["id"], due_on="2026-05-04")
    assert (told.status_code, told.json["due_on"]) == (201, "2026-05-04")
    assert world.violation(facility, STEP).due_on == date(2026, 5, 4)


def test_a_date_that_nobody_asked_for_is_refused(client: FlaskClient, world: World, facility: UUID) -> None:
    (case,) = get(client, world.head, open="true").json["items"]
    refused = correct(client, world.head, case["id"], due_on="2026-05-04")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/due_on")


def test_only_the_head_of_department_there_corrects(client: FlaskClient, world: World, facility: UUID) -> None:
    (case,) = get(client, world.head, open="true").json["items"]
    assert correct(client, world.inspector, case["id"]).status_code == 403
    assert correct(client, world.person(Role.HEAD, NEIGHBOUR), case["id"]).status_code == 404
    assert correct(client, world.head, str(uuid4())).status_code == 404
