"""A report as PDF: figures, bars and rows, Kazakh first and then Russian; the same report gives the same bytes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from api.languages import Phrasebook
from api.mail.messages import SPOKEN
from api.papers.signs import breakable, printable
from api.papers.typesetting import typeset
from api.papers.words import say
from api.report_tables import DRAWN, Figure, ReportTable
from api.report_words import NOT_RECORDED, TOTAL
from inspection.periods import Period
from inspection.reports.asked import Path

_w = partial(say, "report.yaml")
MOST_BARS = 20
TIGHT = "\N{NO-BREAK SPACE}"
FOUND = ("violations_found", "total")
# What stands in the rows; the workbook has every figure of every row.
SHOWN: tuple[Path, ...] = (
    ("checks", "total"),
    FOUND,
    ("violations_found", "by_severity", "gross"),
    ("prescriptions",),
    ("items", "executed_in_time"),
    ("items", "executed_late"),
    ("items", "overdue"),
    ("adapted", "declared"),
    ("adapted", "verified"),
    ("obstructed_visits", "now"),
)
HEAD, WORD = 9, 30  # letters that fit into a line of a head of the rows, and anywhere else
Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReportPaper:
    """A report to be printed. tables, areas: by language; no area: all that the reader may see."""

    country: str
    period: Period
    made_on: date
    tables: Mapping[str, ReportTable]
    areas: Mapping[str, str | None]


def languages_of(country: str) -> Sequence[str]:
    """The languages in which papers of a country are printed."""
    return SPOKEN[country]


def print_report(paper: ReportPaper, phrasebook: Phrasebook) -> bytes:
    """The PDF of a report. Raises NotPrinted."""
    languages = languages_of(paper.country)
    title = " / ".join(_w("short", language) for language in languages)
    period = _period(paper)
    given = {
        "title": f"{title}, {period}",
        "footer": f"{title}, {period}",
        "page": " / ".join(_w("page", language) for language in languages),
        "parts": [_part(paper, language, phrasebook) for language in languages],
    }
    return typeset("report.typ", given, datetime.combine(paper.made_on, time(), UTC), {})


def _part(paper: ReportPaper, language: str, phrasebook: Phrasebook) -> Part:
    table = paper.tables[language]
    unknown = phrasebook.say(NOT_RECORDED, language)
    by = _w(f"by_{table.by.value}", language)
    return {
        "language": language,
        "heading": _w("title", language),
        "head": [
            (_w("period", language), _period(paper)),
            (_w("area", language), printable(paper.areas[language] or _w("all_areas", language))),
            (_w("made_on", language), _day(paper.made_on)),
        ],
        "totals": _w("totals", language),
        "columns": [_w("figure", language), _w("number", language)],
        "figures": _figures(table, unknown),
        "note": _w("note", language),
        "charts_heading": _w("charts", language),
        "charts": [_of_total(table, phrasebook.say(title, language), paths) for title, paths in DRAWN],
        "rows_heading": by,
        "no_rows": _w("no_rows", language),
        **_rows(table, by, unknown, phrasebook.say(TOTAL, language)),
    }


def _figures(table: ReportTable, unknown: str) -> Sequence[Sequence[str]]:
    """Figures and their numbers in two columns, each read from top to bottom."""
    told = [
        (breakable(printable(words), WORD), _number(value, unknown))
        for (_, words), value in zip(table.columns, table.total, strict=True)
    ]
    half = (len(told) + 1) // 2
    right = [*told[half:], *[("", "")] * (2 * half - len(told))]
    return [(*left, *beside) for left, beside in zip(told[:half], right, strict=True)]


def _of_total(table: ReportTable, title: str, paths: Sequence[Path]) -> Part:
    bars = [(table.columns[table.place(*path)][1], table.of_total(*path) or 0) for path in paths]
    return _chart(title, bars, table.language)


def _chart(title: str, bars: Sequence[tuple[str, int | float]], language: str) -> Part:
    longest = max((number for _, number in bars), default=0) or 1
    values = "; ".join(f"{printable(label)}: {_number(number, '')}" for label, number in bars)
    return {
        "title": title,
        "alternative": _w("bars", language, title=title, values=values),
        "bars": [
            {
                "label": breakable(printable(label), WORD),
                "share": round(number / longest, 4),
                "number": _number(number, ""),
            }
            for label, number in bars
        ],
    }


def _rows(table: ReportTable, by: str, unknown: str, total: str) -> Part:
    language = table.language
    places = [table.place(*path) for path in SHOWN]
    found = table.place(*FOUND)
    most = sorted(table.rows, key=lambda row: (-(row[2][found] or 0), row[0]))[:MOST_BARS]
    bars = [(name, values[found] or 0) for _, name, values in most]
    counts = {"shown": len(most), "all": len(table.rows)}
    return {
        "by_row": _chart(_w("by_row", language, by=by.lower()), bars, language),
        "left_out": _w("left_out", language, **counts) if len(most) < len(table.rows) else None,
        "heads": [breakable(said, HEAD) for said in (by, *(table.columns[place][1] for place in places))],
        "rows": list(_cells(table, places, unknown, total)) if table.rows else [],
    }


def _cells(table: ReportTable, places: Sequence[int], unknown: str, total: str) -> Iterator[Sequence[str]]:
    for name, values in (*((name, values) for _, name, values in table.rows), (total, table.total)):
        yield [breakable(printable(name), WORD), *(_number(values[place], unknown) for place in places)]


def _number(value: Figure, unknown: str) -> str:
    """As both languages write it: a decimal comma, and spaces between thousands."""
    if value is None:
        return unknown
    return f"{value:,}".replace(",", TIGHT).replace(".", ",")


def _period(paper: ReportPaper) -> str:
    return f"{_day(paper.period.first)} – {_day(paper.period.last)}"


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")
