"""PostgreSQL's own programs for copies: found, compared with the server, run without a password in arguments."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.util import immutabledict

from api.backup.refused import BackupRefused

DEBIAN = Path("/usr/lib/postgresql")
LOCK_WAIT = "--lock-wait-timeout=60s"  # a migration that runs is waited for, and no longer
IN_THE_OPEN = "-c search_path=public"


def dump(url: str, server: int, snapshot: str, target: Path) -> None:
    """Write what a snapshot shows into a file. server: its major version. Raises BackupRefused."""
    program = tool("pg_dump", server)
    how = ["--format=custom", "--no-owner", "--no-privileges", LOCK_WAIT, f"--snapshot={snapshot}"]
    _run([str(program), *how, f"--file={target}", f"--dbname={_address(url)}"], _environment(url))
    _run([str(program.with_name("pg_restore")), "--list", str(target)], {})  # or nobody could read it


def restore(url: str, server: int, source: Path) -> None:
    """Put a dump into an empty database, whole or not at all. Raises BackupRefused."""
    how = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    command = [str(tool("pg_restore", server)), *how, f"--dbname={_address(url)}", str(source)]
    _run(command, _environment(url))


def tool(name: str, server: int) -> Path:
    """The newest program of this name on the machine. Raises BackupRefused if it is older than the server."""
    found = [(version, path) for path in _candidates(name) if (version := _version(path)) is not None]
    if not found:
        raise BackupRefused(f"{name} is not on this machine: install the client programs of PostgreSQL {server}")
    version, path = max(found)
    if version < server:
        raise BackupRefused(
            f"{name} {version} is older than the server, which is {server}; install that of {server}"
        )
    return path


def past_the_mark(url: str) -> str:
    """The address of a database whose tables are hidden while it is restored, for whoever restores it."""
    parsed = make_url(url)
    options = f"{parsed.query.get('options', '')} {IN_THE_OPEN}".strip()
    return parsed.update_query_dict({"options": options}).render_as_string(hide_password=False)


def _candidates(name: str) -> Sequence[Path]:
    # Debian's own first: what it puts on the path is a script that chooses one by cluster.
    on_path = shutil.which(name)
    return [*sorted(DEBIAN.glob(f"*/bin/{name}")), *([Path(on_path)] if on_path else [])]


def _version(program: Path) -> int | None:
    try:
        said = subprocess.run(  # noqa: S603 - found above
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    read = re.search(r"\d+", said)
    return int(read[0]) if read else None


def _address(url: str) -> str:
    """As PostgreSQL's programs read it: without the password, which every user of the machine could see."""
    parsed = make_url(url)
    query = {name: value for name, value in parsed.query.items() if name != "options"}
    plain = parsed._replace(drivername="postgresql", password=None, query=immutabledict(query))
    place, mark, rest = plain.render_as_string().partition("?")
    return place + mark + rest.replace("+", "%20")  # they do not read a plus as a space


def _environment(url: str) -> dict[str, str]:
    parsed = make_url(past_the_mark(url))
    secret = {} if parsed.password is None else {"PGPASSWORD": str(parsed.password)}
    return {"PGOPTIONS": str(parsed.query["options"]), **secret}


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        name = Path(command[0]).name
        raise BackupRefused(f"{name} failed: {said[0] if said else f'exit code {done.returncode}'}")
