"""`flask settlements`: the gazetteer, where people live."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from api.refused import CommandGroup, CommandRefused
from api.row_reports import RowReport, pairs, progress, summary, windows
from api.wiring import wiring
from api.work import Units
from inspection.countries import COUNTRIES, local_date
from inspection.errors import InspectionError
from inspection.file_cells import Refused
from inspection.file_outcomes import MOST_ROWS, Outcome, Result, batches, refusal
from inspection.settlement_import import (
    RESULTS,
    Placed,
    foresee_rows,
    missing,
    place_rows,
    region_of,
    require_boundaries,
    retire,
    take_rows,
)
from inspection.settlement_rows import Named, Reading, SettlementRowReader
from inspection.siting import Districts, area_index
from inspection.table_files import open_table

command = CommandGroup("settlements", help="Where people live.")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Short name of the gazetteer; a newer one of that name replaces it.")
@click.option("--country", type=click.Choice(list(COUNTRIES)), help="Of every row, whatever the file says.")
@click.option("--columns", callback=pairs, help="Columns that are not recognised: population=people,lat=y.")
@click.option("--encoding", help="Of a text file that is not UTF-8, for example windows-1251.")
@click.option("--partial", "part", is_flag=True, help="The file is a part: what it does not name stays.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="CSV file for a line per row.")
def import_command(
    *,
    file: Path,
    source: str,
    country: str | None,
    columns: Mapping[str, str],
    encoding: str | None,
    part: bool,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Take in settlements from a CSV or XLSX FILE.

    Each lies in the district that the boundaries of today put it in. A bad row is refused and reported and never
    stops the others. The same file again changes nothing; what a newer one does not name any more is gone.
    """
    if not 1 <= len(source) <= 60:
        raise click.BadParameter("a text of 1 to 60 characters", param_hint="--source")
    try:
        table = open_table(file, encoding=encoding)
        reader = SettlementRowReader(Reading(country, columns), table.columns or ())
        rows = _Rows(wiring().units, source, dry_run=dry_run)
        counts: Counter[Result] = Counter()
        with ExitStack() as stack:
            bar = stack.enter_context(progress(file.name, table.length))
            write = stack.enter_context(RowReport(report))
            for window in windows(table):
                outcomes = rows.take([reader.read(raw) for raw in window])
                write(sorted(outcomes, key=lambda outcome: outcome.number))
                counts.update(outcome.result for outcome in outcomes)
                bar.update(table.position - bar.pos)
        click.echo(summary(counts, RESULTS, dry_run=dry_run))
        gone = 0 if part else rows.retire(country)
    except InspectionError as error:
        raise CommandRefused(error) from None
    if gone:
        click.echo(f"{gone} are no longer in the gazetteer" + (" (dry run)" if dry_run else ""))


class _Rows:
    """Places rows and takes them in, unit by unit."""

    def __init__(self, units: Units, source: str, *, dry_run: bool) -> None:
        self._units = units
        self._source = source
        self._dry_run = dry_run
        self._seen: dict[str, int] = {}
        self._districts: Districts = units.read(
            lambda work: area_index(work.session, local_date(work.now, next(iter(COUNTRIES))))
        )
        require_boundaries(self._districts)

    def take(self, rows: Sequence[Named | Refused]) -> list[Outcome]:
        """What became of these rows."""
        placed = place_rows(rows, self._districts, self._seen)
        outcomes = [refusal(row) for row in placed if isinstance(row, Refused)]
        for region, batch in batches((row for row in placed if isinstance(row, Placed)), region_of):
            outcomes += self._unit(region, batch)
        return outcomes

    def retire(self, country: str | None) -> int:
        """Mark what the file did not name as gone; how many."""
        gone = self._units.read(lambda work: missing(work.session, self._source, self._seen.keys(), country))
        if not self._dry_run:
            for start in range(0, len(gone), MOST_ROWS):
                part = gone[start : start + MOST_ROWS]
                self._units.write(partial(retire, source=self._source, gone=part))
        return len(gone)

    def _unit(self, region: str, batch: Sequence[Placed]) -> list[Outcome]:
        if self._dry_run:
            return self._units.read(lambda work: foresee_rows(work.session, batch, self._source))
        return self._units.write(lambda work: take_rows(work, region, batch, self._source))
