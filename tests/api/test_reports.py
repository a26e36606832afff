"""Reports over HTTP."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.views.reports import EXAMPLE, ReportOut
from inspection.tables.people import Role
from tests.api.conftest import SignIn
from tests.clock import Clock
from tests.inspection.world import COUNTRY, FAILS, REGION, World, sessions_on

LIST = "/api/v1/reports"
PERIOD = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture
def ministry(app: Flask, clock: Clock, new_id: Callable[[], UUID], sign_in: SignIn) -> dict[str, str]:
    """Somebody who sees the country, in which one facility was audited yesterday."""
    world = World(sessions_on(app.extensions["pandus"].engine), clock, new_id)
    world.prescribe(world.audited(world.facility(), FAILS))
    return sign_in(Role.MINISTRY, COUNTRY)


def get(client: FlaskClient, headers: dict[str, str], **query: Any) -> Any:
    return client.get(LIST, headers=headers, query_string=query)


@pytest.mark.parametrize("by", ["region", "district", "kind"])
def test_a_report_is_exactly_what_the_document_says(
    client: FlaskClient, ministry: dict[str, str], by: str
) -> None:
    answer = get(client, ministry, by=by, area=COUNTRY, **PERIOD)
    assert answer.status_code == 200
    assert ReportOut().validate(answer.json) == {}
    total = answer.json["total"]
    assert (total["checks"]["total"], total["violations_found"]["total"]) == (1, len(FAILS))
    assert len(answer.json["rows"]) == 1


def test_a_row_of_areas_bears_their_names(client: FlaskClient, ministry: dict[str, str]) -> None:
    (row,) = get(client, ministry, **PERIOD).json["rows"]
    assert (row["key"], row["name_kk"]) == (REGION, REGION)


def test_the_example_of_the_document_fits_its_schema() -> None:
    assert ReportOut().validate(EXAMPLE) == {}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "2026-03-01"}, "/to"),
        ({"from": "2026-03-31", "to": "2026-03-01"}, "/to"),
        ({"from": "1990-01-01", "to": "2026-01-01"}, "/to"),
        ({"from": "March", "to": "2026-03-01"}, "/from"),
        ({**PERIOD, "area": "000000000"}, "/area"),
        ({**PERIOD, "by": "month"}, "/by"),
        ({**PERIOD, "kind": "school"}, "/kind"),
    ],
)
def test_a_report_that_cannot_be_made_names_the_parameter(
    client: FlaskClient, ministry: dict[str, str], query: dict[str, str], pointer: str
) -> None:
    answer = get(client, ministry, **query)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
