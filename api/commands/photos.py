"""`flask photos`: looking at photos that have come, and clearing away uploads that never ended."""

import click
from flask import current_app

from api.examination import ExaminationFailed, Examiner
from api.refused import CommandGroup
from api.uploads.door import KEY
from api.wiring import wiring

command = CommandGroup("photos", help="Photos of audits.")


@command.command("examine")
def examine() -> None:
    """Look at every stored photo that nobody has looked at yet. Each in a process of its own, under limits."""
    parts = wiring()
    try:
        became = Examiner(parts.units, parts.settings).run()
    except ExaminationFailed as failed:
        said = f"an examination failed ({failed}); the photo is kept and will be tried again"
        raise click.ClickException(said) from failed
    states = ", ".join(f"{count} {state}" for state, count in sorted(became.items()))
    click.echo(f"{became.total()} photos: {states}." if became else "Nothing is waiting.")


@command.command("sweep")
def sweep() -> None:
    """Delete uploads that are past their time, with what had come of them. Stored photos stay."""
    swept = current_app.extensions[KEY].sweep()
    click.echo(f"{swept} uploads swept.")
