"""The feed that tablets pull: made anew from the tables, or declared to have another past."""

from collections.abc import Callable
from typing import Any

import click
from flask.cli import with_appcontext

from api.refused import CommandGroup
from api.wiring import wiring
from api.work import Units, Work
from inspection.sync import rebuilding
from inspection.sync.touched import OUTCOMES

CHUNK = 200
Step = Callable[[Work, str, Any, int], tuple[Any, set[str]]]


@click.group("feed", cls=CommandGroup)
def command() -> None:
    """What tablets pull."""


@command.command("rebuild")
@with_appcontext
def rebuild() -> None:
    """Make the feed anew from the tables.

    Rows that are right keep their numbers; where one is wrong, the region gets a new epoch.
    """
    units = wiring().units
    wrong = rebuild_all(units)
    if not wrong:
        click.echo("The feed says what the tables say; nothing was changed.")
        return
    click.echo(f"Mended the feeds of {', '.join(sorted(wrong))}; their tablets will read them from the beginning.")


@command.command("new-epoch")
@with_appcontext
def new_epoch() -> None:
    """Let every tablet read from the beginning and prove what it holds: after a backup was restored."""
    count = wiring().units.write(rebuilding.new_epoch)
    click.echo(f"{count} feeds have a new epoch.")


def rebuild_all(units: Units) -> set[str]:
    """Compare every document with its row, in small units of work; returns the regions where one was wrong."""
    wrong: set[str] = set()
    for collection in rebuilding.COLLECTIONS:
        wrong |= _go_through(units, rebuilding.write_missing, collection)
        if collection != OUTCOMES:
            wrong |= _go_through(units, rebuilding.bury_strays, collection)
    if wrong:
        units.write(lambda work: rebuilding.new_epoch(work, wrong))
    return wrong


def _go_through(units: Units, step: Step, collection: str) -> set[str]:
    wrong: set[str] = set()
    reached: Any = None
    while True:
        reached, found = units.write(lambda work: step(work, collection, reached, CHUNK))  # noqa: B023 - run at once
        wrong |= found
        if reached is None:
            return wrong
