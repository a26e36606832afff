"""The mark of a backup that is being restored, or was and never ended: nobody may serve what is half there.

On PostgreSQL it is a table, and whoever does not know of it finds no other table in the database, cron jobs that
send letters among them: sessions begin in a schema that does not exist. On SQLite all is made in a file beside the
database, which gets its name last; that file is the mark.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, make_url, text

from api.backup.refused import BackupRefused
from api.work import Units, Work
from inspection.database import connect

TABLE = "pandus_restoring"
NOWHERE = "pandus_is_being_restored"  # a schema that is never made
SUFFIX = ".restoring"
SAID = "a backup is being restored into this database, or was and never came to its end: run `flask restore` again"


@dataclass(frozen=True, slots=True)
class Mark:
    """Which backup is being restored. manifest: 64 hexadecimal digits; loaded: all of its rows are there."""

    manifest: str
    loaded: bool


def work_file(database: Path) -> Path:
    """The file in which an SQLite database is restored."""
    return database.with_name(database.name + SUFFIX)


def refuse_half_restored(url: str) -> None:
    """Refuse a database into which a backup is being restored. Changes nothing. Raises BackupRefused."""
    if (file := _file(url)) is not None:
        found = file.exists()
    else:
        engine = connect(url)
        try:
            found = Units(engine).read(held) is not None
        finally:
            engine.dispose()
    if found:
        raise BackupRefused(SAID)


def is_half_restored(work: Work, url: str) -> bool:
    """The same, for who has a unit open."""
    return file.exists() if (file := _file(url)) is not None else held(work) is not None


def _file(url: str) -> Path | None:
    parsed = make_url(url)
    return work_file(Path(parsed.database or "")) if parsed.get_backend_name() == "sqlite" else None


def held(work: Work) -> Mark | None:
    """The mark in a database; None where nothing is being restored."""
    if not inspect(work.session.connection()).has_table(TABLE, schema="public"):
        return None
    row = work.session.execute(text(f"SELECT manifest, loaded FROM public.{TABLE}")).one()  # noqa: S608 - our own
    return Mark(row.manifest, bool(row.loaded))


def mark(work: Work, manifest: str) -> None:
    """Mark a PostgreSQL database, and hide what comes into it from everybody who does not know of the mark."""
    said = (
        f"DROP TABLE IF EXISTS {TABLE}",
        f"CREATE TABLE {TABLE} (manifest varchar NOT NULL, loaded boolean NOT NULL)",
        f"GRANT SELECT ON {TABLE} TO PUBLIC",
        f"INSERT INTO {TABLE} VALUES ('{bytes.fromhex(manifest).hex()}', false)",  # noqa: S608 - hexadecimal
        f"ALTER DATABASE {_name(work)} SET search_path = {NOWHERE}",
    )
    for statement in said:
        work.session.execute(text(statement))


def loaded(work: Work) -> None:
    """Say that all rows are there."""
    work.session.execute(text(f"UPDATE {TABLE} SET loaded = true"))  # noqa: S608 - our own name


def unmark(work: Work) -> None:
    """Take the mark away, in the unit that ends the restore."""
    work.session.execute(text(f"DROP TABLE {TABLE}"))
    work.session.execute(text(f"ALTER DATABASE {_name(work)} RESET search_path"))


def _name(work: Work) -> str:
    name = str(work.session.scalar(text("SELECT current_database()")))
    return work.session.connection().dialect.identifier_preparer.quote_identifier(name)
