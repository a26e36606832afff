"""`flask ranks`: what barriers obstruct, by real use. For cron; twice, or two at once, does no harm."""

import click

from api.ranking import update_all
from api.refused import CommandGroup
from api.wiring import wiring

command = CommandGroup("ranks", help="Which places come first, by the visits that barriers obstruct.")


@command.command("update")
def update() -> None:
    """Rank every audited facility anew, in units of at most 500 of one region; only what changed is written."""
    changed = update_all(wiring().units)
    click.echo(f"{changed} numbers changed.")
