"""A report as PDF: what a screen reader finds in it, what its bars show, and that it never changes."""

import re
import subprocess
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from pikepdf import Name, Pdf

from api.languages import read_phrasebook
from api.papers.reporting import MOST_BARS, ReportPaper, languages_of, print_report
from api.papers.words import words
from api.report_tables import DRAWN, table
from inspection.reports.figures import nothing
from inspection.reports.fined import NOTHING
from tests.api.paper_samples import LONG, NASTY
from tests.api.report_samples import PERIOD, TITLES, a_report
from tests.api.test_papers import elements, kinds, on_one_line

PHRASEBOOK = read_phrasebook()


def printed(report: Any = None, country: str = "KZ") -> bytes:
    languages = languages_of(country)
    tables = {each: table(report or a_report(), each, PHRASEBOOK, TITLES) for each in languages}
    areas: dict[str, str | None] = dict.fromkeys(languages)
    return print_report(ReportPaper(country, PERIOD, date(2026, 4, 2), tables, areas), PHRASEBOOK)


def opened(report: Any = None) -> Pdf:
    return pikepdf.open(BytesIO(printed(report)))


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def alternatives(report: Any = None) -> Sequence[str]:
    pdf = opened(report)
    return [str(each.Alt) for each in elements(pdf.Root.StructTreeRoot) if Name.Figure == each.S]


def test_a_report_is_tagged_titled_and_in_kazakh_with_a_russian_part() -> None:
    pdf = opened()
    assert bool(pdf.Root.MarkInfo.Marked)
    assert str(pdf.Root.Lang) == "kk"
    assert pdf.docinfo["/Title"] == "Қолжетімділік туралы есеп / Отчёт о доступности, 01.01.2026 – 31.03.2026"
    with pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    assert "ru" in [str(e.Lang) for e in elements(pdf.Root.StructTreeRoot) if Name.Lang in e]
    found = kinds(pdf)
    assert found.count("/H1") == 2
    assert found.count("/THead") == 4


def test_every_chart_is_a_figure_that_says_its_numbers_in_words() -> None:
    said = alternatives()
    assert len(said) == 2 * (len(DRAWN) + 1)
    russian = said[len(said) // 2 :]
    assert russian[1] == (
        "Выявленные нарушения по степени. Полосовая диаграмма: "
        "Грубые нарушения: 3; Значительные нарушения: 5; Незначительные нарушения: 1."
    )
    assert russian[-1] == "Выявленные нарушения: по регионам. Полосовая диаграмма: Алматы: 9."


def test_no_sum_of_a_year_of_zeros_is_divided_by() -> None:
    said = alternatives({**a_report(), "rows": [], "total": nothing()})
    assert len(said) == 2 * len(DRAWN)
    assert all("0" in each for each in said)
    assert "За этот период ничего не подсчитано." in text_of(
        printed({**a_report(), "rows": [], "total": nothing()})
    )


def test_what_nobody_records_is_a_word_and_thousands_stand_apart() -> None:
    report = a_report()
    report["total"]["use"]["unknown"] = 1234567
    report["total"]["fines"] = dict(NOTHING)
    text = on_one_line(text_of(printed(report)))
    assert re.search(r"Штрафы, число +не учитывается", text)
    assert "1 234 567" in text
    assert "412,6" in text


def test_of_many_rows_the_most_are_drawn_and_all_are_listed() -> None:
    names = [f"Аудан-{n:03}" for n in range(MOST_BARS + 30)]
    report = a_report(names, "district")
    assert alternatives(report)[-1].count("Аудан-") == MOST_BARS
    text = on_one_line(text_of(printed(report)))
    assert f"показаны строки с наибольшим числом нарушений: {MOST_BARS} из {len(names)}." in text
    assert all(text.count(name) >= 2 for name in names)


@pytest.mark.parametrize("name", [NASTY, LONG * 3])
def test_a_name_writes_no_markup_and_breaks(name: str) -> None:
    assert printed(a_report([name]))


def test_kyrgyzstan_is_printed_in_russian_alone() -> None:
    pdf = pikepdf.open(BytesIO(printed(country="KG")))
    assert str(pdf.Root.Lang) == "ru"
    assert kinds(pdf).count("/H1") == 1


def test_the_same_report_gives_the_same_bytes() -> None:
    assert printed() == printed()


def test_the_words_of_reports_are_whole_in_both_languages() -> None:
    assert words("report.yaml")
