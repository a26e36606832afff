"""`flask intake`: what tablets and clients sent."""

import click

from api.backlog import understand_backlog
from api.refused import CommandGroup
from api.wiring import wiring

command = CommandGroup("intake", help="What tablets and clients sent.")


@command.command("understand")
def understand() -> None:
    """Understand what is kept and was not understood yet, or waits for something that has come."""
    became = understand_backlog(wiring().units)
    states = ", ".join(f"{count} {state}" for state, count in sorted(became.items()))
    click.echo(f"{became.total()} documents: {states}." if became else "Nothing is waiting.")
    if became["failed"]:
        raise click.ClickException("some documents could not be understood; the log says why, and they are kept")
