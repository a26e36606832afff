"""Reports as files: an Excel workbook in the reader's language, and a PDF in those of the country."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, g, request

from api.disclosing import Disclosing, discloses
from api.languages import wanted_language
from api.openapi import Blueprint
from api.papers.reporting import ReportPaper, languages_of, print_report
from api.report_tables import ReportTable, table
from api.report_workbook import About, workbook
from api.resource import credential
from api.views.reports import ReportQuery, rows_url
from api.wiring import wiring
from api.work import Work
from inspection import access
from inspection.access import Caller
from inspection.countries import COUNTRIES, local_date
from inspection.periods import Period
from inspection.reports import figures
from inspection.reports.titles import Titles, titles_of
from inspection.tables.areas import Area
from inspection.tables.disclosures import Kind

blp = Blueprint("report files", __name__, description="Reports to be kept and handed on.")

BINARY = {"schema": {"type": "string", "format": "binary"}}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A_WORKBOOK: dict[str, Any] = {
    "description": "Figures, native charts and notes, in your language.",
    "content": {XLSX: BINARY},
}
A_PAPER: dict[str, Any] = {
    "description": "Figures, charts and rows as PDF/UA-1, Kazakh first.",
    "content": {"application/pdf": BINARY},
}


@dataclass(frozen=True, slots=True)
class Read:
    """What a file is made of, once the unit of work is over. area: None for all that the reader may see."""

    report: Mapping[str, Any]
    titles: Titles
    area: Area | None
    country: str
    made_on: date

    def table(self, language: str) -> ReportTable:
        """The report in the words of a language."""
        return table(self.report, language, wiring().phrasebook, self.titles)

    def area_name(self, language: str) -> str | None:
        """What the area is called."""
        if self.area is None:
            return None
        return getattr(self.area, f"name_{language}") or self.area.name_kk


@blp.route("/reports.xlsx")
class Workbook(Disclosing):
    """A report in Excel. It is made after the unit that counted it, which holds no connection for so long."""

    @discloses(Kind.REPORT)
    @blp.arguments(ReportQuery, location="query")
    @blp.doc(responses={200: A_WORKBOOK})
    def get(self, query: dict[str, Any]) -> Response:
        """The figures of a period as a workbook: a row for each key and the total, a column for each figure."""
        url, name = rows_url(query), file_name(query)
        made = as_workbook(_read(query), wanted_language(wiring().settings.default_language), url)
        return _answer(made, XLSX, f"{name}.xlsx")


@blp.route("/reports.pdf")
class Printed(Disclosing):
    """A report on paper, made after the unit like the workbook."""

    @discloses(Kind.REPORT)
    @blp.arguments(ReportQuery, location="query")
    @blp.doc(responses={200: A_PAPER})
    def get(self, query: dict[str, Any]) -> Response:
        """The figures of a period to be printed, with charts; each chart is said in words too."""
        name = file_name(query)
        return _answer(as_paper(_read(query)), "application/pdf", f"{name}.pdf")


def as_workbook(read: Read, language: str, url: str) -> bytes:
    """A report as a workbook. url: the template of addresses of its rows."""
    period = Period(read.report["from"], read.report["to"])
    about = About(period, read.area_name(language), read.made_on, url)
    return workbook(read.table(language), about, wiring().phrasebook)


def as_paper(read: Read) -> bytes:
    """A report as PDF, in the languages of its country. Raises NotPrinted."""
    languages = languages_of(read.country)
    paper = ReportPaper(
        country=read.country,
        period=Period(read.report["from"], read.report["to"]),
        made_on=read.made_on,
        tables={language: read.table(language) for language in languages},
        areas={language: read.area_name(language) for language in languages},
    )
    return print_report(paper, wiring().phrasebook)


def read_report(work: Work, caller: Caller, query: Mapping[str, Any]) -> Read:
    """What a file is made of. query: as `ReportQuery` gives it. Raises as `figures.report` does."""
    period = Period(query["first"], query["last"])
    asked = {name: query[name] for name in ("area", "by") if name in query}
    report = figures.report(work.session, caller, period=period, now=work.now, **asked)
    area = None if "area" not in query else work.session.get_one(Area, query["area"])
    if area is not None:
        work.session.expunge(area)
    country = next(iter(COUNTRIES)) if area is None else area.country
    titles = titles_of(work.session, None if area is None else country)
    return Read(report, titles, area, country, local_date(work.now, country))


def _read(query: dict[str, Any]) -> Read:
    token = credential(request)

    def look(work: Work) -> Read:
        g.caller = access.sign_in(work.session, token, now=work.now)
        return read_report(work, g.caller, query)

    return wiring().units.study(look)


def file_name(query: Mapping[str, Any]) -> str:
    """What the file of a report is called, without its extension."""
    parts = ["pandus", str(query["first"]), str(query["last"]), query.get("area"), query["by"].value]
    return "-".join(part for part in parts if part)


def _answer(made: bytes, kind: str, name: str) -> Response:
    response = Response(made, mimetype=kind)
    response.cache_control.private, response.cache_control.no_cache = True, True
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
