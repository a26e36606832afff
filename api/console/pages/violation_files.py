"""The violation list as a file: what the filters of the address leave, read page by page like the list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any

import xlsxwriter
from flask import Response, g, request
from flask_babel import gettext

from api.console.blueprint import page
from api.console.downloads import Download, later
from api.console.page import draw
from api.console.violation_columns import COLUMNS, WIDTHS, beside, cells
from api.console.violation_rows import filters_of, read, rows_of
from api.csv_writing import MEDIA_TYPE, Cell, lines
from api.disclosing import discloses
from api.report_workbook import FORMULA, OPTIONS
from api.views.report_files import XLSX
from api.wiring import wiring
from api.work import Work
from inspection import access, violations
from inspection.countries import COUNTRIES, local_date
from inspection.tables.disclosures import Kind

A_UNIT, MOST = 200, 50_000  # rows
BLOCK = 1 << 14  # bytes; of some of them one part is sent
IN_MEMORY = 4 << 20  # bytes of a workbook; a larger one lies in a file
Row = Sequence[Cell]


@page("/violations.csv", "violations_csv")
class ViolationTable(Download):
    """As a table of text, sent while it is read."""

    @discloses(Kind.TABLE)
    def get(self) -> Response:
        """The first rows are read at once, so that what is wrong is said before a file begins."""
        return _file("csv", MEDIA_TYPE, lines)


@page("/violations.xlsx", "violations_xlsx")
class ViolationWorkbook(Download):
    """As a workbook, which can only be sent once all of it is there."""

    @discloses(Kind.TABLE)
    def get(self) -> Response:
        """The same rows."""
        return _file("xlsx", XLSX, _workbook)


def _file(ending: str, media_type: str, form: Any) -> Response:
    asked, wrong = read(request.args)
    if wrong:  # a file without a filter that was meant would be taken for what it is not
        said = gettext("This part of the address was not understood: %(names)s", names=", ".join(wrong))
        return draw("refused", 422, heading=gettext("This is not possible"), text=said)
    first = _page(g.work, asked, None)
    day = local_date(g.work.now, next(iter(COUNTRIES)))
    name = "-".join(filter(None, ("pandus", gettext("violations"), asked.get("area"), day.isoformat())))
    return later(lambda: form(_rows(first, asked)), media_type, f"{name}.{ending}")


def _rows(first: tuple[list[Row], str | None], asked: Mapping[str, Any]) -> Iterator[Row]:
    """The head, all rows, and where there are more than MOST a word about it."""
    yield [str(name) for name in COLUMNS]
    (rows, cursor), number = first, 0
    while True:
        for row in rows:
            number += 1
            yield [number, *row]
        if cursor is None:
            return
        if number >= MOST:
            yield [gettext("Only the first %(rows)s rows stand here; narrow the filters for more.", rows=number)]
            return
        rows, cursor = wiring().units.read(partial(_later_page, asked=asked, cursor=cursor))


def _later_page(work: Work, asked: Mapping[str, Any], cursor: str) -> tuple[list[Row], str | None]:
    """A further page, for what the caller may still see."""
    known = access.known(work.session, g.caller.person_id, now=work.now)
    g.work, g.caller = work, replace(known, tablet=g.caller.tablet)
    try:
        return _page(work, asked, cursor)
    finally:
        g.pop("work", None)


def _page(work: Work, asked: Mapping[str, Any], cursor: str | None) -> tuple[list[Row], str | None]:
    found = violations.page(
        work.session,
        g.caller,
        now=work.now,
        filters=filters_of(asked),
        sort=asked["sort"],
        cursor=cursor,
        limit=A_UNIT,
    )
    rows = rows_of(found.rows)
    about = beside(work.session, rows)
    return [cells(row, about) for row in rows], found.next_cursor


def _workbook(rows: Iterator[Row]) -> Iterator[bytes]:
    """The workbook, made at once, so that what goes wrong is said; then sent part by part."""
    made = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it is closed once it was sent
    with xlsxwriter.Workbook(made, OPTIONS) as book:
        _sheet(book, rows)
    made.seek(0)
    return _sent(made)


def _sent(made: SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    with made:
        while block := made.read(BLOCK):
            yield block


def _sheet(book: Any, rows: Iterator[Row]) -> None:
    sheet = book.add_worksheet(gettext("Violations"))
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6E6E6", "border": 1})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    kept = book.add_format({"quote_prefix": True})  # shown as it is, and still text after it was edited
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 4)
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str):
                styled = head if line == 0 else kept if cell.startswith(FORMULA) else None
                sheet.write_string(line, column, cell, styled)
            elif isinstance(cell, date):
                sheet.write_datetime(line, column, datetime.combine(cell, time()), day)
            else:
                sheet.write_number(line, column, cell)
