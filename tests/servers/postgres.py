"""A throw-away PostgreSQL server for one run of the tests.

Debian's binaries are taken when they are there, else those of the wheel that requirements/pgserver.txt locks.
The server listens on a unix socket in a folder of its own and on no port, so it can meet nobody else's server,
and no other user of the machine can reach it. It ends with the process that started it, also when that is killed.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = Path("/usr/lib/postgresql")
WHEEL = ROOT / ".venv" / "pgserver"
NEEDED = ("initdb", "postgres")

# Nothing here has to survive a crash. Deadlocks are looked for early because tests make them on purpose.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "deadlock_timeout": "100ms",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

# This shell outlives a killed test run: its input ends when the run ends, however that happens, and then it stops
# the server by its pid and removes the folder. It is the server's parent, so that no zombie stays behind where
# process 1 is no init. `jobs` is asked because a shell counts a dead child as running until it has looked.
KEEPER = """
folder=$1 bin=$2 options=$3 pid=
start() {
    "$bin/initdb" -D "$folder/cluster" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync || return 1
    "$bin/postgres" -D "$folder/cluster" $options </dev/null &
    pid=$!
    for _ in $(seq 600); do
        grep -qs '^ready' "$folder/cluster/postmaster.pid" && return 0
        jobs
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}
if start >"$folder/log" 2>&1; then
    echo ready
    cat >/dev/null
else
    tail -n 5 "$folder/log"
fi
[ -z "$pid" ] || { kill -QUIT "$pid" && wait "$pid"; } 2>/dev/null
rm -rf -- "$folder" 2>/dev/null
"""


class PostgresUnavailable(Exception):
    """No PostgreSQL could be started; says in one sentence what was tried."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server of our own.

    socket: folder of the unix socket; the only way in.
    """

    socket: Path
    _keeper: "subprocess.Popen[str]"

    @classmethod
    def start(cls) -> Self:
        """A fresh, empty server; raises PostgresUnavailable if none can be started."""
        binaries = _binaries()
        offer_programs()
        # Short on purpose: the path of a socket may have 107 bytes, and TMPDIR can be anything.
        folder = Path(tempfile.mkdtemp(prefix="pandus-postgres-", dir="/tmp"))
        owner = _owner()
        if owner is not None:
            binaries = _copy_for(owner, binaries, folder)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        settings = {**SETTINGS, "unix_socket_directories": str(folder)}
        keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "sh", str(folder), str(binaries), _options(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LC_ALL": "C.UTF-8"},
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=() if owner else None,
            start_new_session=True,  # Ctrl-C is for the tests; the server must outlive their tear-down
        )
        server = cls(folder, keeper)
        if (said := _stream(keeper.stdout).readline()) != "ready\n":
            said += _stream(keeper.stdout).read()
            server.stop()
            raise PostgresUnavailable(f"PostgreSQL from {binaries} did not start: {' '.join(said.split())}")
        server._prove_it_is_ours()
        return server

    def stop(self) -> None:
        """Stop the server and remove all it kept; harmless when it is already gone."""
        for stream in (self._keeper.stdin, self._keeper.stdout):
            _stream(stream).close()
        self._keeper.wait(timeout=60)

    def url(self, database: str) -> str:
        """Address for SQLAlchemy of a database on this server."""
        return url(self.socket, database)

    def _prove_it_is_ours(self) -> None:
        """Nothing is created before the server that answers has named our folder as its own."""
        with _maintenance(self.socket) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        if row is None or Path(row[0]) != self.socket / "cluster":
            self.stop()
            raise PostgresUnavailable(f"the server at {self.socket} keeps its rows in {row}: it is not ours.")


def url(socket: Path, database: str) -> str:
    """Address for SQLAlchemy of a database behind a socket."""
    return f"postgresql+psycopg://postgres@/{database}?host={socket}"


def create_database(socket: Path, name: str, *, template: str = "template0") -> str:
    """Make a database as a copy of `template`, which nobody may be connected to; returns its address."""
    names = sql.Identifier(name), sql.Identifier(template)
    with _maintenance(socket) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(*names))
    return url(socket, name)


def drop_database(socket: Path, name: str) -> None:
    """Remove a database, also from under connections that a failed test left open."""
    with _maintenance(socket) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _maintenance(socket: Path) -> "psycopg.Connection[tuple[str, ...]]":
    return psycopg.connect(host=str(socket), user="postgres", dbname="postgres", autocommit=True)


def _options(settings: dict[str, str]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _stream(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the keeper was started without pipes")
    return stream


def _owner() -> pwd.struct_passwd | None:
    """Whom the server runs as: root hands it to an ordinary user, because PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresUnavailable("PostgreSQL cannot run as root, and this machine has no user postgres or nobody.")


def _copy_for(owner: pwd.struct_passwd, binaries: Path, folder: Path) -> Path:
    """Debian's binaries as they are; a copy of the wheel's, which may lie where only root can look."""
    if binaries.is_relative_to(DEBIAN):
        return binaries
    # Whole, because its programs find their libraries by the way from the one to the other.
    copy = shutil.copytree(WHEEL, folder / "wheel", ignore=shutil.ignore_patterns("include"))
    for path in (copy, *copy.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    return copy / binaries.relative_to(WHEEL)


def _binaries() -> Path:
    """Folder of the newest server binaries; installs the wheel if there are none.

    Raises PostgresUnavailable if that fails too.
    """
    if found := newest(DEBIAN.glob("*/bin")):
        return found
    if found := newest(WHEEL.glob("*/pginstall*/bin")):
        return found
    lock = ROOT / "requirements" / "pgserver.txt"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps"]
    done = subprocess.run(
        [*pip, "--only-binary=:all:", "--require-hashes", "--target", str(WHEEL), "-r", str(lock)],
        capture_output=True,
        text=True,
        check=False,
    )
    if found := newest(WHEEL.glob("*/pginstall*/bin")):
        return found
    last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
    raise PostgresUnavailable(
        f"the tests need PostgreSQL: there is none in {DEBIAN} ('apt-get install postgresql' brings it), "
        f"and the wheel in {lock.name} could not be installed ({last})."
    )


def offer_programs() -> None:
    """Let commands find the wheel's pg_dump on their path, where Debian has none."""
    if not any(DEBIAN.glob("*/bin/pg_dump")) and (found := newest(WHEEL.glob("*/pginstall*/bin"))):
        os.environ["PATH"] = f"{found}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def newest(folders: Iterable[Path]) -> Path | None:
    """Of the folders that hold a whole server, the one with the highest version; None if there is none."""
    whole = [folder for folder in folders if all(os.access(folder / name, os.X_OK) for name in NEEDED)]
    return max(whole, key=_version, default=None)


def _version(folder: Path) -> tuple[int, ...]:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])
