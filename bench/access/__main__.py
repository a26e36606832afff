"""See the package."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, thread_time
from typing import Any
from unittest.mock import patch

from flask import request
from redis import Redis

from api import limits, resource
from api.keys import keys
from api.limits import RATES
from api.rates import OwnRates, SharedRates
from api.sync import asking
from api.tablet_tokens import access_token, is_of_tablet, read_access
from api.wiring import wire
from inspection import access
from inspection.database import Base, connect
from inspection.sync import tablets
from inspection.tables.people import Role
from tests.access.stage import Stage, set_stage
from tests.inspection.world import DISTRICT
from tests.servers.postgres import PostgresServer, create_database
from tests.servers.redis import redis_server

WARM, TURNS = 200, 1500
Ask = Callable[[], Any]
Took = tuple[float, float]  # seconds by the clock, and of the processor by this thread


def main() -> None:
    """Measure on both databases."""
    folder = Path(tempfile.mkdtemp(prefix="bench-access-"))
    server = PostgresServer.start()
    try:
        for url in (f"sqlite:///{folder / 'bench.sqlite3'}", create_database(server.socket, "bench")):
            import_module("inspection.tables")
            engine = connect(url)
            Base.metadata.create_all(engine)
            engine.dispose()
            with set_stage(url, folder / engine.dialect.name) as stage:
                print(engine.dialect.name)
                _sign_in(stage)
                _limits(stage)
    finally:
        server.stop()


def _sign_in(stage: Stage) -> None:
    wire(stage.app, stage.real)
    world = stage.scene.world
    person = world.person(Role.INSPECTOR, DISTRICT)
    device = world.device(person)
    until = world.clock() + timedelta(days=1)
    mobile = access_token(keys(stage.real.settings), device, until)
    whose = {
        "a tablet's token": {"HTTP_AUTHORIZATION": f"Bearer {mobile}"},
        "a person's token": {"HTTP_AUTHORIZATION": f"Bearer {person}", "HTTP_DEVICE_ID": str(device)},
    }
    for called, headers in whose.items():
        full = _json(stage, "/sync/facilities/1/pull", headers, "limit=500")
        seen = full["checkpoint"]
        for path, query in (
            ("/sync/facilities/1/pull", f"lwt={seen['lwt']}&id={seen['id']}&limit=100"),
            ("/api/v1/me", ""),
        ):
            ask = _asking(stage, path, headers, query)
            with _known(stage, headers):
                ask()
            signed, known = _in_turns(ask, partial(_within, stage, headers, ask))
            for name, which, at in (
                ("median", 0, 50),
                ("the quickest tenth", 0, 10),
                ("median of our CPU", 1, 50),
            ):
                mine, theirs = (
                    quantiles([took[which] * 1000 for took in each], n=100)[at - 1] for each in (signed, known)
                )
                said = f"{mine:.3f} ms, signed in before {theirs:.3f}, adds {mine - theirs:+.3f}"
                print(f"  {path} by {called}, {name}: {said}")


def _limits(stage: Stage) -> None:
    environ = {"HTTP_AUTHORIZATION": "Bearer x"}
    parts = {"/sync/facilities/1/pull": "GET", "/api/v1/me": "GET"}
    with redis_server() as url:
        shared = SharedRates(Redis.from_url(url, **limits._impatient()))
        for counting, rates in (("in memory", OwnRates()), ("in a Redis", shared)):
            stage.app.extensions[RATES] = rates
            for path, method in parts.items():
                with stage.app.test_request_context(path, method=method, environ_overrides=environ):
                    row = limits.limits_of(method, str(request.url_rule))
                    took = median(_timed(_hold)[0] for _ in range(TURNS))
                print(f"  limits of {path} ({row.kind}), counted {counting}: {took * 1000:.4f} ms")
        shared.close()


def _hold() -> None:
    with suppress(limits.TooManyRequests):
        limits.hold()


@contextmanager
def _known(stage: Stage, headers: Mapping[str, str]) -> Iterator[None]:
    """As if it were known who asks: nothing is read from the token, and nobody is looked up."""
    with ExitStack() as known:
        for place in (resource, asking):
            known.enter_context(patch.object(place, "bearer_token", lambda _: ""))
        for module, what in ((access, "me"), (tablets, "pull")):
            known.enter_context(patch.object(module, "sign_in", _remembered(stage, headers, module.sign_in, what)))
        yield


REMEMBERED: dict[tuple[int, str, str], Any] = {}


def _remembered(
    stage: Stage, headers: Mapping[str, str], really: Callable[..., Any], what: str
) -> Callable[..., Any]:
    key = (id(stage), headers["HTTP_AUTHORIZATION"], what)

    def sign_in(session: Any, _credential: Any, *rest: Any, **more: Any) -> Any:
        if key not in REMEMBERED:
            word = headers["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
            now = more["now"]
            with stage.app.test_request_context("/", environ_overrides=dict(headers)):
                token: Any = read_access(keys(stage.real.settings), word, now) if is_of_tablet(word) else word
            REMEMBERED[key] = really(session, token, *rest, **more)
        return REMEMBERED[key]

    return sign_in


def _within(stage: Stage, headers: Mapping[str, str], ask: Ask) -> Took:
    with _known(stage, headers):
        return _timed(ask)


def _in_turns(one: Ask, other: Callable[[], Took]) -> tuple[list[Took], list[Took]]:
    """What both take, asked in turns."""
    first, second = [], []
    for turn in range(WARM + TURNS):
        if turn % 2:
            mine, theirs = _timed(one), other()
        else:
            theirs, mine = other(), _timed(one)
        if turn >= WARM:
            first.append(mine)
            second.append(theirs)
    return first, second


def _timed(ask: Ask) -> Took:
    begun, worked = perf_counter(), thread_time()
    ask()
    return perf_counter() - begun, thread_time() - worked


def _asking(stage: Stage, path: str, headers: Mapping[str, str], query: str) -> Ask:
    """Asks the application as a server does, without the cost of a client."""
    with stage.app.test_request_context(path, query_string=query, environ_overrides=dict(headers)) as context:
        environ = dict(context.request.environ)

    def ask() -> None:
        told: list[str] = []

        def start(status: str, *_: Any) -> Callable[[bytes], object]:
            told.append(status)
            return told.__contains__

        b"".join(stage.app(dict(environ), start))
        assert told[0].startswith("200"), told

    return ask


def _json(stage: Stage, path: str, headers: Mapping[str, str], query: str) -> Any:
    reply = stage.app.test_client().get(path, query_string=query, environ_overrides=dict(headers), buffered=True)
    assert reply.status_code == 200, reply.text
    return reply.json


if __name__ == "__main__":
    main()
