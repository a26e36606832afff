"""The databases behind the server: crashed, backed up and restored, on either system."""

import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Protocol

import psycopg

from api import migrate
from tests.servers import postgres
from tests.servers.postgres import PostgresServer

LIVE, BACKUP = "pandus", "pandus_backup"
LOOKS, PAUSE = 300, 0.1


class Store(Protocol):
    """A database of the run's own. Back it up and restore it only while no server runs on it."""

    url: str
    crashes: bool  # whether it is a server of its own that can crash

    def crash(self) -> None: ...

    def back_up(self) -> None: ...

    def restore(self) -> None: ...

    def close(self) -> None: ...


class SqliteStore:
    """A file; what it survives is the kill of the server, which it lives in."""

    crashes = False

    def __init__(self, folder: Path) -> None:
        self._file = folder / "pandus.sqlite3"
        self.backup = folder / "backup.sqlite3"
        self.url = f"sqlite:///{self._file}"
        migrate.upgrade(self.url)

    def crash(self) -> None:
        """Nothing runs that could."""

    def back_up(self) -> None:
        """Copy the file with what is still in its log."""
        with closing(sqlite3.connect(self._file)) as live:
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self._file, self.backup)

    def restore(self) -> None:
        """Put the copy in its place again; what was logged since goes with what it was logged for."""
        for name in ("-wal", "-shm"):
            self._file.with_name(self._file.name + name).unlink(missing_ok=True)
        shutil.copyfile(self.backup, self._file)

    def close(self) -> None:
        """The folder is removed by whoever made it."""


class PostgresStore:
    """A database on a PostgreSQL server of its own, which is crashed and started again."""

    crashes = True

    def __init__(self) -> None:
        self._server = PostgresServer.start()
        self._socket = self._server.socket
        self._own: subprocess.Popen[bytes] | None = None
        # A crash of its processes must lose nothing that was committed; the tests' own setting would.
        self._execute("ALTER ROLE postgres SET synchronous_commit TO on")
        self.url = postgres.create_database(self._socket, LIVE)
        migrate.upgrade(self.url)

    def crash(self) -> None:
        """Stop it as `pg_ctl -m immediate` does, and start it again; it recovers by itself."""
        pid = self._pid()
        os.kill(pid, signal.SIGQUIT)
        _wait_until(lambda: not _is_alive(pid), "PostgreSQL did not stop")
        if self._own is not None:
            self._own.wait(30)
        self._start()

    def back_up(self) -> None:
        """Copy the database."""
        self._copy(LIVE, BACKUP)

    def restore(self) -> None:
        """Put the copy in its place again."""
        self._copy(BACKUP, LIVE)

    def close(self) -> None:
        """Stop the server and remove all it kept."""
        if self._own is not None:
            self._own.send_signal(signal.SIGQUIT)
            self._own.wait(30)
        self._server.stop()

    def _copy(self, source: str, target: str) -> None:
        self._execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('{source}', '{target}')"
        )
        postgres.drop_database(self._socket, target)
        postgres.create_database(self._socket, target, template=source)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self._socket), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def _pid(self) -> int:
        return int((self._socket / "cluster" / "postmaster.pid").read_text().split()[0])

    def _start(self) -> None:
        """The program, owner and settings of the server that crashed, as its own files tell them."""
        folder = self._socket / "cluster"
        command = shlex.split((folder / "postmaster.opts").read_text())
        (folder / "postmaster.pid").unlink(missing_ok=True)
        owner = folder.stat()
        run_as = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": ()} if os.geteuid() == 0 else {}
        with (self._socket / "log").open("ab") as log:
            self._own = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._socket,
                start_new_session=True,
                **run_as,  # type: ignore[call-overload]
            )
        _wait_until(self._is_ready, "PostgreSQL did not start again")

    def _is_ready(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


def _wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    for _ in range(LOOKS):
        if condition():
            return
        Event().wait(PAUSE)
    raise RuntimeError(otherwise)
