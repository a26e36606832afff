"""Files of many rows on the command line: read in windows, with a bar, and a report that has a line per row."""

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from inspection.file_outcomes import Outcome
from inspection.raw_rows import RawRow

WINDOW = 2000  # rows read ahead; within them, batches of one region are made
SHOWN = 10  # refused rows that are shown where no report is written


def pairs(_context: click.Context, _option: click.Parameter, text: str | None) -> dict[str, str]:
    """An option of the form name=word,name=word."""
    found: dict[str, str] = {}
    for part in (text or "").split(","):
        name, equals, value = part.partition("=")
        if part.strip() and not (equals and name.strip() and value.strip()):
            raise click.BadParameter(f"{part!r} is not like name_ru=name,lat=latitude")
        if part.strip():
            found[name.strip()] = value.strip()
    return found


def windows(rows: Iterable[RawRow]) -> Iterator[list[RawRow]]:
    """The rows, WINDOW at a time."""
    remaining = iter(rows)
    while window := list(islice(remaining, WINDOW)):
        yield window


def progress(label: str, length: int) -> Any:
    """A bar on standard error, shown to people only."""
    return click.progressbar(length=max(length, 1), label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


def summary(counts: Mapping[Any, int], results: Iterable[Any], *, dry_run: bool) -> str:
    """How many rows came to what, in one line."""
    said = ", ".join(f"{counts[result]} {result.value}" for result in results)
    return said + (" (dry run)" if dry_run else "")


FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class RowReport:
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
            self._csv.writerows([harmless(cell) for cell in (*start, *fault)] for fault in faults)

    def _show(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            for fault in outcome.faults[: max(self._left, 0)]:
                self._left -= 1
                where = f"row {outcome.number}" + (f", {fault.column}" if fault.column else "")
                click.echo(f"{where}: {fault.reason}; accepted: {fault.accepted}", err=True)


def harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    # Cells come from strangers, and a spreadsheet would run what looks like a formula, in wide signs too.
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
