"""Bytes from a request into a file, piece by piece, so that what came before a cut is there.

Servers hand over a body by a call that waits until the piece is full, the body ends or the connection is gone, and
a tablet that walked out of reach is none of that for a while. So another thread waits in that call, and the one
that writes can stop for somebody who wants the file, or when nothing comes. It must not answer before that call is
over, though: granian 2.8 then holds the interpreter's lock until the connection is gone, and the whole process
stands still. Whoever stops early therefore lets go of the file first and then waits.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from io import FileIO
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import IO, Any

PIECE = 16 * 1024  # bytes; what a hand-over may lose at most, of the piece that is being read
AHEAD = 16  # pieces read and not written yet
TICK = 0.1  # seconds between two looks at whether to go on
IDLE = 30.0  # seconds without a single piece


class End(Enum):
    """How a body ended."""

    WHOLE = "whole"
    CUT = "cut"
    WANTED = "wanted"
    IDLE = "idle"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Received:
    """How many bytes were written, and why no more."""

    count: int
    end: End


def receive(
    body: "Pump",
    file: FileIO,
    *,
    declared: int | None,
    most: int,
    stop: Callable[[], bool],
    digest: Any | None = None,
    idle: float = IDLE,
) -> Received:
    """Write a body into a file from where it stands.

    declared: the length that the request says, None if it says none; a body that ends before was cut. most: bytes
    that are written at most. stop: whether somebody else wants the file. digest: is given the same bytes.
    """
    count = 0
    quiet = 0.0
    left: int | None = None  # pieces that had come when somebody else wanted the file: they are written first
    for piece in body.pieces():
        if left is None and stop():
            left = body.waiting() + (piece is not None)
        if left == 0:
            return Received(count, End.WANTED)
        if piece is None:
            quiet += TICK
            if quiet >= idle:
                return Received(count, End.IDLE)
            continue
        quiet = 0.0
        if count + len(piece) > most:
            return Received(count, End.TOO_LONG)
        _write(file, piece)
        count += len(piece)
        if digest is not None:
            digest.update(piece)
        if left is not None:
            left -= 1
            if left == 0:
                return Received(count, End.WANTED)
    cut = body.failed or (declared is not None and count < declared)
    return Received(count, End.CUT if cut else End.WHOLE)


def _write(file: FileIO, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) or 0 :]


class Pump:
    """Reads a body in a thread of its own, a little ahead, from the first time that it is asked for pieces.

    Left early, it waits until the call that reads is over: for the next piece, or for the connection to go.
    """

    def __init__(self, body: IO[bytes]) -> None:
        self.failed = False
        self._body = body
        self._left = Event()
        self._read: Queue[bytes] = Queue(AHEAD)
        self._thread: Thread | None = None

    def __enter__(self) -> "Pump":
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        if self._thread is not None:
            self._thread.join()

    def waiting(self) -> int:
        """How many pieces were read and not asked for yet."""
        return self._read.qsize()

    def pieces(self) -> Iterator[bytes | None]:
        """The pieces as they come, and None whenever none came for TICK seconds."""
        self._thread = Thread(target=self._run, daemon=True, name="upload")
        self._thread.start()
        while True:
            try:
                piece = self._read.get(timeout=TICK)
            except Empty:
                yield None
                continue
            if not piece:
                return
            yield piece

    def _run(self) -> None:
        piece = b"-"
        while piece:
            try:
                piece = self._body.read(PIECE)
            except Exception:  # each server has its own for a connection that is gone
                self.failed = True
                piece = b""
            while not self._left.is_set():
                with suppress(Full):
                    self._read.put(piece, timeout=TICK)
                    break
            else:
                return
