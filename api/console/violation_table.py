"""The rows of the violation list for files: read page by page for who may still see them, written as a sheet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter
from flask import g
from flask_babel import gettext

from api.console.violation_columns import COLUMNS, WIDTHS, beside, cells
from api.console.violation_rows import filters_of, rows_of
from api.csv_writing import Cell
from api.report_workbook import FORMULA, OPTIONS
from api.wiring import wiring
from api.work import Work
from inspection import violations
from inspection.access import Caller

A_UNIT = 200  # rows
# Of a task: an order that no index delivers is sorted anew for each page, so fewer pages cost less (decision 40).
A_LARGE_UNIT = 2_000
Row = Sequence[Cell]
Page = tuple[list[Row], str | None]


def head() -> list[str]:
    """The names of the columns."""
    return [str(name) for name in COLUMNS]


def read_page(work: Work, asked: Mapping[str, Any], cursor: str | None, limit: int | None = None) -> Page:
    """A page of rows that `g.caller` may see, and the cursor of the next one."""
    found = violations.page(
        work.session,
        g.caller,
        now=work.now,
        filters=filters_of(asked),
        sort=asked["sort"],
        cursor=cursor,
        limit=limit or A_UNIT,
    )
    rows = rows_of(found.rows)
    about = beside(work.session, rows)
    return [cells(row, about) for row in rows], found.next_cursor


def count(work: Work, caller: Caller, asked: Mapping[str, Any]) -> int:
    """How many rows there are."""
    filters = filters_of(asked)
    found = violations.page(
        work.session, caller, now=work.now, filters=filters, sort=asked["sort"], limit=1, total=True
    )
    return found.total or 0


def pages(
    first: Page | None, asked: Mapping[str, Any], known: Any, limit: int | None = None
) -> Iterator[list[Row]]:
    """All pages, each read in a unit of its own. first: one that was read. known: who asks, as of a unit."""
    read = partial(_page_for, asked=asked, known=known, limit=limit)
    rows, cursor = first or wiring().units.read(partial(read, cursor=None))
    while True:
        yield rows
        if cursor is None:
            return
        rows, cursor = wiring().units.read(partial(read, cursor=cursor))


def _page_for(work: Work, asked: Mapping[str, Any], cursor: str | None, known: Any, limit: int | None) -> Page:
    """A page, for what the caller may still see."""
    g.work, g.caller = work, known(work)
    try:
        return read_page(work, asked, cursor, limit)
    finally:
        g.pop("work", None)


def write_workbook(target: Any, rows: Iterable[Row], scratch: Path | None = None) -> None:
    """Write a workbook into a file. scratch: a folder for what it does not hold in memory."""
    with xlsxwriter.Workbook(target, OPTIONS | ({"tmpdir": str(scratch)} if scratch else {})) as book:
        _sheet(book, rows)


def _sheet(book: Any, rows: Iterable[Row]) -> None:
    sheet = book.add_worksheet(gettext("Violations"))
    first = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6E6E6", "border": 1})
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
                styled = first if line == 0 else kept if cell.startswith(FORMULA) else None
                sheet.write_string(line, column, cell, styled)
            elif isinstance(cell, date):
                sheet.write_datetime(line, column, datetime.combine(cell, time()), day)
            else:
                sheet.write_number(line, column, cell)
