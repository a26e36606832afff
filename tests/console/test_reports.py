"""Reports: figures that lead to their rows, and files in which no name is ever a formula."""

import csv
import re
from collections.abc import Sequence
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import update

from api.console.report_sections import TITLES
from api.csv_writing import lines, plain
from inspection.reports.rows import countable
from inspection.tables.areas import Area
from inspection.tables.facilities import Facility
from inspection.tables.operators import Operator
from inspection.tables.people import Role
from tests.console.conftest import HOSTILE, Console
from tests.inspection.maps import draw
from tests.inspection.world import DISTRICT, NEIGHBOUR, OTHER_DISTRICT, OTHER_REGION, REGION

PERIOD = {"from": "2026-01-01", "to": "2026-12-31"}
FORMULAS = (
    "=1+1",
    "+7",
    "-2",
    "@SUM(A1)",
    "\t=1+1",
    "\r\n=1+1",
    "\x01=1+1",
    " =1+1",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    '=HYPERLINK("http://x.example";"сюда")',
    'a";=1+1;"',
)


def name_everything(console: Console, name: str) -> None:
    """Call the district, the facility and its operator by a name of somebody's choice."""
    world = console.world
    made = world.new_id()
    known = {"country": "KZ", "region_code": REGION, "ownership": "private"}
    now = world.clock()
    world.add(
        Operator(home_region=REGION, id=made, name_kk=name, name_ru=name, created_at=now, updated_at=now, **known)
    )
    with world.unit() as unit:
        unit.session.execute(update(Area).where(Area.code == DISTRICT).values(name_kk=name, name_ru=name))
        place = unit.session.get_one(Facility, (REGION, console.facility))
        place.name_kk = place.name_ru = place.address_kk = place.address_ru = name
        place.operator_id = made


def table_of(text: bytes) -> list[list[str]]:
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(text.decode("utf-8-sig"), newline=""), delimiter=";"))


def sheet_of(made: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(made)).worksheets[0]


def risky(cells: Sequence[str]) -> list[str]:
    return [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@", "\t", "\r", "＝"))]


def test_a_report_says_its_figures_and_each_leads_to_just_its_rows(console: Console) -> None:
    page = console.get("/reports", **PERIOD)
    assert page.status_code == 200
    links = set(re.findall(r'href="/console/(reports/rows\?[^"]*figure=violations_found\.total[^"]*)"', page.text))
    assert links
    for link in links:
        rows = console.app.test_client().get(
            f"/console/{link.replace('&amp;', '&')}&lang=en",
            headers={"Authorization": f"Bearer {console.world.head}"},
        )
        assert rows.text.count(f'href="/console/facilities/{console.facility}"') == 2
        assert f'href="/console/violations/{console.violation()}"' in rows.text


@pytest.mark.parametrize("figure", [path.replace("*", "polyclinic") for path in countable()])
def test_every_figure_that_counts_has_a_page_of_rows(console: Console, figure: str) -> None:
    for more in ({}, {"key": DISTRICT}, {"unnamed": "1"}):
        assert console.get("/reports/rows", **PERIOD, figure=figure, **more).status_code == 200


@pytest.mark.parametrize("show", [*TITLES, "nonsense"])
@pytest.mark.parametrize("by", ["region", "district", "kind"])
def test_every_section_is_compared_in_every_way(console: Console, show: str, by: str) -> None:
    page = console.get("/reports", **PERIOD, show=show, by=by)
    assert page.status_code == 200
    assert "style=" not in page.text
    assert f'<option value="{by}" selected>' in page.text


def test_what_nobody_records_is_a_word_and_not_zero(console: Console) -> None:
    page = console.get("/reports", **PERIOD, show="fines")
    assert "not recorded" in page.text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-12-31", "to": "2026-01-01"}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"from": "0001-01-01"}, "to"),
        ({"area": "nowhere"}, "area"),
        ({"by": "hour"}, "by"),
    ],
)
def test_what_cannot_be_counted_is_said_at_its_field_and_is_no_file(
    console: Console, query: dict[str, str], field: str
) -> None:
    page = console.get("/reports", **PERIOD | query)
    assert page.status_code in (200, 422)
    assert f'id="{field}-error"' in page.text
    for ending in ("csv", "xlsx", "pdf"):
        assert console.get(f"/reports.{ending}", **PERIOD | query).status_code == 422


@pytest.mark.parametrize("name", ["from", "to", "area", "by", "show", "figure", "key", "cursor"])
def test_what_an_address_says_is_never_markup_and_never_breaks(console: Console, name: str) -> None:
    for said in (HOSTILE, "\0", "9" * 5000):
        for path in ("/reports", "/reports/rows", "/reports.csv", "/reports.geojson"):
            page = console.get(path, **{"figure": "checks.total", **PERIOD, name: said})
            assert page.status_code in (200, 422)
            assert b"<script>alert" not in page.data


def test_who_is_elsewhere_counts_nothing_of_it(console: Console) -> None:
    stranger = console.world.person(Role.AKIMAT, OTHER_DISTRICT)
    page = console.get("/reports", stranger, **PERIOD, show="violations_found")
    assert str(console.facility) not in page.text
    assert "Nothing happened here in this period." in page.text
    rows = console.get("/reports/rows", stranger, **PERIOD, figure="checks.total")
    assert "Nothing is counted here." in rows.text
    assert len(table_of(console.get("/reports.csv", stranger, **PERIOD).data)) == 2  # the head and the total


def test_the_files_are_in_the_language_of_the_page_and_have_the_same_figures(console: Console) -> None:
    shown = {"kk": "Барлығы", "ru": "Всего", "en": "Total"}
    for language, total in shown.items():
        answer = console.get("/reports.csv", **PERIOD, lang=language)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "attachment" in answer.headers["Content-Disposition"]
        head, *rows = table_of(answer.data)
        assert rows[-1][0] == total
        sheet = sheet_of(console.get("/reports.xlsx", **PERIOD, lang=language).data)
        book = [["" if cell.value is None else cell.value for cell in row] for row in sheet.iter_rows()]
        assert book[0] == head
        assert [str(row[2]) for row in book[1:]] == [row[2] for row in rows]
    assert console.get("/reports.pdf", **PERIOD).data.startswith(b"%PDF-")


@pytest.mark.parametrize("name", FORMULAS)
def test_no_name_is_a_formula_in_any_file(console: Console, name: str) -> None:
    name_everything(console, name)
    for path in ("/reports.csv", "/violations.csv"):
        rows = table_of(console.get(path, **PERIOD if "reports" in path else {}, lang="ru").data)
        assert len({len(row) for row in rows}) == 1
        assert not risky([cell for row in rows for cell in row])
    for path in ("/reports.xlsx", "/violations.xlsx"):
        sheet = sheet_of(console.get(path, **PERIOD if "reports" in path else {}, lang="ru").data)
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
        assert kinds <= {"s", "n", "d"}
        assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    for path in ("/violations", "/reports", "/reports/rows"):
        assert console.get(path, **PERIOD, figure="checks.total").status_code == 200


def test_the_places_of_an_area_are_features_and_too_wide_a_question_is_a_page(console: Console) -> None:
    draw(console.world)
    name_everything(console, HOSTILE)
    answer = console.get("/reports.geojson", area=DISTRICT)
    assert answer.mimetype == "application/geo+json"
    assert [each["id"] for each in answer.get_json(force=True)["features"]] == [str(console.facility)]
    assert console.get("/reports.geojson", area=NEIGHBOUR).get_json(force=True)["features"] == []
    for area in ("", "nowhere"):
        refused = console.get("/reports.geojson", area=area)
        assert (refused.status_code, refused.mimetype) == (422, "text/html")


def test_an_area_of_others_holds_nothing_for_the_reader(console: Console) -> None:
    stranger = console.world.person(Role.HEAD, OTHER_REGION)
    assert str(console.facility) not in console.get("/reports.geojson", stranger, area=DISTRICT).text


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (None, ""),
        (-5, "-5"),
        (2.5, "2,5"),
        (date(2026, 12, 31), "31.12.2026"),
        ("ул. Абая; 12", "ул. Абая; 12"),
        ("a\nb", "a b"),
        ("-5", "'-5"),
        ("\ud800=", "?="),
    ],
)
def test_a_cell_is_what_excel_reads_as_the_same(cell: Any, said: str) -> None:
    assert plain(cell) == said


def test_a_table_begins_with_a_mark_and_quotes_what_would_split_a_row() -> None:
    made = b"".join(lines([["a;b", 'c"d'], ["e\nf", 1.5]]))
    assert made == '\ufeff"a;b";"c""d"\r\ne f;1,5\r\n'.encode()


def test_rows_of_a_period_that_is_none_are_refused(console: Console) -> None:
    page = console.get("/reports/rows", figure="checks.total", **{**PERIOD, "from": "yesterday"})
    assert page.status_code == 422
    assert "This is no date" in page.text
