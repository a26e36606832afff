"""`flask positions`: where facilities lie, by the fixes of their audits."""

import click

from api.positions import weigh_all
from api.refused import CommandGroup
from api.wiring import wiring

command = CommandGroup("positions", help="Where facilities lie.")


@command.command("weigh")
def weigh() -> None:
    """Weigh the fixes that came and nobody has weighed yet. Workers do it by themselves; twice does no harm."""
    click.echo(f"{weigh_all(wiring().units)} facilities weighed.")
