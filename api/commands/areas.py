"""`flask areas`: boundaries of administrative areas."""

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import click

from api.refused import CommandGroup, CommandRefused
from api.row_reports import harmless
from api.terminal import on_one_line
from api.wiring import wiring
from api.work import Work
from inspection.areas import AreaReport, Edition, import_areas, known_codes, newest_edition
from inspection.boundary_file import AreaRecord, BoundaryFile, read_boundaries
from inspection.countries import local_date
from inspection.errors import InspectionError
from inspection.grant_moves import StrandedGrant, follow, stranded_grants, successors
from inspection.reassigning import Reassignment, foresee, reassign, regions

command = CommandGroup("areas", help="Administrative areas and their boundaries.")

DAY = click.DateTime(["%Y-%m-%d"])


Foreseen = tuple[list[Reassignment], Sequence[StrandedGrant]]
COLUMNS = (
    *("home_region", "facility_id", "name", "fate"),
    *("from_region", "from_district", "to_region", "to_district"),
)


class _DryRun(Exception):
    """Carries the reports out of a unit that is to leave nothing behind."""

    def __init__(self, reports: list[AreaReport]) -> None:
        super().__init__()
        self.reports = reports


@command.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--edition", help="Id of the edition, for example kz-2024; by default the newest of the country.")
@click.option("--valid-from", type=DAY, help="First day of a new edition; by default today.")
@click.option("--attribution", default="", help="Whose boundaries they are, as it has to be shown.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option(
    "--changes", type=click.Path(path_type=Path, dir_okay=False), help="With --dry-run: CSV of facilities."
)
def import_command(
    files: tuple[Path, ...],
    *,
    edition: str | None,
    valid_from: datetime | None,
    attribution: str,
    dry_run: bool,
    changes: Path | None,
) -> None:
    """Take in boundaries from GeoJSON FILES: regions before their districts, or both at once.

    All files are taken in or none. The same files again change nothing.
    """
    units = wiring().units
    first_day = valid_from.date() if valid_from else None

    def take(work: Work) -> list[AreaReport]:
        records = _read(files, known_codes(work.session))
        countries = sorted({record.country for record in records})
        if edition and len(countries) > 1:
            raise click.UsageError(f"--edition names one edition, and the files are of {' and '.join(countries)}")
        reports = []
        for country in countries:
            facts = _edition(work, country, edition, first_day, attribution)
            of_country = [record for record in records if record.country == country]
            reports.append(import_areas(work, of_country, facts))
        if dry_run:
            show(foreseen(work, first_day), changes)
            raise _DryRun(reports)
        return reports

    try:
        reports = units.write(take)
    except _DryRun as tried:
        reports = tried.reports
    except InspectionError as error:
        raise CommandRefused(error) from None
    for report in reports:
        click.echo(
            f"{report.edition_id}: {report.created} created, {report.renamed} renamed, "
            f"{report.redrawn} drawn, {report.unchanged} unchanged" + (" (dry run)" if dry_run else "")
        )


def _read(files: Sequence[Path], known: frozenset[str]) -> list[AreaRecord]:
    records: list[AreaRecord] = []
    for path in files:
        try:
            file: BoundaryFile = read_boundaries(path, known=known | {record.code for record in records})
        except InspectionError as error:
            error.message = f"{path.name}: {error.message}"
            raise
        for remark in file.remarks:
            click.echo(f"{path.name} {remark.pointer}: {remark.done}", err=True)
        records += file.records
    return records


def _edition(work: Work, country: str, named: str | None, first_day: date | None, attribution: str) -> Edition:
    newest = newest_edition(work.session, country)
    if newest is not None and named in (None, newest.id):
        return Edition(newest.id, first_day or newest.valid_from, attribution or newest.attribution)
    day = first_day or local_date(work.now, country)
    return Edition(named or f"{country.lower()}-{day.year}", day, attribution)


@command.command("reassign")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--changes", type=click.Path(path_type=Path, dir_okay=False), help="CSV of all that lie elsewhere.")
def reassign_command(dry_run: bool, changes: Path | None) -> None:
    """Give every facility the district that the boundaries of today put it in, with all its documents.

    Works in small units and can be interrupted at any time: run again, it goes on with what is left.
    """
    units = wiring().units
    show(units.read(foreseen), changes)
    if dry_run:
        return
    moved = asked = outside = 0
    for region in units.read(lambda work: regions(work.session)):
        after: UUID | None = None
        while (done := units.write(partial(reassign, region=region, after=after))).last is not None:
            after = done.last
            moved, asked, outside = moved + done.moved, asked + done.asked, outside + done.outside
    click.echo(f"{moved} facilities moved, {asked} asked about, {outside} outside every outline left as they are.")


@command.command("move-grants")
@click.argument("old")
@click.argument("new")
def move_grants(old: str, new: str) -> None:
    """Take the grants in force in OLD, an area that is no more, to NEW, which came in its place.

    Tablets belong to a region: who works in another one from now on enrols theirs anew (`flask people tablet`).
    """
    moved = wiring().units.write(partial(follow, left=old, entered=new))
    click.echo(f"{moved} grants moved from {old} to {new}.")


def foreseen(work: Work, first_day: date | None = None) -> Foreseen:
    """What the boundaries of today, or of a later first day, would change."""
    day = max(first_day or date.min, local_date(work.now, "KZ"))
    return list(foresee(work.session, day)), stranded_grants(work.session, day, work.now)


def show(found: Foreseen, changes: Path | None) -> None:
    """A line for each pair of areas and each stranded grant, and all facilities in a CSV file."""
    listed, stranded = found
    click.echo(f"{len(listed)} facilities lie elsewhere by these boundaries.")
    pairs = Counter(
        (f.from_district or f.from_region, f.to_district or f.to_region or "-", f.fate.value) for f in listed
    )
    for (left, entered, fate), count in sorted(pairs.items()):
        click.echo(f"{left:<16}{entered:<16}{fate:<9}{count}")
    went = successors(listed, {grant.area_code for grant in stranded})
    for grant in stranded:
        name = on_one_line(grant.name)
        click.echo(f"grant in an area that is no more: {grant.area_code} {grant.role} {name}")
    for area in sorted(went):
        counts = ", ".join(f"{code} ({count})" for code, count in went[area].most_common()) or "nowhere"
        click.echo(f"the facilities of {area} go to: {counts}")
    if stranded:
        click.echo("`flask areas move-grants OLD NEW` takes the grants of an area along.")
    if changes is not None:
        with changes.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            rows.writerows([harmless(getattr(each, name)) for name in COLUMNS] for each in listed)
