"""`flask notices`: what operators and officials are told about deadlines. For cron; two at once do no harm."""

from collections import Counter

import click

from api.chores import postman
from api.refused import CommandGroup
from api.wiring import wiring

WORDS = {
    "sent": "sent",
    "put_off": "put off",
    "failed": "left to people",
    "cancelled": "cancelled",
    "elsewhere": "taken by somebody else",
}

command = CommandGroup("notices", help="What operators and officials are told about deadlines.")


@command.command("run")
@click.option("--dry-run", is_flag=True, help="Say who would get what, and write nothing.")
def run(dry_run: bool) -> None:
    """Decide what is due today, put it into letters and send them."""
    carrier = postman(wiring())
    if dry_run:
        foreseen = 0
        for row in carrier.foresee():
            foreseen += 1
            about = f"{row['stage']}, due {row['due_on']}, violation {row['violation_id']}"
            click.echo(f"{row['region_code']}  {row['recipient']}: {about}")
        click.echo(f"{foreseen} notices would fall due; nothing was written.")
        return
    made = carrier.decide()
    gathered = carrier.gather()
    became = carrier.deliver()
    click.echo(f"{made} notices fell due, {gathered} went into letters; {_said(became)}.")


@command.command("send")
def send() -> None:
    """Send the letters that wait, without looking for what fell due."""
    carrier = postman(wiring())
    gathered = carrier.gather()
    click.echo(f"{gathered} notices went into letters; {_said(carrier.deliver())}.")


def _said(became: Counter[str]) -> str:
    said = [f"{became[name]} letters {word}" for name, word in WORDS.items() if became[name]]
    return ", ".join(said) or "no letter was due"
