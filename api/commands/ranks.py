"""`flask ranks`: what barriers obstruct, by real use. For cron; twice, or two at once, does no harm."""

import click

from api.ranking import update_all, update_due
from api.refused import CommandGroup
from api.wiring import wiring

command = CommandGroup("ranks", help="Which places come first, by the visits that barriers obstruct.")


@command.command("update")
@click.option("--due", is_flag=True, help="Only what something became known of since, and whom that moves.")
def update(due: bool) -> None:
    """Rank every facility anew, in units of at most 500 of one region; only what changed is written.

    Once a night, because statements run out; every few minutes with --due, for what the day brings.
    """
    changed = (update_due if due else update_all)(wiring().units)
    click.echo(f"{changed} numbers changed.")
