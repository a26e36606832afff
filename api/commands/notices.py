"""`flask notices`: what operators and officials are told about deadlines. For cron; two at once do no harm."""

from collections import Counter
from pathlib import Path

import click

from api.chores import postman
from api.mail.mailbox import NoMailbox, read_mailbox
from api.refused import CommandGroup
from api.wiring import wiring
from inspection.digests.weeks import week_name

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
    """Decide what is due today, put it into letters and send them; with the digests of the week."""
    carrier = postman(wiring())
    if dry_run:
        foreseen = 0
        for row in carrier.foresee():
            foreseen += 1
            about = f"{row['stage']}, due {row['due_on']}, violation {row['violation_id']}"
            click.echo(f"{row['region_code']}  {row['recipient']}: {about}")
        click.echo(f"{foreseen} notices would fall due; nothing was written.")
        for who, week in carrier.foresee_digests():
            areas = ", ".join(area.code for area in who.areas)
            click.echo(f"{who.recipient}: digest of {week_name(week)} about {areas}")
        return
    made = carrier.decide()
    gathered = carrier.gather()
    queued = carrier.queue_digests()
    became = carrier.deliver()
    digests = f", {queued} digests were queued" if queued else ""
    click.echo(f"{made} notices fell due, {gathered} went into letters{digests}; {_said(became)}.")


@command.command("send")
def send() -> None:
    """Send the letters and digests that wait, without looking for what fell due."""
    carrier = postman(wiring())
    gathered = carrier.gather()
    click.echo(f"{gathered} notices went into letters; {_said(carrier.deliver())}.")


@command.command("bounces")
@click.option("--mailbox", type=click.Path(path_type=Path), help="A Maildir; else that of PANDUS_BOUNCES.")
def bounces(mailbox: Path | None) -> None:
    """Read which letters came back: they are to be delivered by hand."""
    folder = mailbox or (Path(held) if (held := wiring().settings.bounces) else None)
    if folder is None:
        raise click.UsageError("there is no mailbox: set PANDUS_BOUNCES, or give --mailbox")
    try:
        became = read_mailbox(wiring().units, folder)
    except NoMailbox as error:
        raise click.UsageError(str(error)) from None
    words = {
        "came_back": "letters came back",
        "known": "reports of nothing new",
        "not_understood": "mails for a person",
    }
    click.echo(", ".join(f"{became[name]} {word}" for name, word in words.items()) + ".")


def _said(became: Counter[str]) -> str:
    said = [f"{became[name]} letters {word}" for name, word in WORDS.items() if became[name]]
    return ", ".join(said) or "no letter was due"
