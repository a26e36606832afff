"""A report as an Excel workbook: a sheet of figures, a sheet of charts over them, and what they mean.

Text is always text: a name that begins like a formula is shown as it is. The same report gives the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import xlsxwriter

from api.languages import Phrasebook
from api.report_tables import DRAWN, ReportTable
from api.report_words import NOT_RECORDED, ROWS, TOTAL
from inspection.periods import Period
from inspection.reports.asked import Path

SHEETS = FIGURES, CHARTS, ABOUT = "Figures", "Charts", "About this report"
KEY = "Code of the area or kind"
MOST_BARS = 25  # rows of a report whose bars can still be told apart; of more the total alone is drawn
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NOTES = (
    "A figure that nobody records is not zero: its cell says so.",
    "Fines that a region entered before it recorded all of them are counted, and may not be all.",
    "A violation that came back is found once more, so it counts by episode.",
    "Obstructed visits are those of today's ranks, whatever the period.",
    "The rows that a figure counts are listed at {url}",
)
OPTIONS: dict[str, Any] = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
STACKED = ("Checks by ground", "Violations found, by severity", "What is known of visits")
WIDE, HIGH = 900, 380  # pixels of a chart
ROWS_HIGH = 20  # rows of cells that a chart covers, and one


@dataclass(frozen=True, slots=True)
class About:
    """What a workbook says of itself. area: its name, None for all that the reader may see."""

    period: Period
    area: str | None
    made_on: date
    url: str


def workbook(report: ReportTable, about: About, phrasebook: Phrasebook) -> bytes:
    """The workbook, in the language of the table."""

    def say(sentence: str) -> str:
        return phrasebook.say(sentence, report.language)

    made = BytesIO()
    with xlsxwriter.Workbook(made, OPTIONS) as book:
        book.set_properties({"created": datetime.combine(about.made_on, time()), "title": say(FIGURES)})
        sheets = [book.add_worksheet(say(name)) for name in SHEETS]
        _figures(book, sheets[0], report, say)
        _charts(book, sheets[1], report, say)
        _about(book, sheets[2], about, say)
    return made.getvalue()


def _figures(book: Any, sheet: Any, report: ReportTable, say: Any) -> None:
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6E6E6", "border": 1})
    total = book.add_format({"bold": True, "top": 2})
    text, kept = book.add_format(), book.add_format({"quote_prefix": True})
    unknown = book.add_format({"italic": True, "font_color": "#595959", "align": "right"})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 1 + len(report.columns), 15)
    sheet.set_row(0, 92)
    sheet.freeze_panes(1, 2)
    for column, words in enumerate([say(ROWS[report.by]), say(KEY), *(words for _, words in report.columns)]):
        sheet.write_string(0, column, words, head)
    told = [(name, key, values, None) for key, name, values in report.rows]
    for line, (name, key, values, style) in enumerate([*told, (say(TOTAL), "", report.total, total)], start=1):
        for column, words in enumerate((name, key)):
            written = style or (kept if words.startswith(FORMULA) else text)
            if words:
                sheet.write_string(line, column, words, written)
            else:
                sheet.write_blank(line, column, None, written)
        for column, value in enumerate(values, start=2):
            if value is None:
                sheet.write_string(line, column, say(NOT_RECORDED), unknown)
            else:
                sheet.write_number(line, column, value, style)
    sheet.autofilter(0, 0, len(report.rows), 1 + len(report.columns))


def _charts(book: Any, sheet: Any, report: ReportTable, say: Any) -> None:
    # Titles are cells too: of a sheet without any, the library would leave a file of its own lying about.
    bold = book.add_format({"bold": True})
    few = 0 < len(report.rows) <= MOST_BARS
    first, last = (1, len(report.rows)) if few else (len(report.rows) + 1,) * 2
    names = [name for _, name, _ in report.rows] if few else [say(TOTAL)]
    for number, (title, paths) in enumerate(DRAWN):
        chart = book.add_chart({"type": "column", **({"subtype": "stacked"} if title in STACKED else {})})
        for path in paths:
            at = report.place(*path)
            values = [row[2][at] for row in report.rows] if few else [report.total[at]]
            # What stands in the cells is said here too: in constant memory nobody could read them once more.
            chart.add_series(
                {
                    "name": report.columns[at][1],
                    "categories": [say(FIGURES), first, 0, last, 0],
                    "values": [say(FIGURES), first, at + 2, last, at + 2],
                    "categories_data": names,
                    "values_data": values,
                }
            )
        chart.set_title({"name": say(title), "name_font": {"size": 13}})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": WIDE, "height": HIGH})
        spoken = "; ".join(_sums(report, paths))
        sheet.write_string(number * ROWS_HIGH, 0, say(title), bold)
        sheet.insert_chart(number * ROWS_HIGH + 1, 0, chart, {"description": f"{say(title)}. {spoken}"})


def _sums(report: ReportTable, paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        at = report.place(*path)
        yield f"{report.columns[at][1]}: {report.total[at]}"


def _about(book: Any, sheet: Any, about: About, say: Any) -> None:
    day = book.add_format({"num_format": "dd.mm.yyyy", "align": "left"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    days: list[tuple[str, Any]] = [
        ("First day", about.period.first),
        ("Last day", about.period.last),
        ("Made on", about.made_on),
        ("Area", about.area or say("All areas that you may see")),
    ]
    for line, (name, said) in enumerate(days):
        sheet.write_string(line, 0, say(name))
        if isinstance(said, date):
            sheet.write_datetime(line, 1, datetime.combine(said, time()), day)
        else:
            sheet.write_string(line, 1, said)
    for line, note in enumerate(NOTES, start=len(days) + 1):
        sheet.write_string(line, 1, say(note).replace("{url}", about.url), wrapped)
