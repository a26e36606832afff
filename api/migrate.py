"""Migrations, by Alembic's API and without an ini file.

`migrations/versions/` holds them as `0001_<what>.py`, `0002_...`: numbered, small, never changed once merged.
Alembic is loaded by who migrates: a serving process has 10 MB less for never knowing it.
"""
# ruff: noqa: PLC0415

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Connection, inspect, make_url, text

from api.work import Units
from inspection.database import Base, connect

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parent.parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to a revision; a missing SQLite file is created with its folder.

    url: as `connect` takes it. Two processes that upgrade at once do it one after the other.
    """
    from alembic import command

    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(_config(url), revision)


def write_revision(url: str, message: str) -> Path:
    """Write the next numbered migration from the difference between the database and the tables."""
    from alembic import command

    number = f"{len(list(_scripts().walk_revisions())) + 1:04}"
    command.revision(_config(url), message, autogenerate=True, rev_id=number)
    return Path(_scripts().get_revision(number).path)


def differences(url: str) -> list[str]:
    """What a migrated database lacks or has beyond the tables, a line each; empty means they are equal."""
    engine = connect(url)
    try:
        return Units(engine).read(lambda work: _compare(work.session.connection()))
    finally:
        engine.dispose()


def head() -> str | None:
    """The newest revision in the folder, by the numbers of the files; None while there is none."""
    return max(numbers(), default=None)


def numbers() -> set[str]:
    """The revisions in the folder, by the numbers of the files."""
    return {path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py")}


def held(connection: Connection) -> str | None:
    """The revision a database is at; None if it was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _compare(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found = [str(difference) for difference in compare_metadata(context, Base.metadata)]
    return found + _missing_checks(connection)


def _missing_checks(connection: Connection) -> list[str]:
    """Check constraints by name, which Alembic does not compare."""
    inspector = inspect(connection)
    named = connection.dialect.identifier_preparer.format_constraint
    found = []
    present = set(inspector.get_table_names())  # a missing table is Alembic's to name
    for table in (t for t in Base.metadata.sorted_tables if t.name in present):
        held = {check["name"] for check in inspector.get_check_constraints(table.name)}
        wanted = {named(c) for c in table.constraints if isinstance(c, CheckConstraint) and c.name}
        found += [f"check constraint {name} on {table.name} differs" for name in sorted(held ^ wanted, key=str)]
    return found


def _scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(""))


def _config(url: str) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["url"] = url
    return config
