"""How each kind of task is made. A maker reads in units of its own, says how far it is, and keeps a file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from werkzeug.datastructures import MultiDict

from api.console import violation_table
from api.console.pages.violation_files import file_name as list_name
from api.console.violation_rows import read
from api.console.violation_table import Row, count, head, pages, write_workbook
from api.csv_writing import lines
from api.tasks.addresses import tell_addresses
from api.tasks.boundaries import take_in
from api.tasks.run import Run
from api.views.report_files import Read, as_paper, as_workbook, file_name, read_report
from api.views.reports import ReportQuery
from api.work import Work
from inspection import maps
from inspection.errors import DoesNotApply
from inspection.tables.tasks import TaskKind
from inspection.tasks import Made

MOST_ROWS = 1_048_575  # of a sheet in Excel, beside its head
A_PART = 1_000  # features


def _violations_csv(run: Run) -> Made:
    asked, total, name = _list(run)
    file = run.folder / "made"
    with file.open("wb") as target:
        target.writelines(lines(_rows(run, asked, total)))
    return run.keep(file, f"{name}.csv")


def _violations_xlsx(run: Run) -> Made:
    asked, total, name = _list(run)
    if total > MOST_ROWS:
        raise DoesNotApply(
            "a sheet of Excel holds a million rows, and these are more; narrow the filters, or take CSV"
        )
    file = run.folder / "made"
    write_workbook(str(file), _rows(run, asked, total), run.folder)
    return run.keep(file, f"{name}.xlsx")


def _list(run: Run) -> tuple[Mapping[str, Any], int, str]:
    """What is asked of the list, how many rows that are, and what the file is called."""
    asked, _ = read(MultiDict(run.asked["query"]))

    def look(work: Work) -> tuple[int, str]:
        return count(work, run.caller(work), asked), list_name(work, asked)

    total, name = run.parts.units.read(look)
    run.tell(0, total)
    return asked, total, name


def _rows(run: Run, asked: Mapping[str, Any], total: int) -> Iterator[Row]:
    yield head()
    number = 0
    for rows in pages(None, asked, run.caller, violation_table.A_LARGE_UNIT):
        for row in rows:
            number += 1
            yield [number, *row]
        run.tell(number, max(number, total))


def _report_xlsx(run: Run) -> Made:
    made = as_workbook(_report(run), run.language, run.asked["rows_url"])
    return _kept(run, [made], f"{file_name(_query(run))}.xlsx")


def _report_pdf(run: Run) -> Made:
    return _kept(run, [as_paper(_report(run))], f"{file_name(_query(run))}.pdf")


def _query(run: Run) -> dict[str, Any]:
    read_query: dict[str, Any] = ReportQuery().load(run.asked["query"])
    return read_query


def _report(run: Run) -> Read:
    query = _query(run)
    # A reading unit, not a studying one: nobody waits for the answer.
    return run.parts.units.read(lambda work: read_report(work, run.caller(work), query))


def _places(run: Run) -> Made:
    area = run.asked["query"].get("area")

    def look(work: Work) -> tuple[int, Iterator[Any]]:
        return maps.every_feature(work.session, run.caller(work), run.parts.maps, now=work.now, area=area)

    total, features = run.parts.units.read(look)
    return _kept(run, _collection(run, features, total), f"pandus-{area or 'all'}.geojson")


def _collection(run: Run, features: Iterator[Any], total: int) -> Iterator[bytes]:
    run.tell(0, total)
    yield b'{"type":"FeatureCollection","features":['
    for number, feature in enumerate(features):
        if number % A_PART == 0:
            run.tell(number, total)
        yield (b"," if number else b"") + orjson.dumps(feature)
    yield b"]}"


def _kept(run: Run, parts: Iterable[bytes], name: str) -> Made:
    file: Path = run.folder / "made"
    with file.open("wb") as target:
        target.writelines(parts)
    return run.keep(file, name)


MAKERS: Mapping[TaskKind, Callable[[Run], Made]] = {
    TaskKind.VIOLATIONS_CSV: _violations_csv,
    TaskKind.VIOLATIONS_XLSX: _violations_xlsx,
    TaskKind.REPORT_XLSX: _report_xlsx,
    TaskKind.REPORT_PDF: _report_pdf,
    TaskKind.PLACES_GEOJSON: _places,
    TaskKind.BOUNDARIES: take_in,
    TaskKind.ADDRESS_TOLD: tell_addresses,
}
