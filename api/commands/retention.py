"""`flask retention`: what about people has come of age is erased."""

import click

from api.erasing import erase, terms, what_is_due
from api.photo_store import current_store
from api.refused import CommandGroup
from api.wiring import wiring

command = CommandGroup("retention", help="How long what is about people is kept.")


@command.command("run")
@click.option("--dry-run", is_flag=True, help="Only say what would be erased.")
def run(dry_run: bool) -> None:
    """Erase what has come of age; every night `tend` does it. How long what is kept: docs/privacy.md."""
    parts = wiring()
    kept = terms(parts.settings)
    counted = what_is_due(parts.units, kept) if dry_run else erase(parts.units, kept, current_store())
    for name, rows in counted.items():
        if rows:
            click.echo(f"{rows:9,} {name}")
    said = "would be erased" if dry_run else "erased"
    click.echo(f"{counted.total()} rows {said}.")
