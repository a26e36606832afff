"""The violation list as a file: all rows of the filters, page by page, for whoever may still see them."""

import csv
import gc
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest

from api.console import downloads, violation_table
from api.console.violation_columns import COLUMNS, WIDTHS
from inspection.tables.people import Grant, Role
from tests.console.conftest import Console
from tests.inspection.world import DISTRICT, NEIGHBOUR, OTHER_DISTRICT


def rows(console: Console, who: Any = None, **query: str) -> list[list[str]]:
    answer = console.get("/violations.csv", who, **query)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_row_says_what_officials_ask_of_the_list(console: Console) -> None:
    head, *found = rows(console, sort="due")
    assert len(found) == 2
    row = dict(zip(head, found[0], strict=True))
    assert (row["No."], row["Code of the area"], row["State"]) == ("1", DISTRICT, "open")
    assert (row["Place"], row["Kind of place"]) == ("Выдуманная поликлиника", "polyclinic")
    assert row["Groups"] == "wheelchair, reduced mobility"
    assert row["Severity"] == "gross"
    assert row["Last action"] == "prescribed"
    assert row["Use"] == "not known"
    assert int(row["Days left"]) > 0
    assert row["Prescription"].startswith("АЛ-")


def test_the_workbook_holds_the_same_with_days_as_days(console: Console) -> None:
    answer = console.get("/violations.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
    head, *found = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert head == [str(name) for name in COLUMNS]
    assert len(found) == 2
    due = found[0][head.index("Remedy until")]
    assert due.date() > console.world.clock().date()
    assert isinstance(found[0][head.index("Code of the area")], str)
    assert len(WIDTHS) == len(COLUMNS)


def test_the_filters_of_the_address_are_those_of_the_file(console: Console) -> None:
    assert len(rows(console, severity="minor")) == 1
    assert len(rows(console, area=DISTRICT)) == 3
    assert len(rows(console, area=NEIGHBOUR)) == 1
    page = console.get("/violations", severity="gross", cursor="").text
    assert 'href="/console/violations.csv?severity=gross"' in page


def test_a_filter_that_is_not_understood_makes_no_file(console: Console) -> None:
    for ending in ("csv", "xlsx"):
        answer = console.get(f"/violations.{ending}", severity="terrible")
        assert (answer.status_code, answer.mimetype) == (422, "text/html")
        assert "severity" in answer.text
        assert console.get(f"/violations.{ending}", area="nowhere").status_code == 422


def test_who_is_elsewhere_gets_the_head_alone_and_nobody_without_signing_in(console: Console) -> None:
    stranger = console.world.person(Role.AKIMAT, OTHER_DISTRICT)
    assert len(rows(console, stranger)) == 1
    assert console.app.test_client().get("/console/violations.csv").status_code == 303


def test_many_pages_are_one_file(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(violation_table, "A_UNIT", 1)
    whole = rows(console)
    assert [row[0] for row in whole[1:]] == ["1", "2"]
    assert len({tuple(row[1:]) for row in whole}) == 3


def test_whose_grant_ends_while_the_file_is_read_gets_no_further_rows(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(violation_table, "A_UNIT", 1)
    monkeypatch.setattr(downloads, "PARTS", 1)
    person = console.world.person(Role.AKIMAT)
    answer = console.app.test_client().get(
        "/console/violations.csv", headers={"Authorization": f"Bearer {person}"}, buffered=False
    )
    parts: Iterator[Any] = iter(answer.response)
    first = [next(parts), next(parts)]  # the head and the first row
    with console.world.unit() as unit:
        (grant,) = unit.session.query(Grant).where(Grant.person_id == person)
        grant.valid_to = unit.now - timedelta(seconds=1)
    assert b"".join(first).count(b"\r\n") == 2
    assert list(parts) == []


def test_whoever_stops_reading_leaves_nothing_open(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PARTS", 1)
    for ending in ("csv", "xlsx"):
        answer = console.app.test_client().get(
            f"/console/violations.{ending}", headers={"Authorization": f"Bearer {console.world.head}"}
        )
        parts: Iterator[Any] = iter(answer.response)
        assert next(parts)
        del answer, parts
    assert gc.collect() >= 0  # a context that was left open would be said here


def test_the_file_is_named_after_what_it_holds_and_the_day(console: Console) -> None:
    said = console.get("/violations.csv", area=DISTRICT).headers["Content-Disposition"]
    assert said.startswith("attachment; filename*=UTF-8''pandus-violations-751110000-")
    assert date.fromisoformat(said.removesuffix(".csv")[-10:])
