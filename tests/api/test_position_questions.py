"""Questions about where facilities lie, over HTTP."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from inspection.tables.people import Role
from inspection.tables.regions import Home
from tests.api.people import token
from tests.inspection.maps import IN_DISTRICT, draw
from tests.inspection.world import NEIGHBOUR, REGION, STEP, World

LIST = "/api/v1/position-questions"


@pytest.fixture
def facility(app: Flask, world: World) -> UUID:
    """A facility whose fixes lie some 800 m from where it is held to lie."""
    draw(world)
    made = world.facility(
        lat=IN_DISTRICT.lat, lon=IN_DISTRICT.lon, location_method="person", area_certainty="inside"
    )
    world.add(Home(id=made, region=REGION, kind="facility"))
    fix: dict[str, Any] = {"lat": IN_DISTRICT.lat, "lon": IN_DISTRICT.lon + 0.01, "accuracy_m": 6}
    world.audited(made, {STEP: 0.01}, fixes=[fix])
    assert "1 facilities weighed" in app.test_cli_runner().invoke(args=["positions", "weigh"]).output
    return made


def test_a_question_is_listed_read_and_decided_by_who_may(
    client: FlaskClient, world: World, facility: UUID
) -> None:
    head, stranger = token(world.head), token(world.person(Role.HEAD, NEIGHBOUR))
    (asked,) = client.get(LIST, headers=head, query_string={"open": "true"}).json["items"]
    one = f"{LIST}/{asked['id']}"
    assert client.get(LIST, headers=stranger).json == {"items": [], "next_cursor": None}
    assert client.get(one, headers=stranger).status_code == 404
    assert [fix["counts"] for fix in client.get(one, headers=head).json["fixes"]] == [True]
    given = {"decision": "move", "reason": "Проверено на месте."}
    decided = client.post(f"{one}/decision", headers=head, json=given)
    assert (decided.status_code, decided.json["state"]) == (200, "moved")
    fixes = client.get(f"/api/v1/facilities/{facility}/fixes", headers=head).json
    assert fixes is not None
    assert len(fixes["fixes"]) == len(fixes["candidates"]) == 1
    assert client.get(f"/api/v1/facilities/{facility}/fixes", headers=stranger).status_code == 404
