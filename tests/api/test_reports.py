"""Reports over HTTP."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.views.report_rows import ReportedPage as RowsPage
from api.views.reports import EXAMPLE, ReportOut
from inspection.tables.people import Role
from tests.api.conftest import SignIn
from tests.clock import Clock
from tests.inspection.world import COUNTRY, DISTRICT, FAILS, REGION, World, sessions_on

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


def test_every_figure_of_a_report_is_followed_to_rows_that_can_be_opened(
    client: FlaskClient, ministry: dict[str, str]
) -> None:
    report = get(client, ministry, area=COUNTRY, **PERIOD).json
    assert "{&figure,key}" in report["rows_url"]
    url = report["rows_url"].replace("{&figure,key}", "")
    (row,) = report["rows"]
    opened = set()
    for figure, number in (
        ("checks.preventive", row["checks"]["preventive"]),
        ("violations_found.by_zone.entrance", row["violations_found"]["by_zone"]["entrance"]),
        ("prescriptions", 1),
        ("use.unknown", row["use"]["unknown"]),
    ):
        answer = client.get(f"{url}&figure={figure}&key={row['key']}", headers=ministry)
        assert RowsPage().validate(answer.json or {}) == {}
        assert len(answer.json["items"]) == number > 0
        for item in answer.json["items"]:
            assert (item["key"], item["region_code"]) == (REGION, REGION)
            opened.add((item["object"], client.get(item["url"], headers=ministry).status_code))
    # This world's facilities have no home, by which a facility is found; see `tests/inspection/world.py`.
    assert opened == {("audit", 200), ("violation", 200), ("prescription", 200), ("facility", 404)}


def test_the_rows_of_a_figure_come_in_pages(client: FlaskClient, ministry: dict[str, str]) -> None:
    asked = {**PERIOD, "figure": "violations_found.total", "limit": 3}
    first = client.get(f"{LIST}/rows", headers=ministry, query_string=asked).json
    more = {**asked, "cursor": first["next_cursor"]}
    second = client.get(f"{LIST}/rows", headers=ministry, query_string=more).json
    assert [len(page["items"]) for page in (first, second)] == [3, len(FAILS) - 3]
    assert second["next_cursor"] is None


def test_a_figure_that_nobody_records_has_no_rows_and_says_which_have(
    client: FlaskClient, ministry: dict[str, str]
) -> None:
    asked = {**PERIOD, "figure": "obstructed_visits.at_start"}
    answer = client.get(f"{LIST}/rows", headers=ministry | {"Accept-Language": "ru"}, query_string=asked)
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["pointer"]) == (422, "/figure")
    assert error["reason"] == "это не показатель, который считает строки"
    assert "rechecks.declared_adapted_but_not" in error["accepted"]


def test_a_report_is_a_workbook_in_the_language_of_the_reader(
    client: FlaskClient, ministry: dict[str, str]
) -> None:
    for language, total in (("kk", "Барлығы"), ("ru", "Всего"), ("en", "Total")):
        answer = client.get(
            f"{LIST}.xlsx",
            headers=ministry | {"Accept-Language": language},
            query_string={**PERIOD, "area": COUNTRY},
        )
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="pandus-2026-03-01-2026-03-31-KZ-region.xlsx"'
        )
        sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
        assert [row[0].value for row in sheet.iter_rows()][1:] == [REGION, total]


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_a_file_that_cannot_be_made_is_refused_like_the_report(
    client: FlaskClient, ministry: dict[str, str], form: str
) -> None:
    asked = {**PERIOD, "area": "000000000"}
    answer = client.get(f"{LIST}.{form}", headers=ministry, query_string=asked)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/area")
    assert client.get(f"{LIST}.{form}", query_string=PERIOD).status_code == 401


def test_a_report_is_a_paper_of_the_country_whoever_asks(client: FlaskClient, ministry: dict[str, str]) -> None:
    answers = [
        client.get(f"{LIST}.pdf", headers=ministry | {"Accept-Language": language}, query_string=PERIOD)
        for language in ("kk", "en")
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].data.startswith(b"%PDF-")
    assert answers[0].data == answers[1].data


def test_the_row_whose_district_is_not_known_is_asked_for_by_an_empty_key(
    client: FlaskClient, world: World, sign_in: SignIn
) -> None:
    world.audited(world.facility(district_code=None), FAILS)
    world.audited(world.facility(), FAILS)
    ministry = sign_in(Role.MINISTRY, COUNTRY)
    report = get(client, ministry, by="district", **PERIOD).json
    known, unknown = report["rows"]
    assert (known["key"], unknown["key"]) == (DISTRICT, None)
    url = report["rows_url"].replace("{&figure,key}", "&figure=checks.total")
    keys = [
        [item["key"] for item in client.get(url + asked, headers=ministry).json["items"]]
        for asked in ("&key=", f"&key={DISTRICT}", "&key=nowhere")
    ]
    assert keys == [[None], [DISTRICT], []]
    assert len(client.get(url, headers=ministry).json["items"]) == 2
