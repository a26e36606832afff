"""Where a backup is restored to: an empty database of the same kind, nobody's until all of it is there."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import inspect, make_url, text

from api.backup import copying, postgres_tools, unfinished
from api.backup.durable import require_room, sync
from api.backup.manifest import SQLITE, Manifest
from api.backup.refused import BackupRefused
from api.work import Units, Work
from inspection.database import connect
from inspection.snapshots import counts, heads

NOT_EMPTY = "the database has tables already: a backup is restored into an empty one, and nothing is ever removed"
OTHER_ROWS = "the backup is not what its manifest says"
ANOTHER = "another backup was being restored here: end that, or make the database anew"


class Target(Protocol):
    """See the module. url: of the database while it is worked on."""

    @property
    def url(self) -> str: ...

    def refuse(self, manifest: Manifest) -> None:
        """Refuse what is not empty and not what an earlier try at the same backup left. Raises BackupRefused."""

    def load(self, manifest: Manifest, source: Path) -> None:
        """Put all rows into it, unless they are there. Raises BackupRefused."""

    def end(self, work: Work) -> None:
        """What belongs into the last unit."""

    def open(self) -> None:
        """Let others have it, after that unit."""


class SqliteTarget:
    """A file beside the database, which gets its name last."""

    def __init__(self, url: str) -> None:
        self._file = Path(make_url(url).database or "").absolute()
        self._work = unfinished.work_file(self._file)

    @property
    def url(self) -> str:
        """Of the file beside it."""
        return f"sqlite:///{self._work}"

    def refuse(self, manifest: Manifest) -> None:
        """See Target."""
        if not self._file.parent.is_dir():
            raise BackupRefused(f"{self._file.parent} is not there; make it, or mount the disk")
        self._refuse_taken()
        require_room(self._file.parent, 2 * manifest.parts[manifest.database].bytes, "the database")

    def load(self, manifest: Manifest, source: Path) -> None:
        """See Target. Begins anew whatever an earlier try left in the file beside it."""
        self._clear()
        shutil.copyfile(source, self._work)
        self._work.chmod(0o600)
        with _units(self.url) as units:
            refuse_other_rows(units, manifest)

    def end(self, work: Work) -> None:
        """See Target."""

    def open(self) -> None:
        """Give the file its name, with nothing left in a log beside it."""
        with closing(sqlite3.connect(self._work)) as last:
            last.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._refuse_taken()
        sync(self._work)
        self._work.replace(self._file)
        sync(self._file.parent)

    def _refuse_taken(self) -> None:
        left = [log for log in _logs(self._file) if log.exists() and not self._file.exists()]
        if left:  # they would be taken for this database's own
            raise BackupRefused(f"{left[0]} is left of another database: move it away")
        if self._file.exists() and self._file.stat().st_size:
            try:
                with closing(sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True)) as held:
                    taken = held.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            except sqlite3.DatabaseError as error:
                raise BackupRefused(f"{self._file} is there, and is no SQLite database") from error
            if taken:
                raise BackupRefused(NOT_EMPTY)

    def _clear(self) -> None:
        for file in (self._work, *_logs(self._work)):
            file.unlink(missing_ok=True)


class PostgresTarget:
    """An empty database, in which others find nothing until it is whole."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def url(self) -> str:
        """Past the mark."""
        return postgres_tools.past_the_mark(self._url)

    def refuse(self, manifest: Manifest) -> None:
        """See Target."""
        with _units(self.url) as units:
            mark, tables, encoding = units.read(_look)
        if encoding != "UTF8":
            raise BackupRefused(f"the database has the encoding {encoding}; make one with UTF8")
        if tables and mark is None:
            raise BackupRefused(NOT_EMPTY)
        if tables and mark is not None and mark.manifest != manifest.sha256.hex():
            raise BackupRefused(ANOTHER)

    def load(self, manifest: Manifest, source: Path) -> None:
        """See Target. Whole or not at all."""
        with _units(self.url) as units:
            mark, tables, _ = units.read(_look)
            if mark is not None and mark.loaded:
                return
            if not tables:
                units.write(lambda work: unfinished.mark(work, manifest.sha256.hex()))
                server = units.read(lambda work: work.session.scalar(text("SHOW server_version_num")))
                postgres_tools.restore(self._url, int(server or 0) // 10_000, source)
            refuse_other_rows(units, manifest)
            units.write(unfinished.loaded)

    def end(self, work: Work) -> None:
        """See Target."""
        unfinished.unmark(work)

    def open(self) -> None:
        """It is open since the last unit."""


def target_for(url: str) -> Target:
    """The database that an address names."""
    return SqliteTarget(url) if copying.kind_of(url) == SQLITE else PostgresTarget(url)


def refuse_other_rows(units: Units, manifest: Manifest) -> None:
    """Refuse rows that are not those of which the manifest speaks. Raises BackupRefused."""
    held, ends = units.read(lambda work: (counts(work.session), heads(work.session)))
    held.pop(unfinished.TABLE, None)
    for name in sorted(held.keys() | manifest.counts.keys()):
        here, said = held.get(name, "no"), manifest.counts.get(name, "any")
        if here != said:
            raise BackupRefused(f"{OTHER_ROWS}: it has {here} rows of {name}, not {said}")
    if ends != manifest.heads:
        raise BackupRefused(f"{OTHER_ROWS}: its regions end elsewhere")


def _look(work: Work) -> tuple[unfinished.Mark | None, set[str], str]:
    tables = set(inspect(work.session.connection()).get_table_names())
    encoding = str(work.session.scalar(text("SHOW server_encoding")))
    return unfinished.held(work), tables - {unfinished.TABLE}, encoding


def _logs(file: Path) -> tuple[Path, Path]:
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


@contextmanager
def _units(url: str) -> Iterator[Units]:
    engine = connect(url)
    try:
        yield Units(engine)
    finally:
        engine.dispose()
