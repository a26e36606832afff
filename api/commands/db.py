"""`flask db`: migrations."""

import tempfile
from pathlib import Path

import click

from api import migrate
from api.backup.unfinished import refuse_half_restored
from api.database_roles import NoRoles, grant
from api.refused import CommandGroup
from api.wiring import wiring

command = CommandGroup("db", help="Bring the database to the tables this code expects.")


@command.command()
def upgrade() -> None:
    """Run the migrations that the database lacks."""
    refuse_half_restored(wiring().settings.database_url)
    migrate.upgrade(wiring().settings.database_url)
    click.echo(f"The database is at {migrate.head()}.")


@command.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write the next migration from the difference between the migrations and the tables."""
    with tempfile.TemporaryDirectory() as folder:
        url = _migrated(folder)
        click.echo(migrate.write_revision(url, message))


@command.command()
def check() -> None:
    """Fail if the migrations and the tables differ."""
    with tempfile.TemporaryDirectory() as folder:
        found = migrate.differences(_migrated(folder))
    if found:
        raise click.ClickException("the tables differ from the migrations:\n" + "\n".join(found))
    click.echo("The migrations make the tables.")


@command.command("grant")
@click.argument("role")
def grant_role(role: str) -> None:
    """Let a ROLE of PostgreSQL work as the application: it adds to the journal and cannot rewrite it.

    Run by the owner of the tables, and again after each upgrade; servers then sign in by the role.
    """
    try:
        grant(wiring().settings.database_url, role)
    except NoRoles as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"{role} may do what the application does.")


def _migrated(folder: str) -> str:
    """A scratch database made by the migrations alone, so that nobody's own database decides what is missing."""
    url = f"sqlite:///{Path(folder) / 'scratch.sqlite3'}"
    migrate.upgrade(url)
    return url
