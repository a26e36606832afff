"""What the domain refuses, said on the command line."""

import click

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
