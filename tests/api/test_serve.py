"""The real server in its own processes: it starts, answers, and stops cleanly."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from api.commands.serve import addresses
from api.settings import Settings
from tests.house import ROOT

COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
PATIENCE = 200  # looks at a server that is starting, 0.1 s apart


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    ours = {"PANDUS_DATABASE_URL": f"sqlite:///{folder}/deep/pandus.sqlite3", "PANDUS_PORT": str(port)}
    ours["PANDUS_TEND"] = "off"  # nothing happens but what a test asks for
    rest = {name: value for name, value in os.environ.items() if not name.startswith(("PANDUS_", "FLASK_"))}
    return rest | ours | more


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(folder: Path, port: int, **more: str) -> Iterator["subprocess.Popen[str]"]:
    """A server that answers, alone in its process group as on a terminal."""
    process = subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=environment(folder, port, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        for _ in range(PATIENCE):
            try:
                if ask(port, "/healthz")[0] == 200:
                    break
            except (URLError, ConnectionError):
                assert process.poll() is None, process.communicate()
                Event().wait(0.1)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def ask(port: int, path: str, **request: Any) -> tuple[int, Any]:
    try:
        with urlopen(Request(f"http://127.0.0.1:{port}{path}", **request), timeout=20) as reply:
            return reply.status, json.load(reply)
    except HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_server_answers_and_stops_without_a_word_of_alarm(
    tmp_path: Path, port: int, stop: signal.Signals
) -> None:
    with server(tmp_path, port, PANDUS_TEND="on") as process:
        assert ask(port, "/readyz")[0] == 200
        assert ask(port, "/api/v1/me")[0] == 401
        sent = {"data": b"x" * 3000, "headers": {"Content-Type": "text/plain"}, "method": "POST"}
        assert ask(port, "/api/v1/me", **sent)[0] == 405
        if stop == signal.SIGINT:
            os.killpg(process.pid, stop)  # Ctrl-C reaches every process of the terminal
        else:
            process.send_signal(stop)
        said, logged = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/api/v1/docs" in said
    assert "Traceback" not in said + logged
    lines = [json.loads(line) for line in logged.splitlines()]
    assert [line["status"] for line in lines if line["event"] == "request"][-2:] == [401, 405]
    assert [line for line in lines if line["level"] != "info"] == []


def test_a_taken_port_is_said_in_one_sentence_before_anything_is_made(tmp_path: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", port), reuse_port=True):
        done = subprocess.run(
            COMMAND, cwd=ROOT, env=environment(tmp_path, port), capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().count("\n") == 0
    assert f"127.0.0.1:{port}" in done.stderr
    assert "PANDUS_PORT" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_settings_stop_every_command_with_sentences(tmp_path: Path, port: int) -> None:
    wrong = environment(tmp_path, port, PANDUS_WORKERS="many", PANDUS_PROT="8000")
    done = subprocess.run(COMMAND, cwd=ROOT, env=wrong, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "PANDUS_WORKERS must be a whole number from 1 to 64" in done.stderr
    assert "PANDUS_PROT is no setting" in done.stderr


def test_an_address_of_ipv6_is_printed_in_brackets() -> None:
    assert "http://[::1]:8000/api/v1" in addresses(Settings(host="::1"))[0]
    assert any(line.endswith("http://[::1]:8000/console/") for line in addresses(Settings(host="::1")))


def test_who_tends_ends_with_the_server_that_started_it_however_that_ends(tmp_path: Path, port: int) -> None:
    with server(tmp_path, port, PANDUS_TEND="on") as process:
        running = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
        tends = [pid for pid in running if parent_of(pid) == process.pid and "tend" in command_of(pid)]
        assert len(tends) == 1
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        for _ in range(PATIENCE):
            if "tend" not in command_of(tends[0]):
                break
            Event().wait(0.1)
        assert "tend" not in command_of(tends[0])


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def command_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []
