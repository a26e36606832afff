"""Starts real servers on free ports of this machine and stops them again."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKERS, THREADS = 2, 4
PATIENCE = 120  # seconds a server may take to listen, or to end


@contextmanager
def serving(app: str, settings: Mapping[str, str]) -> Iterator[int]:
    """granian with 2 processes of 4 threads serving `module:app`; yields its port."""
    port = _free_port()
    command = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--no-ws"]
    path = os.pathsep.join((str(ROOT), str(ROOT / "inspect")))
    process = subprocess.Popen(
        [*command, app],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server on port {port} does not listen")
