"""Live streams: they say that something changed, never what; the tablet pulls.

A stream holds a thread and no connection. One thread of the process looks at the heads of the regions once a
second and wakes those whose region moved on. A worker carries a bounded number of streams on threads of their own,
so pulling and pushing always find one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore, Condition, Event, Thread
from time import monotonic

import orjson
import structlog
from flask import Blueprint, Flask, Response, current_app, request

from api.sync.asking import Asking, known_collection
from api.wiring import KEY as WIRING
from api.wiring import Wiring, wiring
from api.work import Units
from inspection.sync.changes import changed_since, feed_numbers
from inspection.sync.collections import COLLECTIONS, Collection
from inspection.sync.tablets import Tablet

blp = Blueprint("streams", __name__)
KEY = "pandus_streams"
EVERY = 1.0  # seconds between two looks at the heads
KEEP_ALIVE = 15.0
LONGEST = 300.0  # then the tablet comes anew, and its grants are looked at anew
FULL = b"retry: 60000\n\n"
BEGIN = b"retry: 1000\n\n"
NOTHING_NEW = b": keep-alive\n\n"

log = structlog.get_logger("pandus.streams")
Numbers = dict[str, int]


class Heads:
    """The last feed numbers of the regions, as far as this process looked; it looks only while somebody waits."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._moved = Condition()
        self._numbers: Numbers = {}
        self._waiting = 0
        self._watching = False

    def wait(self, seen: Numbers, seconds: float) -> Numbers:
        """The numbers of the regions of `seen`, as soon as one is higher; the same ones when the time is over."""
        with self._moved:
            self._waiting += 1
            if not self._watching:
                self._watching = True
                Thread(target=self._watch, name="streams", daemon=True).start()
            self._moved.wait_for(lambda: self._now(seen) != seen, seconds)
            self._waiting -= 1
            return self._now(seen)

    def _now(self, seen: Numbers) -> Numbers:
        return {region: max(number, self._numbers.get(region, 0)) for region, number in seen.items()}

    def _watch(self) -> None:
        while True:
            found = self._look()
            with self._moved:
                self._numbers |= found
                self._moved.notify_all()
                if self._waiting == 0:
                    self._watching = False
                    return
            Event().wait(EVERY)

    def _look(self) -> Numbers:
        try:
            return self._units.read(lambda work: feed_numbers(work.session))
        except Exception:  # the database is away: the streams live on, and the next look may find it
            log.exception("heads_not_seen")
            return {}


@dataclass(frozen=True, slots=True)
class Streams:
    """What the streams of a process share. free: how many more it carries."""

    heads: Heads
    free: BoundedSemaphore


def equip(app: Flask) -> None:
    """Let this application carry as many streams as its settings say."""
    parts: Wiring = app.extensions[WIRING]
    app.extensions[KEY] = Streams(Heads(parts.units), BoundedSemaphore(parts.settings.streams))


@blp.get("/<name>/<int:version>/pullStream")
def of_collection(name: str, version: int) -> Response:
    """Ends when this collection changed: whatever client it is, it comes again and pulls."""
    return _open([known_collection(name, version)], lambda _names: None)


@blp.get("/pullStream")
def of_all() -> Response:
    """Names the collections that changed, and goes on."""
    return _open(list(COLLECTIONS.values()), lambda names: b"data: %s\n\n" % orjson.dumps({"collections": names}))


Poke = Callable[[list[str]], bytes | None]


def _open(collections: Sequence[Collection], poke: Poke) -> Response:
    """A stream of these collections. poke: what is sent when some of them changed; None: the stream ends."""
    asking, units = Asking(request), wiring().units
    streams: Streams = current_app.extensions[KEY]
    tablet, numbers = units.read(lambda work: (asking.sign_in(work), feed_numbers(work.session)))
    if not streams.free.acquire(blocking=False):
        return _events(iter([FULL]))
    seen = {region: numbers.get(region, 0) for region in (tablet.region, tablet.country)}
    response = _events(_stream(units, streams.heads, tablet, collections, seen, poke))
    response.call_on_close(streams.free.release)
    return response


def _stream(  # noqa: PLR0917 - what a stream needs once its request is over
    units: Units, heads: Heads, tablet: Tablet, collections: Sequence[Collection], seen: Numbers, poke: Poke
) -> Iterator[bytes]:
    yield BEGIN
    end = monotonic() + LONGEST
    while monotonic() < end:
        now = heads.wait(seen, KEEP_ALIVE)
        moved = {region: number for region, number in seen.items() if now[region] != number}
        names = units.read(lambda work: changed_since(work.session, tablet, collections, moved)) if moved else []  # noqa: B023
        seen = now
        if not names:
            yield NOTHING_NEW
        elif (said := poke(names)) is not None:
            yield said
        else:
            return


def _events(events: Iterator[bytes]) -> Response:
    response = Response(events, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response
