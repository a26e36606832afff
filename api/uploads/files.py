"""Uploads on their way: a file each, which one request at a time may write.

The lock is the operating system's, on the file itself: it ends with the process that held it. Whoever wants a file
that is locked leaves a mark beside it; the one who writes looks for it between two pieces, stops and lets go.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from io import FileIO
from pathlib import Path
from uuid import UUID

from api.uploads.protocol import Locked

PAUSE = 0.05  # seconds between two looks at a lock
PATIENCE = 4.0  # seconds in which the one who holds it has to let go
PARTIAL, WANTED = ".part", ".wanted"


@dataclass(frozen=True, slots=True)
class HeldFile:
    """The file of an upload while it is locked for us."""

    path: Path
    file: FileIO
    wanted: Path

    @property
    def size(self) -> int:
        """Bytes that are there: what counts, whatever a table says."""
        return os.fstat(self.file.fileno()).st_size

    def is_wanted(self) -> bool:
        """Whether somebody else waits for the lock."""
        return self.wanted.exists()

    def append_at(self, offset: int) -> FileIO:
        """The file, for writing from there on; what lay behind is cut off."""
        self.file.truncate(offset)
        self.file.seek(offset)
        return self.file

    def sync(self) -> None:
        """Have what was written survive a power cut."""
        os.fsync(self.file.fileno())

    def remove(self) -> None:
        """Delete it; whoever waits for the lock then finds out."""
        self.path.unlink(missing_ok=True)
        self.wanted.unlink(missing_ok=True)


class PartialFiles:
    """The folder of uploads on their way. All processes that receive uploads must share it."""

    def __init__(self, folder: Path, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._folder = folder
        self._pause = pause

    @property
    def folder(self) -> Path:
        """The folder, made if it is missing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    @contextmanager
    def hold(self, upload_id: UUID, *, patience: float = PATIENCE) -> Iterator[HeldFile]:
        """Lock the file of an upload, which is made if it is missing. Raises Locked after `patience` seconds."""
        path = self.folder / f"{upload_id}{PARTIAL}"
        wanted = path.with_suffix(WANTED)
        looks = max(1, round(patience / PAUSE))
        for look in range(looks):
            if look:
                wanted.touch()
                self._pause(PAUSE)
            file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
            with file:
                if _lock(file, path):
                    wanted.unlink(missing_ok=True)
                    yield HeldFile(path, file, wanted)
                    return
        raise Locked("another request is writing this upload; try again in a moment")

    def ids(self) -> list[UUID]:
        """The uploads that have a file, sorted."""
        return sorted(UUID(file.stem) for file in self.folder.glob(f"*{PARTIAL}"))


def _lock(file: FileIO, path: Path) -> bool:
    try:
        flock(file.fileno(), LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    try:  # it may have been deleted before we got the lock: then this is not the file of that name
        return os.fstat(file.fileno()).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False
