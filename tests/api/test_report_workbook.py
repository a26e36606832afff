"""A report as a workbook, opened with another library than the one that wrote it."""

import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from babel.messages.pofile import read_po

from api.languages import FOLDER, read_phrasebook
from api.report_tables import DRAWN, table
from api.report_words import HEADINGS, NOT_RECORDED, ROWS, SUMS, TOTAL
from api.report_workbook import NOTES, SHEETS, About, workbook
from api.settings import LANGUAGES
from inspection.reports.figures import nothing
from inspection.reports.rows import countable
from tests.api.report_samples import PERIOD, TITLES, a_report

PHRASEBOOK = read_phrasebook()
URL = "/api/v1/reports/rows?from=2026-01-01&to=2026-03-31&by=region{&figure,key}"
ABOUT = About(PERIOD, None, date(2026, 4, 2), URL)


def written(names: Sequence[str] = ("Алматы",), language: str = "ru", by: str = "region") -> bytes:
    return workbook(table(a_report(names, by), language, PHRASEBOOK, TITLES), ABOUT, PHRASEBOOK)


def opened(made: bytes) -> Any:
    return openpyxl.load_workbook(BytesIO(made))


def cells(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_workbook_has_a_row_for_each_key_and_the_total_and_a_column_for_each_figure() -> None:
    head, first, second, total = cells(opened(written(("Алматы", "Шымкент"))).worksheets[0])
    assert head[:4] == [
        "Регион",
        "Код территории или вида",
        "Проверки, всего",
        "Профилактический контроль с посещением",
    ]
    assert first[:3] == ["Алматы", "750000000", 5]
    assert second[:3] == ["Шымкент", "750000001", 6]
    assert total[:3] == ["Всего", None, 5]
    assert "Проверенные объекты, вид: Поликлиника" in head
    assert "Проверенные объекты, вид: pharmacy" in head  # of which no checklist says what it is called
    assert "Выявленные нарушения, зона: Туалет" in head
    assert len(head) == len(set(head)) == 2 + len(table(a_report(), "ru", PHRASEBOOK, TITLES).columns)


def test_what_nobody_records_is_a_word_and_not_zero() -> None:
    head, *rows = cells(opened(written(("Алматы", "Шымкент"))).worksheets[0])
    fines = [row[head.index("Штрафы, сумма в тенге")] for row in rows]
    assert fines == [486_000, "не учитывается", 486_000]
    obstructed = [row[head.index("Затруднённые посещения в месяц, сейчас")] for row in rows]
    assert obstructed == [412.6, "не учитывается", 412.6]


@pytest.mark.parametrize(
    "name", ["=1+1", "+7", "-2", "@SUM(A1)", "\t=1+1", "=cmd|' /C calc'!A0", "{=A1}", "http://x.kz"]
)
def test_a_name_like_a_formula_or_a_link_stays_text(name: str) -> None:
    book = opened(written((name,)))
    cell = book.worksheets[0]["A2"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", name, None)
    assert bool(cell.quotePrefix) == name.startswith(("=", "+", "-", "@", "\t"))
    assert {c.data_type for sheet in book.worksheets for row in sheet.iter_rows() for c in row} <= {"s", "n", "d"}


def test_the_head_and_the_names_stay_while_one_scrolls() -> None:
    sheet = opened(written()).worksheets[0]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref.startswith("A1:")


@pytest.mark.parametrize(("rows", "drawn"), [(1, ["2"]), (25, ["2", "26"]), (26, ["28"])])
def test_charts_are_native_and_draw_the_cells_of_the_figures(rows: int, drawn: list[str]) -> None:
    made = written([f"Өңір {n}" for n in range(rows)], "kk", "district")
    charts = opened(made).worksheets[1]._charts
    assert len(charts) == len(DRAWN)
    for chart, (_, paths) in zip(charts, DRAWN, strict=True):
        assert len(chart.series) == len(paths)
        for series in chart.series:
            assert series.val.numRef.f.startswith("Көрсеткіштер!$")
            assert [cell.rpartition("$")[2] for cell in series.val.numRef.f.split(":")] == drawn
            # Values are said beside: what opens the file without counting anew shows them too.
            assert len(series.val.numRef.numCache.pt) == (rows if rows <= 25 else 1)
    with ZipFile(BytesIO(made)) as parts:
        drawing = parts.read("xl/drawings/drawing1.xml").decode()
    assert drawing.count("descr=") == len(DRAWN)
    assert "Тексерулер негіздері бойынша. Бару арқылы профилактикалық бақылау: 2;" in drawing


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_workbook_is_in_the_language_that_was_asked_for(language: str) -> None:
    book = opened(written(language=language))
    assert book.sheetnames == [PHRASEBOOK.say(name, language) for name in SHEETS]
    about = cells(book.worksheets[2])
    assert [row[1] for row in about[:3]] == [datetime(2026, 1, 1), datetime(2026, 3, 31), datetime(2026, 4, 2)]  # noqa: DTZ001
    assert about[-1][1].endswith(URL)


def test_every_word_of_a_workbook_is_in_the_catalogs() -> None:
    said = {
        *HEADINGS.values(),
        *SUMS.values(),
        *ROWS.values(),
        *SHEETS,
        *NOTES,
        *(title for title, _ in DRAWN),
        NOT_RECORDED,
        TOTAL,
    }
    for language in ("kk", "ru"):
        with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
            held = {str(message.id) for message in read_po(file, locale=language)}
        assert said <= held


def test_every_figure_of_a_report_has_a_heading() -> None:
    further = {"obstructed_visits.at_start", "obstructed_visits.placeholder_share"}
    assert set(HEADINGS) == {path.removesuffix(".*") for path in countable()} | further
    assert (
        len(table({**a_report(), "rows": [], "total": nothing()}, "en", PHRASEBOOK, TITLES).columns)
        == len(HEADINGS) - 2
    )


def test_the_same_report_gives_the_same_bytes() -> None:
    assert written() == written()


def test_a_report_without_rows_is_a_workbook_too() -> None:
    empty = {**a_report(), "rows": [], "total": nothing()}
    book = opened(workbook(table(empty, "en", PHRASEBOOK, TITLES), ABOUT, PHRASEBOOK))
    assert [row[0] for row in cells(book.worksheets[0])] == ["Region", "Total"]


def test_a_workbook_leaves_no_file_of_its_own_lying_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    written()
    assert list(tmp_path.iterdir()) == []
