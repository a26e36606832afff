"""One keep-alive connection to a server on this machine, light on the cores it shares with that server."""

import socket
import time
from dataclasses import dataclass
from typing import Self

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: seconds from the first byte sent to the last byte received."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> dict[str, object]:
        """The body, read after the clock was stopped."""
        read: dict[str, object] = orjson.loads(self.body)
        return read


class Client:
    """Sends GET requests over one connection to 127.0.0.1."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        bearer = f"Authorization: Bearer {token}\r\n" if token else ""
        self._head = f"Host: 127.0.0.1:{port}\r\n{bearer}Accept-Encoding: identity\r\n\r\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def get(self, path: str) -> Answer:
        """The answer to one request. Raises ConnectionError when the server hangs up."""
        wire = f"GET {path} HTTP/1.1\r\n{self._head}".encode()
        started = time.perf_counter()
        self._socket.sendall(wire)
        status = self._file.readline()
        if not status:
            raise ConnectionError("the server closed the connection")
        length = 0
        while (line := self._file.readline()) not in (b"\r\n", b""):
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        body = self._file.read(length)
        return Answer(int(status.split()[1]), body, time.perf_counter() - started)
