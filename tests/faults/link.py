"""One tablet's connection: requests over a link that may fail at any moment."""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 20.0  # seconds


class LinkDown(Exception):
    """No whole answer came: nobody knows whether the request arrived."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. headers: by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """A header that has to be there. Raises LinkDown if it is not: the answer was cut off before it."""
        if name not in self.headers:
            raise LinkDown(f"the answer has no {name}")
        return self.headers[name]

    def refusal(self) -> str:
        """Status and kind of a refusal, without what differs from one request to the next."""
        try:
            problem = json.loads(self.body)
        except ValueError:
            return f"{self.status} {self.body[:200]!r}"
        members = problem if isinstance(problem, dict) else {}
        kept = {name: members.get(name) for name in ("type", "errors") if name in members}
        return f"{self.status} {json.dumps(kept, ensure_ascii=False)[:300]}"

    def document(self) -> Any:
        """The JSON of the body. Raises LinkDown if it is cut off, as for any answer that did not come."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise LinkDown("the answer is no JSON") from error


class _Head:
    """The stream of a reply, that remembers the last line which was read from it."""

    def __init__(self, stream: Any) -> None:
        self.last = b""
        self._stream = stream

    def readline(self, *limit: int) -> bytes:
        self.last = self._stream.readline(*limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Reply(http.client.HTTPResponse):
    """A reply whose headers came to their end. The library takes what came before a cut for all of them."""

    def begin(self) -> None:
        head = _Head(self.fp)
        self.fp: Any = head
        super().begin()
        if head.last not in (b"\r\n", b"\n"):
            raise http.client.HTTPException("the answer ends within its headers")


@dataclass(slots=True)
class Link:
    """Sends requests one at a time, each on a connection of its own.

    name: begins the ids of its requests, from which the proxy draws what happens to them.
    """

    port: int
    name: str
    headers: dict[str, str]
    sent: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def last(self) -> str:
        """The id of the last request."""
        return f"{self.name}-{self.sent}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request; a body that is not bytes goes as JSON. Raises LinkDown."""
        self.sent += 1
        said = {**self.headers, "X-Request-ID": self.last, "Connection": "close"}
        spelled = body
        if body is not None and not isinstance(body, bytes):
            spelled = json.dumps(body, ensure_ascii=False).encode()
            said["Content-Type"] = "application/json"
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.response_class = _Reply
        try:
            connection.request(method, path, spelled, said)
            reply = connection.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException) as error:
            raise LinkDown(str(error)) from error
        finally:
            connection.close()
        self.statuses[reply.status] = self.statuses.get(reply.status, 0) + 1
        return Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, content)
