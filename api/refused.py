"""What the domain refuses, said on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from inspection.errors import InspectionError, InvalidInput

MOST = 20  # faults that are listed


class CommandRefused(click.ClickException):
    """A refusal as sentences: where, why, and what would be accepted."""

    def __init__(self, error: InspectionError) -> None:
        faults = error.faults if isinstance(error, InvalidInput) else ()
        lines = [
            f"  {f.pointer.lstrip('/')}: {f.reason}; accepted: {f.accepted}".replace("  : ", "  ") for f in faults
        ]
        if len(lines) > MOST:
            lines[MOST:] = [f"  and {len(lines) - MOST} more"]
        super().__init__("\n".join([error.message, *lines]))


class CommandGroup(AppGroup):
    """A group of commands; what the domain or the database refuses is said in sentences, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        with said_in_sentences():
            return super().invoke(ctx)


@contextmanager
def said_in_sentences() -> Iterator[None]:
    """Within this, what the domain or the database refuses ends the command with sentences."""
    try:
        yield
    except InspectionError as refusal:
        raise CommandRefused(refusal) from refusal
    except (OperationalError, ProgrammingError) as error:
        said = str(error.orig).splitlines()[0]
        hint = "If it has no tables yet, `.venv/bin/flask --app wsgi db upgrade` makes them."
        raise click.ClickException(f"the database refused: {said}. {hint}") from error
