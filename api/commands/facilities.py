"""`flask facilities`: taking in registers of facilities, and looking for those that are written down twice."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from api.duplicate_search import look_through
from api.refused import CommandGroup, CommandRefused
from api.row_reports import RowReport, pairs, progress, summary, windows
from api.wiring import wiring
from api.work import Units, Work
from inspection.checklists import newest_checklists
from inspection.countries import COUNTRIES, local_date
from inspection.duplicate_search import Queued
from inspection.errors import InspectionError
from inspection.facility_files import open_facility_file
from inspection.facility_import import (
    Placed,
    foresee_rows,
    place_rows,
    refuse_doubles,
    region_of,
    take_rows,
)
from inspection.facility_rows import Reading, RowReader
from inspection.file_cells import Refused
from inspection.file_outcomes import Doubles, Outcome, Result, batches, refusal
from inspection.siting import Districts, area_index

command = CommandGroup("facilities", help="Places that are audited.")

SOURCE_LENGTH = 60


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", help="Name of the register; by default that of the file. Ids are unique within it.")
@click.option("--kind", help="Kind of every row, whatever the file says.")
@click.option("--kinds", callback=pairs, help="Kinds for the file's words: word=kind,word=kind.")
@click.option("--region", help="Region or district of rows without coordinates, or outside every area.")
@click.option("--columns", callback=pairs, help="Columns that are not recognised: name_ru=title,lat=y.")
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
    click.echo(summary(counts, Result, dry_run=dry_run))


@command.command("duplicates")
@click.option("--area", required=True, help="Code of the country, region or district to look through.")
@click.option("--least", type=click.FloatRange(0, 1), default=0.7, show_default=True, help="Score of a pair.")
def duplicates_command(*, area: str, least: float) -> None:
    """Look for facilities that may be one place, and queue the pairs for a person. Again changes nothing."""
    looked = look_through(wiring().units, area, least)
    click.echo(
        f"{looked.compared} facilities, {looked.nowhere} of them without a position, compared by address alone; "
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
        bar = stack.enter_context(progress(path.name, file.length))
        write = stack.enter_context(RowReport(report))
        doubles = Doubles()
        stack.callback(doubles.close)
        for window in windows(file):
            placed = place_rows([reader.read(raw) for raw in window], known.districts, known.kinds, region)
            rows = list(refuse_doubles(doubles, placed))
            outcomes = [refusal(row) for row in rows if isinstance(row, Refused)]
            for code, batch in batches((row for row in rows if isinstance(row, Placed)), region_of):
                outcomes += _take(units, code, batch, reading.source, dry_run)
            write(sorted(outcomes, key=lambda outcome: outcome.number))
            counts.update(outcome.result for outcome in outcomes)
            bar.update(file.position - bar.pos)
    return counts


def _take(units: Units, region: str, batch: Sequence[Placed], source: str, dry_run: bool) -> list[Outcome]:
    if dry_run:
        return units.read(lambda work: foresee_rows(work.session, region, batch))
    return units.write(lambda work: take_rows(work, region, batch, source))
