"""Compressed pages that are kept ready: a first pull is the same thousands of documents for everybody of a region.

A page is decided by what stands in its name (`PageName`), all of which is looked up anew at every request.
Region, collection, the scopes that the grants open now, position and limit are to the letter the parameters of
the query; epoch and fingerprint stand in the checkpoint at its end; and the highest number of the collection says
that nothing changed in it, because every change of a document takes a higher one (after `flask feed rebuild` the
numbers are the same for the same documents, or the epoch is another). So a tablet gets the very body that its own
query would have given; another grant has other scopes, and with them another name. A restart, whose tombstones
depend on the past of the grants, is never kept.

Pages are forgotten when others are asked for more often: nothing has to be cleared, an old name is never asked for
again.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple

from flask import Flask, Request, current_app

from api.compression import ALGORITHMS
from api.sync.packing import gzip_in_parts
from api.work import Work
from inspection.sync import pulling
from inspection.sync.collections import Collection
from inspection.sync.pulling import Checkpoint
from inspection.sync.tablets import Tablet

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

KEY = "pandus_prepared"
MOST_BYTES = 16 * 1024 * 1024  # in each process, compressed; some thirty pages
SMALLEST = 64 * 1024  # bytes of a plain page; smaller ones are made as fast as they are found
FEWEST = 100  # feed numbers between a checkpoint and the end: below, a page cannot be long
# At the levels of `api/compression.py`. Clients that like brotli best are few; their pages are made each time.
COMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {"zstd": lambda body: zstd.compress(body, level=3), "gzip": gzip_in_parts}
)


class PageName(NamedTuple):
    """All that decides the bytes of a page."""

    region: str
    collection: str
    scopes: tuple[str, ...] | None
    after: int
    limit: int
    epoch: str
    fingerprint: str
    newest: int
    encoding: str


class Page(NamedTuple):
    """A page as it is answered. encoding: how the body is packed, None for not at all."""

    body: bytes
    encoding: str | None


class Pages:
    """The pages that this process keeps, the least recently used ones forgotten first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._looking = Lock()
        self._held: OrderedDict[PageName, bytes] = OrderedDict()
        self._bytes = 0
        self._in_work: dict[PageName, Lock] = {}

    def page(self, name: PageName, make: Callable[[], bytes]) -> Page:
        """The page of this name, compressed if it is long. make: the plain page; by one thread at a time."""
        with self._looking:
            if (found := self._find(name)) is not None:
                return Page(found, name.encoding)
            in_work = self._in_work.setdefault(name, Lock())
        with in_work:
            with self._looking:
                found = self._find(name)  # another thread may have made it meanwhile
            return Page(found, name.encoding) if found is not None else self._made(name, make)

    def held(self) -> Mapping[PageName, bytes]:
        """The pages that are kept now, packed."""
        with self._looking:
            return dict(self._held)

    def _made(self, name: PageName, make: Callable[[], bytes]) -> Page:
        try:
            plain = make()
            if len(plain) < SMALLEST:
                return Page(plain, None)
            packed = COMPRESSORS[name.encoding](plain)
            with self._looking:
                self._hold(name, packed)
            return Page(packed, name.encoding)
        finally:
            with self._looking:
                self._in_work.pop(name, None)

    def _find(self, name: PageName) -> bytes | None:
        found = self._held.get(name)
        if found is not None:
            self._held.move_to_end(name)
        return found

    def _hold(self, name: PageName, packed: bytes) -> None:
        self._held[name] = packed
        self._bytes += len(packed)
        while self._bytes > self._most:
            _, forgotten = self._held.popitem(last=False)
            self._bytes -= len(forgotten)


class Wanted(NamedTuple):
    """What is asked for. limit: of documents; encoding: how the answer is best packed, None for not at all."""

    collection: Collection
    given: Checkpoint
    limit: int
    encoding: str | None


def pull(work: Work, tablet: Tablet, wanted: Wanted) -> Page:
    """A page of documents behind a checkpoint; a long one from those kept ready, if the client unpacks it."""
    collection, given, limit, encoding = wanted

    def plain() -> bytes:
        return pulling.pull(work.session, tablet, collection, given, limit)

    head = pulling.head(work.session, tablet, collection)
    at = pulling.position(tablet, head, given)
    if (
        encoding is None
        or encoding not in COMPRESSORS
        or at.restarting
        or min(limit, head.number - at.number) < FEWEST
    ):
        return Page(plain(), None)
    name = PageName(
        region=collection.region(tablet),
        collection=collection.name,
        scopes=collection.scopes(tablet),
        after=at.number,
        limit=limit,
        epoch=head.epoch,
        fingerprint=tablet.fingerprint,
        newest=pulling.newest(work.session, collection.region(tablet), collection),
        encoding=encoding,
    )
    return _pages().page(name, plain) if name.newest > at.number else Page(plain(), None)


def wanted_encoding(request: Request) -> str | None:
    """How the client wants its answer packed, of several equally liked ways ours; None for not at all."""
    liked = request.accept_encodings
    if any(quality == 0 for _, quality in liked):
        return None  # `api/compression.py` knows what to do with those who are particular
    best = max(ALGORITHMS, key=lambda name: liked[name])
    return best if liked[best] > 0 else None


def _pages() -> Pages:
    app: Flask = current_app
    pages: Pages = app.extensions.get(KEY) or app.extensions.setdefault(KEY, Pages())
    return pages
