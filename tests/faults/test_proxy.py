"""The proxy does to a request what it says, and counts it."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.faults import proxy
from tests.faults.link import Link, LinkDown
from tests.faults.process import free_port
from tests.faults.proxy import Fault, FaultProxy

BODY = {"note": "шаг 🙂" * 50}


class Upstream(ThreadingHTTPServer):
    """Remembers the bodies that reached it whole."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.heard: list[bytes] = []


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return
        assert isinstance(self.server, Upstream)
        self.server.heard.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def link(upstream: Upstream) -> Iterator[Link]:
    with FaultProxy(upstream.server_address[1], seed=1) as between:
        yield Link(between.port, "test", {})


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda fault: monkeypatch.setattr(proxy, "WEIGHTS", {fault: 1})


def test_what_is_not_spoiled_comes_through_as_it_was(upstream: Upstream, link: Link, only: Any) -> None:
    only(None)
    assert link.ask("POST", "/", BODY).document() == BODY
    assert len(upstream.heard) == 1


@pytest.mark.parametrize(
    ("fault", "arrives", "answered"),
    [
        (Fault.CUT_BEFORE, 0, False),
        (Fault.CUT_AFTER, 1, False),
        (Fault.DELAYED, 1, True),
        (Fault.DOUBLED, 2, True),
        (Fault.REORDERED, 1, True),
        (Fault.LATE, 1, False),
        (Fault.TRUNCATED_ANSWER, 1, False),
    ],
)
def test_a_fault_does_what_it_says_and_is_counted(
    upstream: Upstream,
    only: Any,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    *,
    arrives: int,
    answered: bool,
) -> None:
    monkeypatch.setattr(proxy, "HELD_AT_MOST", 0.1)
    only(fault)
    with FaultProxy(upstream.server_address[1], seed=1) as between:
        link = Link(between.port, "test", {})
        if answered:
            assert link.ask("POST", "/", BODY).document() == BODY
        else:
            with pytest.raises(LinkDown):
                link.ask("POST", "/", BODY).document()
        between.quiet()
        assert between.counts == {fault: 1}
    assert len(upstream.heard) == arrives


def test_a_truncated_request_never_arrives_whole(upstream: Upstream, link: Link, only: Any) -> None:
    only(Fault.TRUNCATED_REQUEST)
    for _ in range(12):
        with pytest.raises(LinkDown):
            link.ask("POST", "/", BODY).document()
    assert upstream.heard
    assert all(len(body) < len(json.dumps(BODY, ensure_ascii=False).encode()) for body in upstream.heard)


def test_a_held_request_arrives_after_one_that_was_sent_later(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    fates = {"held-1": Fault.REORDERED, "quick-1": None}
    monkeypatch.setattr(FaultProxy, "_draw", lambda _self, request: (fates[request.id], None))
    with FaultProxy(upstream.server_address[1], seed=1) as between:
        held = Thread(target=lambda: Link(between.port, "held", {}).ask("POST", "/", "held"))
        held.start()
        while not between.counts:
            pass
        Link(between.port, "quick", {}).ask("POST", "/", "quick")
        held.join()
    assert upstream.heard == [b'"quick"', b'"held"']


def test_when_nobody_listens_the_sender_hears_nothing_and_it_is_counted() -> None:
    with FaultProxy(free_port(), seed=1) as between:
        between.quiet()
        with pytest.raises(LinkDown):
            Link(between.port, "test", {}).ask("POST", "/", BODY)
        assert between.counts == {Fault.REFUSED: 1}


def test_the_same_seed_and_request_meet_the_same_fate() -> None:
    requests = [proxy.Request((b"POST / HTTP/1.1", b"X-Request-ID: a-%d" % n), b"") for n in range(300)]
    fates = [[FaultProxy(1, seed)._draw(request)[0] for request in requests] for seed in (1, 1, 2)]
    assert fates[0] == fates[1] != fates[2]
    assert set(fates[0]) == set(proxy.WEIGHTS)
