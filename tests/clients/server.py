"""A real server on a database of the test's own, and a link to it that can be cut."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from urllib.request import urlopen

from tests.house import ROOT

COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
PATIENCE = 300  # looks at a server that is starting, 0.1 s apart
HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Server:
    """`flask serve` in its own processes; its port stays the same over restarts."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.database_url = url
        self.log = folder / "server.log"
        self.photos, self.uploads = folder / "photos", folder / "uploads"
        ours = {
            "PANDUS_DATABASE_URL": url,
            "PANDUS_PORT": str(self.port),
            "PANDUS_PHOTOS": str(self.photos),
            "PANDUS_UPLOAD_FOLDER": str(self.uploads),
            "PANDUS_LOG_ERROR_TEXT": "on",
            "PANDUS_TEND": "off",  # nothing happens but what a client asks for
        }
        rest = {name: value for name, value in os.environ.items() if not name.startswith(("PANDUS_", "FLASK_"))}
        self._environment = rest | ours | settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and come back when it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                COMMAND, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(PATIENCE):
            try:
                with urlopen(f"http://{HOST}:{self.port}/healthz", timeout=5):
                    return
            except OSError:
                assert self._process.poll() is None, self.log.read_text()
                Event().wait(0.1)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        """End every process of it at once, as a power cut does."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@dataclass(frozen=True)
class Fault:
    """What happens to the next request of this method whose path has this part.

    count: bytes of its body that arrive, None: all, and only the answer is lost. until: what has to be true before
    the client hears of the cut. answer: status and body that it gets instead of the server's.
    """

    method: str
    part: str
    count: int | None = None
    until: Callable[[], bool] = lambda: True
    answer: tuple[int, bytes] | None = None


class Link:
    """The way to a server, as a proxy that can lose the answer to what was done, cut a request, or answer itself.

    lost: the requests that met a fault. seen: method, path and headers of every request.
    """

    def __init__(self, port: int) -> None:
        self.lost: list[str] = []
        self.seen: list[tuple[str, str, Mapping[str, str]]] = []
        self._faults: list[Fault] = []
        self._lock = Lock()
        handler = type("Handler", (_Passing,), {"link": self, "upstream": port})
        self._server = ThreadingHTTPServer((HOST, 0), handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = f"http://{HOST}:{self._server.server_port}"

    def lose(self, method: str, part: str) -> None:
        """Lose the next answer to such a request."""
        self._faults.append(Fault(method, part))

    def stop_after(self, method: str, part: str, count: int, until: Callable[[], bool]) -> None:
        """Cut the next such request after so many bytes of its body, once something has come of them."""
        self._faults.append(Fault(method, part, count, until))

    def answer(self, method: str, part: str, status: int, body: bytes) -> None:
        """Answer the next such request in place of the server, which does not hear of it."""
        self._faults.append(Fault(method, part, answer=(status, body)))

    def fault(self, method: str, path: str) -> Fault | None:
        """The fault that this request has to meet, which then is used up."""
        with self._lock:
            found = next((f for f in self._faults if f.method == method and f.part in path), None)
            if found is not None:
                self._faults.remove(found)
                self.lost.append(f"{method} {path}")
            return found

    def close(self) -> None:
        """Stop passing anything."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _look(until: Callable[[], bool]) -> None:
    for _ in range(PATIENCE):
        if until():
            return
        Event().wait(0.1)


class _Passing(BaseHTTPRequestHandler):
    """Hands one request on and its answer back, then closes: what is open can be counted."""

    link: Link
    upstream: int

    def _pass_on(self) -> None:
        self.link.seen.append((self.command, self.path, dict(self.headers)))
        fault = self.link.fault(self.command, self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if fault is not None and fault.answer is not None:
            return self._answer_by_itself(length, *fault.answer)
        upstream = http.client.HTTPConnection(HOST, self.upstream, timeout=60)
        try:
            self._send(upstream, length if fault is None or fault.count is None else fault.count)
            if fault is not None and fault.count is not None:
                _look(fault.until)
                return self._hang_up()
            answer = upstream.getresponse()
            if fault is not None:
                answer.read()
                return self._hang_up()
            return self._answer(answer)
        except (OSError, http.client.HTTPException):
            return self._hang_up()
        finally:
            upstream.close()

    def _send(self, upstream: http.client.HTTPConnection, count: int) -> None:
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "expect"):
                upstream.putheader(name, value)
        upstream.endheaders()
        while count:
            part = self.rfile.read(min(count, 1 << 16))
            if not part:
                break
            upstream.send(part)
            count -= len(part)

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        while part := answer.read1(1 << 16):
            self.wfile.write(part)
            self.wfile.flush()
        self.close_connection = True

    def _answer_by_itself(self, length: int, status: int, body: bytes) -> None:
        self.rfile.read(length)
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # the client may have been faster
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PATCH = do_HEAD = do_DELETE = do_OPTIONS = do_PUT = _pass_on  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the server's own log is kept."""
