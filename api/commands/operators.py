"""`flask operators`: what is held about one."""

from typing import Any
from uuid import UUID

import click

from api.encoding import json_bytes
from api.refused import CommandGroup
from api.wiring import wiring
from api.work import Work
from inspection.disclosures import Shown, record_command
from inspection.held_about import about_operator
from inspection.tables.disclosures import Kind

command = CommandGroup("operators", help="Organisations, and persons, that answer for facilities.")


@command.command("export")
@click.argument("operator", type=click.UUID)
@click.option("--reason", help="Stands with the record of who was shown what.")
def export(operator: UUID, reason: str | None) -> None:
    """Print all that is held about an OPERATOR, as JSON: they may be a person. That it was printed is recorded."""

    def read(work: Work) -> dict[str, Any]:
        document = about_operator(work.session, operator, now=work.now)
        shown = Shown(Kind.PERSONAL_DATA, str(operator), reason=reason)
        record_command(work, shown, document["held"]["operators"][0]["home_region"])
        return document

    click.echo(json_bytes(wiring().units.write(read)))
