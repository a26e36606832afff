"""`flask checklists`: publish a catalogue file."""

from pathlib import Path

import click

from api.backlog import understand_backlog
from api.refused import CommandGroup
from api.wiring import wiring
from inspection.catalogue_file import CatalogueRefused, read_checklist
from inspection.checklists import publish
from inspection.countries import COUNTRIES

command = CommandGroup("checklists", help="Published versions of the catalogue of criteria.")


@command.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--country", type=click.Choice(sorted(COUNTRIES)), default="KZ", show_default=True)
@click.option("--dry-run", is_flag=True, help="Only check the file.")
def publish_file(file: Path, country: str, dry_run: bool) -> None:
    """Check a catalogue file and publish it as an immutable version."""
    try:
        checklist = read_checklist(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as broken:
        raise click.ClickException(f"{file} is not UTF-8: byte {broken.start + 1} cannot be read") from broken
    except CatalogueRefused as refused:
        lines = [
            f"{file}:{e['line']}: {e['pointer']}: {e['reason']}; {e['accepted']}"
            for e in refused.members["errors"]
        ]
        raise click.ClickException("\n".join([str(refused), *lines])) from refused
    said = f"{checklist.key} {checklist.version}: {len(checklist.criteria)} criteria"
    if dry_run:
        click.echo(f"{said}; the file is fit to be published.")
        return
    made, new = wiring().units.write(lambda work: publish(work, country, checklist, by=None))
    click.echo(f"{said}; {'published' if new else 'was published before'} for {country} as {made}.")
    if waited := understand_backlog(wiring().units)["taken"]:
        click.echo(f"{waited} audits that waited were taken in.")
