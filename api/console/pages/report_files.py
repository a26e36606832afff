"""Reports as files in the reader's language: a workbook, a paper, a table as text, and the places on a map."""

from collections.abc import Iterator, Sequence

from flask import Response, g
from flask_babel import get_locale, gettext

from api.console.blueprint import page
from api.console.downloads import Download, later
from api.console.lists import said_in_address
from api.console.page import draw, wrong_fields
from api.console.reports_asked import asked
from api.csv_writing import MEDIA_TYPE, Cell, lines
from api.disclosing import discloses
from api.encoding import json_bytes
from api.report_tables import ReportTable
from api.report_words import NOT_RECORDED, ROWS, TOTAL
from api.report_workbook import KEY
from api.views.maps import GEOJSON
from api.views.report_files import XLSX, Read, as_paper, as_workbook, file_name, read_report
from api.views.reports import rows_url
from api.wiring import wiring
from inspection import maps
from inspection.errors import InspectionError, InvalidInput
from inspection.tables.disclosures import Kind


@page("/reports.xlsx", "reports_xlsx")
class ReportWorkbook(Download):
    """A report in Excel."""

    @discloses(Kind.REPORT)
    def get(self) -> Response:
        """Figures, charts and notes."""
        query, language = asked().query(), get_locale().language
        read = _read()
        if isinstance(read, Response):
            return read
        url = rows_url(query)
        return later(lambda: as_workbook(read, language, url), XLSX, f"{file_name(query)}.xlsx")


@page("/reports.pdf", "reports_pdf")
class ReportPrinted(Download):
    """A report on paper, in the languages of its country."""

    @discloses(Kind.REPORT)
    def get(self) -> Response:
        """Figures, charts and rows."""
        read = _read()
        if isinstance(read, Response):
            return read
        return later(lambda: as_paper(read), "application/pdf", f"{file_name(asked().query())}.pdf")


@page("/reports.csv", "reports_csv")
class ReportTableFile(Download):
    """A report as a table of text."""

    @discloses(Kind.REPORT)
    def get(self) -> Response:
        """A row for each area or kind and the total, a column for each figure."""
        language, read = get_locale().language, _read()
        if isinstance(read, Response):
            return read
        name = file_name(asked().query())
        return later(lambda: b"".join(lines(_rows(read.table(language)))), MEDIA_TYPE, f"{name}.csv")


@page("/reports.geojson", "reports_geojson")
class ReportPlaces(Download):
    """The places of the area of a report."""

    @discloses(Kind.REPORT)
    def get(self) -> Response:
        """At most as many as a map draws one by one."""
        area = said_in_address("area")
        try:
            found = maps.features(g.work.session, g.caller, wiring().maps, now=g.work.now, area=area or None)
        except InvalidInput as error:
            return _refused(error)
        return later(lambda: json_bytes(found), GEOJSON, f"pandus-{area}.geojson")


def _read() -> Read | Response:
    """What the address asks for, or the page that says why not: no file must be another than was meant."""
    wanted = asked()
    if wanted.wrong:
        return draw("refused", 422, heading=gettext("This is not possible"), text=" ".join(wanted.wrong.values()))
    try:
        return read_report(g.work, g.caller, wanted.query())
    except InvalidInput as error:
        return _refused(error)


def _refused(error: InspectionError) -> Response:
    said = " ".join(f"{text[:1].upper()}{text[1:]}." for text in wrong_fields(error).values())
    return draw("refused", 422, heading=gettext("This is not possible"), text=said)


def _rows(report: ReportTable) -> Iterator[Sequence[Cell]]:
    phrasebook, language = wiring().phrasebook, report.language
    unknown = phrasebook.say(NOT_RECORDED, language)
    yield [
        phrasebook.say(ROWS[report.by], language),
        phrasebook.say(KEY, language),
        *(words for _path, words in report.columns),
    ]
    total = ("", phrasebook.say(TOTAL, language), report.total)
    for key, name, values in [*report.rows, total]:
        yield [name, key, *(unknown if value is None else value for value in values)]
