"""`flask notices`: what operators and officials are told about deadlines. For cron; two at once do no harm."""

from collections import Counter

import click

from api.mail.postman import Postman
from api.mail.sending import way
from api.photo_store import current_store
from api.refused import CommandGroup
from api.wiring import wiring

command = CommandGroup("notices", help="What operators and officials are told about deadlines.")


@command.command("run")
@click.option("--dry-run", is_flag=True, help="Say who would get what, and write nothing.")
def run(dry_run: bool) -> None:
    """Decide what is due today, put it into letters and send them."""
    postman = _postman()
    if dry_run:
        foreseen = 0
        for row in postman.foresee():
            foreseen += 1
            about = f"{row['stage']}, due {row['due_on']}, violation {row['violation_id']}"
            click.echo(f"{row['region_code']}  {row['recipient']}: {about}")
        click.echo(f"{foreseen} notices would fall due; nothing was written.")
        return
    made = postman.decide()
    gathered = postman.gather()
    became = postman.deliver()
    click.echo(f"{made} notices fell due, {gathered} went into letters; {_said(became)}.")


@command.command("send")
def send() -> None:
    """Send the letters that wait, without looking for what fell due."""
    postman = _postman()
    gathered = postman.gather()
    click.echo(f"{gathered} notices went into letters; {_said(postman.deliver())}.")


def _postman() -> Postman:
    parts = wiring()
    return Postman(parts.units, way(parts.settings.mail), parts.settings.mail_from, _photo)


def _photo(sha256: bytes) -> bytes:
    return current_store().public(sha256)  # opened by the first letter that has photos


def _said(became: Counter[str]) -> str:
    words = {"sent": "sent", "put_off": "put off", "failed": "left to people", "dropped": "dropped"}
    said = [f"{became[name]} letters {word}" for name, word in words.items() if became[name]]
    return ", ".join(said) or "no letter was due"
