"""`flask settle`: what changes by time alone. For a nightly job; twice, or two at once, does no harm."""

import click

from api.refused import CommandGroup
from api.wiring import wiring
from inspection.settling import resettle_due

command = CommandGroup("settle", help="What follows from the histories of facilities.")


@command.command("due")
def due() -> None:
    """Settle the facilities where a waiver has run out or a told date has passed: reopen, queue follow-ups."""
    done = 0
    while settled := wiring().units.write(resettle_due):
        done += settled
    click.echo(f"{done} facilities settled.")
