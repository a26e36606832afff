"""The violation list as a file: at once where it is short, else as a task that is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Response, g, request
from flask_babel import gettext

from api.console.blueprint import page
from api.console.downloads import Download, later
from api.console.page import draw, go
from api.console.violation_rows import read, without
from api.console.violation_table import Page as Rows
from api.console.violation_table import Row, count, head, pages, read_page, write_workbook
from api.csv_writing import MEDIA_TYPE, lines
from api.disclosing import discloses
from api.views.report_files import XLSX
from api.work import Work
from inspection import access
from inspection.access import Caller
from inspection.countries import COUNTRIES, local_date
from inspection.tables.disclosures import Kind
from inspection.tables.tasks import TaskKind

AT_ONCE = 5_000  # rows; of more a file takes longer than somebody watches a page load (decision 40)
BLOCK = 1 << 14  # bytes; of some of them one part is sent
IN_MEMORY = 4 << 20  # bytes of a workbook; a larger one lies in a file


@page("/violations.csv", "violations_csv")
class ViolationTable(Download):
    """As a table of text, sent while it is read."""

    @discloses(Kind.TABLE)
    def get(self) -> Response:
        """The first rows are read at once, so that what is wrong is said before a file begins."""
        return _file(TaskKind.VIOLATIONS_CSV, "csv", MEDIA_TYPE, lines)


@page("/violations.xlsx", "violations_xlsx")
class ViolationWorkbook(Download):
    """As a workbook, which can only be sent once all of it is there."""

    @discloses(Kind.TABLE)
    def get(self) -> Response:
        """The same rows."""
        return _file(TaskKind.VIOLATIONS_XLSX, "xlsx", XLSX, _workbook)


def _file(kind: TaskKind, ending: str, media_type: str, form: Any) -> Response:
    asked, wrong = read(request.args)
    if wrong:  # a file without a filter that was meant would be taken for what it is not
        said = gettext("This part of the address was not understood: %(names)s", names=", ".join(wrong))
        return draw("refused", 422, heading=gettext("This is not possible"), text=said)
    first = read_page(g.work, asked, None)
    if first[1] is not None and count(g.work, g.caller, asked) > AT_ONCE:
        return go("task_new", **without(request.args, "make", "cursor", "limit"), make=kind.value)
    return later(lambda: form(_rows(first, asked)), media_type, f"{file_name(g.work, asked)}.{ending}")


def file_name(work: Work, asked: Mapping[str, Any]) -> str:
    """What a file of the list is called, without its ending."""
    day = local_date(work.now, next(iter(COUNTRIES)))
    return "-".join(filter(None, ("pandus", gettext("violations"), asked.get("area"), day.isoformat())))


def _rows(first: Rows, asked: Mapping[str, Any]) -> Iterator[Row]:
    """The head and all rows."""
    yield head()
    number = 0
    for rows in pages(first, asked, _known):
        for row in rows:
            number += 1
            yield [number, *row]


def _known(work: Work) -> Caller:
    known = access.known(work.session, g.caller.person_id, now=work.now)
    return replace(known, tablet=g.caller.tablet)


def _workbook(rows: Iterator[Row]) -> Iterator[bytes]:
    """The workbook, made at once, so that what goes wrong is said; then sent part by part."""
    made = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it is closed once it was sent
    write_workbook(made, rows)
    made.seek(0)
    return _sent(made)


def _sent(made: SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    with made:
        while block := made.read(BLOCK):
            yield block
