"""Live streams against the real server: a change ends or pokes them, and too many never starve a pull."""

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import pytest

from inspection.database import connect
from inspection.tables.people import Role
from tests.api.installations import stamp
from tests.clients.server import Server
from tests.clock import Clock
from tests.inspection.world import DISTRICT, NEIGHBOUR, World, sessions_on

STREAMS = 3


@pytest.fixture
def world(fresh_url: str, clock: Clock, new_id: Any) -> Iterator[World]:
    """The small world in the database that the server serves."""
    stamp(fresh_url)
    engine = connect(fresh_url)
    yield World(sessions_on(engine), clock, new_id)
    engine.dispose()


@pytest.fixture
def served(world: World, fresh_url: str, tmp_path: Path) -> Iterator[Server]:
    """The server with few threads and few streams."""
    settings = {"PANDUS_STREAMS": str(STREAMS), "PANDUS_WORKERS": "1", "PANDUS_THREADS": "2"}
    server = Server(fresh_url, tmp_path, **settings)
    server.start()
    yield server
    server.kill()


class Stream:
    """An open stream."""

    def __init__(self, served: Server, path: str, person: UUID) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        self.connection.request("GET", f"/sync/{path}", headers={"Authorization": f"Bearer {person}"})
        self.answer = self.connection.getresponse()

    def line(self) -> str:
        """The next line; empty when the stream has ended."""
        return self.answer.readline().decode()

    def close(self) -> None:
        """Go away."""
        self.connection.close()


def test_the_stream_of_a_collection_ends_when_it_changed_and_not_before(served: Server, world: World) -> None:
    watcher = world.person(Role.INSPECTOR, DISTRICT)
    with closing(Stream(served, "facilities/1/pullStream", watcher)) as stream:
        assert stream.answer.status == 200
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        unkept = {name: stream.answer.headers[name] for name in ("Cache-Control", "X-Accel-Buffering")}
        assert unkept == {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # or a proxy holds it back
        assert (stream.line(), stream.line()) == ("retry: 1000\n", "\n")
        world.facility(district_code=NEIGHBOUR)  # not theirs: at most a sign of life
        assert (stream.line(), stream.line()) == (": keep-alive\n", "\n")
        world.facility(district_code=DISTRICT)
        while (line := stream.line()) != "":
            assert line in (": keep-alive\n", "\n")


def test_the_stream_of_all_names_what_changed_and_goes_on(served: Server, world: World) -> None:
    with closing(Stream(served, "pullStream", world.inspector)) as stream:
        assert (stream.line(), stream.line()) == ("retry: 1000\n", "\n")
        for _ in range(2):
            facility = world.facility()
            assert _data(stream) == {"collections": ["facilities"]}
        world.audited(facility, {"entrance-step": 0.05})
        assert {"audits", "violations"} <= set(_data(stream)["collections"])


def _data(stream: Stream) -> dict[str, list[str]]:
    while not (line := stream.line()).startswith("data: "):
        assert line, "the stream ended"
    found: dict[str, list[str]] = json.loads(line.removeprefix("data: "))
    return found


def test_one_stream_too_many_is_sent_away_for_a_minute_and_pulls_never_wait(served: Server, world: World) -> None:
    with ExitStack() as opened:
        for _ in range(STREAMS):
            stream = opened.enter_context(closing(Stream(served, "pullStream", world.inspector)))
            assert stream.line() == "retry: 1000\n"
        beyond = opened.enter_context(closing(Stream(served, "pullStream", world.inspector)))
        assert (beyond.answer.status, beyond.line(), beyond.line(), beyond.line()) == (
            200,
            "retry: 60000\n",
            "\n",
            "",
        )
        begun = monotonic()
        for _ in range(20):
            with closing(Stream(served, "facilities/1/pull?limit=5", world.inspector)) as pull:
                assert pull.answer.status == 200
        assert monotonic() - begun < 5


def test_a_stream_needs_a_token(served: Server) -> None:
    with closing(Stream(served, "pullStream", UUID(int=1))) as stream:
        assert stream.answer.status == 401
        assert json.loads(stream.answer.read())["error"] is True
