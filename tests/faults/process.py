"""The real server as its own processes: started, killed without a word, started again."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.house import ROOT

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
LOOKS, PAUSE = 300, 0.1  # at a server that is starting, seconds apart
SLOW_COMMAND = 120  # seconds
# Its input ends when we end, however that happens; then it kills the group that was left behind.
KEEPER = "cat >/dev/null; kill -KILL -- -$0"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server(Protocol):
    """An installation that serves. examines: whether it looks at the photos that come."""

    examines: bool

    @property
    def port(self) -> int: ...

    @property
    def originals(self) -> Path: ...

    def start(self) -> None: ...

    def kill(self) -> None: ...

    def run(self, *words: str) -> str: ...

    def logged(self) -> Iterator[dict[str, Any]]: ...


@dataclass(slots=True)
class ServerProcess:
    """One installation of Pandus: its settings, its log, and the processes that serve it.

    folder: for its log and files. command: what stands before `serve` and the other commands.
    """

    url: str
    folder: Path
    workers: int = 2
    command: Sequence[str] = FLASK
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    starts: int = 0
    examines: bool = True
    _process: "subprocess.Popen[bytes] | None" = None
    _keeper: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        """Where all its processes write."""
        return self.folder / "server.log"

    @property
    def originals(self) -> Path:
        """Where it keeps the bytes of photos as they came."""
        return self.folder / "photos" / "originals"

    def start(self) -> None:
        """Start and wait until it answers. Raises RuntimeError with the end of its log if it does not."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.command, "serve"],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        group = str(self._process.pid)
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, group], stdin=subprocess.PIPE, start_new_session=True
        )
        self.starts += 1
        for _ in range(LOOKS):
            if self._answers():
                return
            if self._process.poll() is not None:
                break
            Event().wait(PAUSE)
        self.kill()
        raise RuntimeError(f"the server did not start: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL to all its processes; harmless when it does not run."""
        if self._process is None or self._keeper is None:
            return
        self._keeper.kill()
        self._keeper.communicate()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)
        self._process = None
        while self._listens():  # a worker is reaped a moment after its parent
            Event().wait(0.02)

    def run(self, *words: str) -> str:
        """Run one of its commands and return what it printed. Raises RuntimeError if it fails."""
        done = subprocess.run(
            [*self.command, *words],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=SLOW_COMMAND,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout[-1000:]}{done.stderr[-3000:]}")
        return done.stdout

    def logged(self) -> Iterator[dict[str, Any]]:
        """The lines of the log that are JSON, oldest first."""
        for line in self.log.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                try:
                    yield json.loads(line)
                except ValueError:  # cut off by a kill
                    continue

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as reply:
                return bool(reply.status == 200)
        except HTTPError as refused:
            refused.close()
            return False
        except (URLError, OSError):
            return False

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _environment(self) -> dict[str, str]:
        rest = {name: value for name, value in os.environ.items() if not name.startswith(("PANDUS_", "FLASK_"))}
        ours = {
            "PANDUS_DATABASE_URL": self.url,
            "PANDUS_PORT": str(self.port),
            "PANDUS_TEND": "off",  # what understands is the server, and nobody beside it
            "PANDUS_WORKERS": str(self.workers),
            "PANDUS_PHOTOS": str(self.folder / "photos"),
            "PANDUS_UPLOAD_FOLDER": str(self.folder / "uploads"),
        }
        return rest | ours | self.settings
