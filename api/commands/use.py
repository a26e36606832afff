"""`flask use`: taking in tables of visits by people with disabilities."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from uuid import UUID

import click

from api.refused import CommandGroup, CommandRefused
from api.row_reports import RowReport, pairs, progress, summary, windows
from api.wiring import wiring
from api.work import Units, Work
from inspection.countries import COUNTRIES, local_date
from inspection.errors import Fault, InspectionError, InvalidInput
from inspection.file_cells import Refused
from inspection.file_outcomes import Doubles, Outcome, Result, batches, refusal
from inspection.table_files import open_table
from inspection.tables.people import Person
from inspection.tables.use_records import UseSource
from inspection.use_claims import TEXT_LENGTH
from inspection.use_facilities import FacilityIndex
from inspection.use_import import RESULTS, Placed, foresee_rows, place_rows, region_of, take_rows
from inspection.use_rows import Reading, Said, UseRowReader

command = CommandGroup("use", help="Evidence of visits by people with disabilities.")

SOURCES = [source.value for source in UseSource]


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--area", required=True, help="Country, region or district in which the facilities lie.")
@click.option("--source", type=click.Choice(SOURCES), help="Of every row, whatever the file says.")
@click.option("--origin", help="Where the numbers were read, for rows that do not say it.")
@click.option("--register", help="The --source under which facilities were imported whose ids the rows have.")
@click.option("--author", type=click.UUID, help="Person who enters the records; by default whoever runs this.")
@click.option("--columns", callback=pairs, help="Columns that are not recognised: visits=total,period_from=since.")
@click.option("--encoding", help="Of a text file that is not UTF-8, for example windows-1251.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="CSV file for a line per row.")
def import_command(
    *,
    file: Path,
    area: str,
    source: str | None,
    origin: str | None,
    register: str | None,
    author: UUID | None,
    columns: Mapping[str, str],
    encoding: str | None,
    dry_run: bool,
    report: Path | None,
) -> None:
    """Take in use records from a CSV or XLSX FILE.

    A facility is named by its id, by BIN and address, or by name and district; one that fits none or several is
    refused. A bad row is refused and reported and never stops the others. The same file again changes nothing.
    """
    if origin is not None and not 1 <= len(origin) <= TEXT_LENGTH:
        raise click.BadParameter(f"a text of 1 to {TEXT_LENGTH} characters", param_hint="--origin")
    reading = Reading(None if source is None else UseSource(source), origin, columns)
    try:
        table = open_table(file, encoding=encoding)
        reader = UseRowReader(reading, table.columns or ())
        rows = _Rows(wiring().units, area, register, author, dry_run=dry_run)
        counts: Counter[Result] = Counter()
        with ExitStack() as stack:
            bar = stack.enter_context(progress(file.name, table.length))
            write = stack.enter_context(RowReport(report))
            stack.callback(rows.doubles.close)
            for window in windows(table):
                outcomes = rows.take([reader.read(raw) for raw in window])
                write(sorted(outcomes, key=lambda outcome: outcome.number))
                counts.update(outcome.result for outcome in outcomes)
                bar.update(table.position - bar.pos)
    except InspectionError as error:
        raise CommandRefused(error) from None
    click.echo(summary(counts, RESULTS, dry_run=dry_run))


class _Rows:
    """Places rows and takes them in, unit by unit."""

    def __init__(
        self, units: Units, area: str, register: str | None, author: UUID | None, *, dry_run: bool
    ) -> None:
        self._units = units
        self._author = author
        self._dry_run = dry_run
        self.doubles = Doubles()
        if author is not None and units.read(lambda work: work.session.get(Person, author)) is None:
            raise InvalidInput([Fault("/author", "there is no such person", "an id that flask people list shows")])
        self._index = units.read(lambda work: FacilityIndex(work.session, area, register))
        self._today = units.read(_today)

    def take(self, rows: Sequence[Said | Refused]) -> list[Outcome]:
        """What became of these rows."""
        placed = place_rows(rows, self._index, self._today, self.doubles)
        outcomes = [refusal(row) for row in placed if isinstance(row, Refused)]
        for region, batch in batches((row for row in placed if isinstance(row, Placed)), region_of):
            outcomes += self._unit(region, batch)
        return outcomes

    def _unit(self, region: str, batch: Sequence[Placed]) -> list[Outcome]:
        if self._dry_run:
            return self._units.read(lambda work: foresee_rows(work.session, region, batch))
        return self._units.write(lambda work: take_rows(work, region, batch, self._author))


def _today(work: Work) -> dict[str, date]:
    return {country: local_date(work.now, country) for country in COUNTRIES}
