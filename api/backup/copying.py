"""A database as it is at one moment, in one file, while others go on writing to it; and what it said then.

All of it is read in one unit, so that the file and what is said of it are of the same moment. On PostgreSQL that
unit lends its snapshot to pg_dump; SQLite's own backup reads through the connection of the unit.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text

from api import migrate
from api.backup import postgres_tools
from api.backup.manifest import DATABASE, POSTGRESQL, SQLITE
from api.backup.photo_list import Wanted, write_lines
from api.backup.refused import BackupRefused
from api.work import Units, Work
from inspection import snapshots
from inspection.snapshots import Head, Numbers

DUMPED = 4  # times smaller than its database a dump is, at least: it has no indexes and is packed


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a database was at one moment."""

    schema: str
    taken_at: datetime
    counts: Mapping[str, int]
    heads: Sequence[Head]
    numbers: Sequence[Numbers]


def kind_of(url: str) -> str:
    """Which kind of database an address names."""
    return SQLITE if make_url(url).get_backend_name() == "sqlite" else POSTGRESQL


def size_of(units: Units, url: str) -> int:
    """Bytes that a copy takes, about. Raises BackupRefused for a file that is not there."""
    if kind_of(url) == POSTGRESQL:
        asked = text("SELECT pg_database_size(current_database())")
        return (units.read(lambda work: work.session.scalar(asked)) or 0) // DUMPED
    file = Path(make_url(url).database or "")
    if not file.is_file():
        raise BackupRefused(f"there is no database at {file}")
    return sum(each.stat().st_size for each in (file, file.with_name(f"{file.name}-wal")) if each.exists())


def copy(units: Units, url: str, folder: Path, wanted: Path) -> Snapshot:
    """Write a copy of the database into a folder, and which bytes it names into a file. Raises BackupRefused."""

    def take(work: Work) -> Snapshot:
        # The first statement decides what moment the whole unit sees.
        if kind_of(url) == POSTGRESQL:
            for setting in (
                "TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "LOCAL idle_in_transaction_session_timeout = 0",
            ):
                work.session.execute(text(f"SET {setting}"))
        snapshot = _look(work)
        stored = snapshots.stored_bytes(work.session)
        write_lines(wanted, (Wanted(each.sha256.hex(), each.size, each.public) for each in stored))
        target = folder / DATABASE[kind_of(url)]
        if kind_of(url) == POSTGRESQL:
            _dump(work, url, target)
        else:
            _back_up(work, target)
        return snapshot

    return units.read(take)


def refuse_broken(file: Path) -> None:
    """Refuse an SQLite file that is not sound. Nothing is written beside it. Raises BackupRefused."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as held:
            said = held.execute("PRAGMA integrity_check(1)").fetchone()[0]
            loose = held.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{file} is no SQLite database, or a broken one: {error}") from error
    if said != "ok":
        raise BackupRefused(f"the database is broken: {said}")
    if loose is not None:
        raise BackupRefused(f"the database is broken: a row of {loose[0]} points at nothing in {loose[2]}")


def _look(work: Work) -> Snapshot:
    session = work.session
    schema = migrate.held(session.connection())
    if schema is None:
        raise BackupRefused("this database was never migrated: there is nothing to back up")
    return Snapshot(
        schema, work.now, snapshots.counts(session), snapshots.heads(session), snapshots.numbers(session)
    )


def _back_up(work: Work, target: Path) -> None:
    driver: Any = work.session.connection().connection.driver_connection
    with closing(sqlite3.connect(target)) as copied:
        # In one step, which sees what this unit sees; in several it would begin anew whenever somebody writes.
        driver.backup(copied)


def _dump(work: Work, url: str, target: Path) -> None:
    server = int(work.session.scalar(text("SHOW server_version_num")) or 0) // 10_000
    shared = str(work.session.scalar(text("SELECT pg_export_snapshot()")))
    postgres_tools.dump(url, server, shared, target)
