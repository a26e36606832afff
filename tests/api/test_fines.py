"""Fines through the API, up to the figures of a report."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from api.views.fines import ID, IN_EXAMPLE, OUT_EXAMPLE, FineOut, FinePage
from api.views.reports import ReportOut
from inspection.tables.fines import Fine
from inspection.tables.people import Role
from tests.api.people import token
from tests.inspection.merges import known
from tests.inspection.test_notices import an_operator
from tests.inspection.world import DISTRICT, REGION, World

PATH = f"/api/v1/fines/{ID}"


@pytest.fixture
def operator(world: World) -> UUID:
    return an_operator(world)


@pytest.fixture
def facility(world: World, operator: UUID) -> UUID:
    return known(world, operator_id=operator)


def post(client: FlaskClient, person: UUID, facility: UUID, operator: UUID, **about: Any) -> Any:
    given = {**IN_EXAMPLE, "operator_id": str(operator), **about}
    return client.post(f"/api/v1/facilities/{facility}/fines", json=given, headers=token(person))


def test_the_example_of_the_document_is_taken_and_shown_as_described(
    client: FlaskClient, world: World, facility: UUID, operator: UUID
) -> None:
    first, again = (post(client, world.head, facility, operator) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == client.get(PATH, headers=token(world.head)).json
    assert FineOut().validate(first.json) == {}
    assert first.json.keys() == OUT_EXAMPLE.keys()
    assert (first.headers["Location"], first.headers["ETag"]) == (PATH, '"1"')
    assert post(client, world.head, facility, operator, sum=1).json["type"] == "/problems/id-taken"
    taken = post(client, world.head, facility, operator, id=str(uuid4()))
    assert (taken.status_code, taken.json["type"]) == (409, "/problems/fine-number-taken")
    assert taken.json["fine_id"] == ID


def test_every_refusal_names_the_field_says_why_and_what_is_accepted(
    client: FlaskClient, world: World, facility: UUID, operator: UUID
) -> None:
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"number": "  "}, "/number"),
        ({"number": "1" * 61}, "/number"),
        ({"number": 5}, "/number"),
        ({"imposed_on": "2026-03-17"}, "/imposed_on"),
        ({"imposed_on": "1999-01-01"}, "/imposed_on"),
        ({"imposed_on": "02.03.2026"}, "/imposed_on"),
        ({"sum": 0}, "/sum"),
        ({"sum": 10.5}, "/sum"),
        ({"sum": "100"}, "/sum"),
        ({"operator_id": str(uuid4())}, "/operator_id"),
        ({"operator_id": None}, "/operator_id"),
        ({"prescription_id": str(uuid4())}, "/prescription_id"),
        ({"article": "83"}, "/article"),
    )
    for about, where in refused:
        reply = post(client, world.head, facility, operator, **about)
        assert reply.status_code == 422, about
        (error,) = reply.json["errors"]
        assert (error["pointer"], bool(error["reason"]), bool(error["accepted"])) == (where, True, True)
    assert world.rows(Fine) == []


def test_it_is_listed_taken_back_and_counted_no_more(
    client: FlaskClient, world: World, facility: UUID, operator: UUID
) -> None:
    post(client, world.head, facility, operator)
    inspector = token(world.person(Role.INSPECTOR, DISTRICT))
    asked = {"area": REGION, "facility": str(facility), "operator_id": str(operator), "from": "2026-03-01"}
    page = client.get("/api/v1/fines", headers=inspector, query_string={**asked, "to": "2026-03-31"}).json or {}
    assert FinePage().validate(page) == {}
    assert [row["id"] for row in page["items"]] == [ID]
    assert counted(client, world) == ("partial", 1, IN_EXAMPLE["sum"])
    for _ in range(2):
        back = client.post(f"{PATH}/withdraw", json={"reason": "опечатка"}, headers=token(world.head))
        assert (back.status_code, back.json["withdrawn_why"], back.json["rev"]) == (200, "опечатка", 2)
    assert client.post(f"{PATH}/withdraw", json={"reason": "x"}, headers=inspector).status_code == 403
    assert counted(client, world) == ("partial", 0, 0)


def counted(client: FlaskClient, world: World) -> tuple[str, int, int]:
    asked = {"from": "2026-03-01", "to": "2026-03-31"}
    found = client.get("/api/v1/reports", headers=token(world.head), query_string=asked).json or {}
    assert ReportOut().validate(found) == {}
    fines = found["total"]["fines"]
    asked |= {"figure": "fines.number"}
    rows = client.get("/api/v1/reports/rows", headers=token(world.head), query_string=asked).json or {}
    assert len(rows["items"]) == fines["number"]
    assert {row["url"] for row in rows["items"]} <= {PATH}
    return fines["state"], fines["number"], fines["sum"]
