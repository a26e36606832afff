"""`flask facilities`: taking in registers of facilities, and looking for those that are written down twice."""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from api.duplicate_search import look_through
from api.refused import CommandGroup, CommandRefused
from api.wiring import wiring
from api.work import Units, Work
from inspection.checklists import newest_checklists
from inspection.countries import COUNTRIES, local_date
from inspection.duplicate_search import Queued
from inspection.errors import InspectionError
from inspection.facility_files import open_facility_file
from inspection.facility_import import (
    Doubles,
    Outcome,
    Placed,
    Result,
    batches,
    foresee_rows,
    place_rows,
    refusal,
    take_rows,
)
from inspection.facility_rows import Reading, Refused, RowReader
from inspection.raw_rows import RawRow
from inspection.siting import Districts, area_index

command = CommandGroup("facilities", help="Places that are audited.")

WINDOW = 2000  # rows read ahead; within them, batches of one region are made
SHOWN = 10  # refused rows that are shown where no report is written
SOURCE_LENGTH = 60


def _pairs(_context: click.Context, _option: click.Parameter, text: str | None) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in (text or "").split(","):
        name, equals, value = part.partition("=")
        if part.strip() and not (equals and name.strip() and value.strip()):
            raise click.BadParameter(f"{part!r} is not like name_ru=name,lat=latitude")
        if part.strip():
            pairs[name.strip()] = value.strip()
    return pairs


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", help="Name of the register; by default that of the file. Ids are unique within it.")
@click.option("--kind", help="Kind of every row, whatever the file says.")
@click.option("--kinds", callback=_pairs, help="Kinds for the file's words: word=kind,word=kind.")
@click.option("--region", help="Region or district of rows without coordinates, or outside every area.")
@click.option("--columns", callback=_pairs, help="Columns that are not recognised: name_ru=title,lat=y.")
@click.option("--encoding", help="Of a text file that is not UTF-8, for example windows-1251.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="CSV file for a line per row.")
def import_command(
    *,
    file: Path,
    source: str | None,
    kind: str | None,
    kinds: Mapping[str, str],
    region: str | None,
    columns: Mapping[str, str],
    encoding: str | None,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Take in facilities from a CSV, XLSX or GeoJSON FILE.

    A bad row is refused and reported and never stops the others. The same file again changes nothing.
    """
    source = source or file.stem
    if not 1 <= len(source) <= SOURCE_LENGTH:
        raise click.BadParameter(f"a name of 1 to {SOURCE_LENGTH} characters", param_hint="--source")
    reading = Reading(source, columns, kind, kinds, needs_location=region is None)
    units = wiring().units
    try:
        known = units.read(_known)
        known.check(region, kind)
        counts = _import(
            units, file, reading, known, region=region, encoding=encoding, dry_run=dry_run, report=report
        )
    except InspectionError as error:
        raise CommandRefused(error) from None
    click.echo(
        ", ".join(f"{counts[result]} {result.value}" for result in Result) + (" (dry run)" if dry_run else "")
    )


@command.command("duplicates")
@click.option("--area", required=True, help="Code of the country, region or district to look through.")
@click.option("--least", type=click.FloatRange(0, 1), default=0.7, show_default=True, help="Score of a pair.")
def duplicates_command(*, area: str, least: float) -> None:
    """Look for facilities that may be one place, and queue the pairs for a person. Again changes nothing."""
    looked = look_through(wiring().units, area, least)
    click.echo(
        f"{looked.compared} facilities, {looked.nowhere} of them without a position and not compared; "
        + ", ".join(f"{looked.pairs[said]} pairs {said.value}" for said in Queued)
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows are judged by: districts of today, kinds by country."""

    districts: Districts
    kinds: Mapping[str, frozenset[str]]

    def check(self, region: str | None, kind: str | None) -> None:
        """Refuse at once what every row would be refused for."""
        if region is None and self.districts.index is None:
            raise click.ClickException(
                "There are no boundaries to place facilities in: flask areas import, or --region."
            )
        if region is not None and (region not in self.districts.areas or region in COUNTRIES):
            raise click.BadParameter("there is no such region or district", param_hint="--region")
        if not any(self.kinds.values()):
            raise click.ClickException("No checklist is published yet, so no kind of facility is known.")
        if kind is not None and not any(kind in of_country for of_country in self.kinds.values()):
            every = sorted(frozenset().union(*self.kinds.values()))
            raise click.BadParameter(f"no such kind; one of {', '.join(every)}", param_hint="--kind")


def _known(work: Work) -> _Known:
    newest = newest_checklists(work.session, list(COUNTRIES))
    kinds = {country: frozenset(checklist.kinds) for country, (_, checklist) in newest.items()}
    return _Known(area_index(work.session, local_date(work.now, "KZ")), kinds)


def _import(
    units: Units,
    path: Path,
    reading: Reading,
    known: _Known,
    *,
    region: str | None,
    encoding: str | None,
    dry_run: bool,
    report: Path | None,
) -> Counter[Result]:
    file = open_facility_file(path, encoding=encoding)
    reader = RowReader(reading, file.columns)
    counts: Counter[Result] = Counter()
    with ExitStack() as stack:
        bar = stack.enter_context(_progress(path.name, file.length))
        write = stack.enter_context(_Report(report))
        doubles = Doubles()
        stack.callback(doubles.close)
        for window in _windows(file):
            placed = place_rows([reader.read(raw) for raw in window], known.districts, known.kinds, region)
            rows = list(doubles.refuse(placed))
            outcomes = [refusal(row) for row in rows if isinstance(row, Refused)]
            for code, batch in batches(row for row in rows if isinstance(row, Placed)):
                outcomes += _take(units, code, batch, reading.source, dry_run)
            write(sorted(outcomes, key=lambda outcome: outcome.number))
            counts.update(outcome.result for outcome in outcomes)
            bar.update(file.position - bar.pos)
    return counts


def _take(units: Units, region: str, batch: Sequence[Placed], source: str, dry_run: bool) -> list[Outcome]:
    if dry_run:
        return units.read(lambda work: foresee_rows(work.session, region, batch))
    return units.write(lambda work: take_rows(work, region, batch, source))


def _windows(rows: Iterable[RawRow]) -> Iterator[list[RawRow]]:
    remaining = iter(rows)
    while window := list(islice(remaining, WINDOW)):
        yield window


def _progress(label: str, length: int) -> Any:
    return click.progressbar(length=max(length, 1), label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


class _Report:
    """A line per row into a CSV file; without one, the first refused rows on standard error."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._left = SHOWN

    def __enter__(self) -> Callable[[Sequence[Outcome]], None]:
        self._file: TextIO | None = None
        if self._path is None:
            return self._show
        try:
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")  # the mark is for Excel
        except OSError as error:
            raise click.ClickException(f"{self._path} cannot be written: {error.strerror}") from error
        self._csv = csv.writer(self._file)
        self._csv.writerow(["row", "result", "id", "facility_id", "column", "reason", "accepted"])
        return self._write

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def _write(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            start = [outcome.number, outcome.result.value, outcome.external_id or "", outcome.facility_id or ""]
            faults = [(f.column, f.reason, f.accepted) for f in outcome.faults] or [("", "", "")]
            self._csv.writerows([_harmless(cell) for cell in (*start, *fault)] for fault in faults)

    def _show(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            for fault in outcome.faults[: max(self._left, 0)]:
                self._left -= 1
                where = f"row {outcome.number}" + (f", {fault.column}" if fault.column else "")
                click.echo(f"{where}: {fault.reason}; accepted: {fault.accepted}", err=True)


def _harmless(cell: object) -> object:
    # Cells come from a stranger's file, and a spreadsheet would run what looks like a formula.
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
