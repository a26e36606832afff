"""A link that fails: a proxy between tablets and the server that spoils some of what passes, and counts it.

It speaks HTTP/1.1 with one request a connection. What happens to a request is drawn from the seed and from its own
`X-Request-ID`, so that it does not depend on how threads take turns.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from threading import Thread
from typing import Any

HELD_AT_MOST = 2.0  # seconds until a held request goes on although no later one came
LONGEST_DELAY = 0.4  # seconds
LARGEST_HEAD = 64 * 1024


class Fault(StrEnum):
    """What can happen to a request on its way."""

    CUT_BEFORE = "cut before the server"
    CUT_AFTER = "cut after the commit"
    DELAYED = "delayed"
    DOUBLED = "doubled"
    REORDERED = "reordered"
    LATE = "arrived after the sender had given up"
    TRUNCATED_REQUEST = "request truncated"
    TRUNCATED_ANSWER = "answer truncated"
    REFUSED = "server was down"


# How often each is drawn, against a request that passes unharmed.
WEIGHTS: dict[Fault | None, float] = {
    None: 66,
    Fault.CUT_BEFORE: 5,
    Fault.CUT_AFTER: 7,
    Fault.DELAYED: 5,
    Fault.DOUBLED: 5,
    Fault.REORDERED: 3,
    Fault.LATE: 3,
    Fault.TRUNCATED_REQUEST: 3,
    Fault.TRUNCATED_ANSWER: 3,
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; lines: of its head, without the blank one."""

    lines: tuple[bytes, ...]
    body: bytes

    @property
    def id(self) -> str:
        """Its X-Request-ID, or what else tells it from others."""
        return self.header(b"x-request-id") or repr(self.lines[0])

    def header(self, name: bytes) -> str:
        """A header's value; empty if it is not there."""
        for line in self.lines[1:]:
            found, _, value = line.partition(b":")
            if found.strip().lower() == name:
                return value.strip().decode("latin-1")
        return ""

    def spelled(self) -> bytes:
        """The bytes to send, asking the server to close afterwards."""
        kept = [line for line in self.lines if not line.lower().startswith(b"connection:")]
        return b"\r\n".join([*kept, b"Connection: close", b"", b""]) + self.body


class FaultProxy:
    """Listens on a free port of this machine and passes requests on to `upstream`, a port as well."""

    def __init__(self, upstream: int, seed: int) -> None:
        self.counts: Counter[Fault] = Counter()
        self.shortened: set[str] = set()  # requests that arrived whole to all appearance, but were not
        self.passed = 0
        self.port = 0
        self._upstream = upstream
        self._seed = seed
        self._faulty = True
        self._moved = asyncio.Condition()
        self._busy: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "FaultProxy":
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LARGEST_HEAD))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_error: object) -> None:
        self.quiet()
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def quiet(self) -> None:
        """No faults from now on; returns when nothing is on its way any more."""
        self._faulty = False
        self._run(self._drained())

    def _run(self, work: Any) -> Any:
        found: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return found.result(60)

    async def _drained(self) -> None:
        async with self._moved:
            self._moved.notify_all()
        while waiting := {task for task in self._busy if not task.done()}:
            await asyncio.wait(waiting)

    async def _close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._pass_on(await _read_request(reader), writer)
        finally:
            self._busy.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def _draw(self, request: Request) -> tuple[Fault | None, Random]:
        chance = Random(f"{self._seed}/{request.id}")
        drawn = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        return (drawn if self._faulty else None), chance

    async def _pass_on(self, request: Request, writer: asyncio.StreamWriter) -> None:
        fault, chance = self._draw(request)
        if fault is not None:
            self.counts[fault] += 1
        answer = await HANDLERS[fault](self, request, writer, chance)
        self.passed += 1
        async with self._moved:
            self._moved.notify_all()
        if answer is not None:
            writer.write(answer)
            await writer.drain()

    async def _ask(self, request: Request) -> bytes | None:
        """The server's whole answer; None if there is no server, or it went away."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        except ConnectionError:
            self.counts[Fault.REFUSED] += 1
            return None
        try:
            writer.write(request.spelled())
            await writer.drain()
            return await reader.read(-1)
        except ConnectionError:
            self.counts[Fault.REFUSED] += 1
            return None
        finally:
            writer.close()

    async def _ask_with_part(self, request: Request, chance: Random) -> None:
        """Send the head and a part of the body, then nothing more."""
        with suppress(ConnectionError):
            _, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
            whole = request.spelled()
            end = len(whole) - len(request.body)
            writer.write(whole[: chance.randrange(end, len(whole)) if request.body else end // 2])
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.close()

    async def _later(self) -> None:
        """Wait until another request has passed."""
        before = self.passed
        with suppress(TimeoutError):
            async with asyncio.timeout(HELD_AT_MOST), self._moved:
                await self._moved.wait_for(lambda: self.passed > before or not self._faulty)


Handler = Callable[[FaultProxy, Request, asyncio.StreamWriter, Random], Awaitable[bytes | None]]


async def _unharmed(proxy: FaultProxy, request: Request, _writer: Any, _chance: Random) -> bytes | None:
    return await proxy._ask(request)


async def _cut_before(_proxy: FaultProxy, _request: Request, _writer: Any, _chance: Random) -> bytes | None:
    return None


async def _cut_after(proxy: FaultProxy, request: Request, _writer: Any, _chance: Random) -> bytes | None:
    await proxy._ask(request)
    return None


async def _delayed(proxy: FaultProxy, request: Request, _writer: Any, chance: Random) -> bytes | None:
    await asyncio.sleep(chance.uniform(0.02, LONGEST_DELAY))
    return await proxy._ask(request)


async def _doubled(proxy: FaultProxy, request: Request, _writer: Any, chance: Random) -> bytes | None:
    """At once, or one after the other; the sender hears either answer."""
    if chance.random() < 0.5:
        both = await asyncio.gather(proxy._ask(request), proxy._ask(request))
        return both[chance.randrange(2)]
    first = await proxy._ask(request)
    second = await proxy._ask(request)
    return chance.choice((first, second))


async def _reordered(proxy: FaultProxy, request: Request, _writer: Any, _chance: Random) -> bytes | None:
    await proxy._later()
    return await proxy._ask(request)


async def _late(
    proxy: FaultProxy, request: Request, writer: asyncio.StreamWriter, _chance: Random
) -> bytes | None:
    """The sender is cut off and goes on to other things; only then the request arrives."""
    writer.close()
    await proxy._later()
    await proxy._ask(request)
    return None


async def _truncated_request(proxy: FaultProxy, request: Request, _writer: Any, chance: Random) -> bytes | None:
    if request.body and chance.random() < 0.3:  # somebody on the way believes that this is all
        part = request.body[: chance.randrange(len(request.body))]
        kept = tuple(line for line in request.lines if not line.lower().startswith(b"content-length:"))
        proxy.shortened.add(request.id)
        shorter = replace(request, lines=(*kept, b"Content-Length: %d" % len(part)), body=part)
        return await proxy._ask(shorter)
    await proxy._ask_with_part(request, chance)
    return None


async def _truncated_answer(proxy: FaultProxy, request: Request, _writer: Any, chance: Random) -> bytes | None:
    answer = await proxy._ask(request)
    return answer[: chance.randrange(len(answer))] if answer else None


HANDLERS: dict[Fault | None, Handler] = {
    None: _unharmed,
    Fault.CUT_BEFORE: _cut_before,
    Fault.CUT_AFTER: _cut_after,
    Fault.DELAYED: _delayed,
    Fault.DOUBLED: _doubled,
    Fault.REORDERED: _reordered,
    Fault.LATE: _late,
    Fault.TRUNCATED_REQUEST: _truncated_request,
    Fault.TRUNCATED_ANSWER: _truncated_answer,
}


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = await reader.readuntil(b"\r\n\r\n")
    request = Request(tuple(head[:-4].split(b"\r\n")), b"")
    length = int(request.header(b"content-length") or 0)
    return replace(request, body=await reader.readexactly(length))
