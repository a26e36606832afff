"""The folder in which backups of an installation are kept, one beside the other, over one pool of photos.

A backup is written under a name that nothing takes for one, made durable, and renamed last.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path

from api.backup import manifest
from api.backup.durable import room_runs_out, sync
from api.backup.refused import BackupRefused

LOCK, HALF, OLD = ".lock", ".half-", ".old-"
POOL = "photos"
NAMED = re.compile(r"\d{8}T\d{6}\.\d{6}Z")


class Folder:
    """See the module."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def pool(self) -> Path:
        """Where the photos of all backups lie."""
        return self.path / POOL

    def make(self) -> None:
        """Make the folder, not those above it: a disk that is not mounted is no place. Raises BackupRefused."""
        if self.path.exists() and not self.path.is_dir():
            raise BackupRefused(f"{self.path} is not a folder")
        if not self.path.parent.is_dir():
            raise BackupRefused(f"{self.path.parent} is not there; make it, or mount the disk")
        with room_runs_out():
            self.path.mkdir(mode=0o700, exist_ok=True)
            self.pool.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes here meanwhile. What died before is cleared away. Raises BackupRefused."""
        with self._locked(LOCK_EX, "another backup is being made or read here; try again when it has ended"):
            for left in self.path.iterdir():
                if not left.name.startswith((HALF, OLD)):
                    continue
                if left.is_symlink() or not left.is_dir():  # none of ours; what it leads to stays
                    left.unlink()
                else:
                    shutil.rmtree(left)
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Nobody removes anything here meanwhile. Raises BackupRefused."""
        if not (self.path / LOCK).exists():  # a copy on a disk that cannot be written, perhaps
            yield
            return
        with self._locked(LOCK_SH, "a backup is being made here; try again when it has ended"):
            yield

    def whole(self) -> list[Path]:
        """The backups that were made to their end, the oldest first."""
        found = (each for each in self.path.iterdir() if NAMED.fullmatch(each.name))
        return sorted(each for each in found if (each / manifest.NAME).is_file())

    def start(self, taken_at: datetime) -> Path:
        """A folder for a new backup, that nothing takes for one."""
        while (self.path / _name(taken_at)).exists():  # of a clock that stands, or was set back
            taken_at += timedelta(microseconds=1)
        half = self.path / f"{HALF}{_name(taken_at)}"
        half.mkdir(mode=0o700)
        return half

    def finish(self, half: Path) -> Path:
        """Give a backup its name, durably: from now on it is one."""
        sync(half)
        done = half.with_name(half.name.removeprefix(HALF))
        half.rename(done)
        sync(self.path)
        return done

    def prune(self, keep: int) -> list[str]:
        """Remove all but so many of the newest. Returns the names of those that went."""
        removed = []
        for each in self.whole()[:-keep]:
            gone = each.rename(each.with_name(f"{OLD}{each.name}"))
            sync(self.path)
            shutil.rmtree(gone)
            removed.append(each.name)
        return removed

    @contextmanager
    def _locked(self, how: int, otherwise: str) -> Iterator[None]:
        with (self.path / LOCK).open("a" if how == LOCK_EX else "r") as lock:
            try:
                flock(lock, how | LOCK_NB)
            except BlockingIOError as error:
                raise BackupRefused(otherwise) from error
            yield


def find(path: Path) -> tuple[Folder, Path]:
    """The backup that somebody names: itself, or the newest whole one in a folder of several.

    Raises BackupRefused.
    """
    if not path.is_dir():
        raise BackupRefused(f"{path} is not a folder")
    if path.absolute().name.startswith((HALF, OLD)):
        raise BackupRefused(f"{path} is half a backup: it died while it was made or removed")
    if (path / manifest.NAME).is_file():
        return Folder(path.absolute().parent), path
    whole = Folder(path).whole()
    if not whole:
        raise BackupRefused(f"there is no whole backup in {path}")
    return Folder(path), whole[-1]


def _name(taken_at: datetime) -> str:
    return f"{taken_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}Z"
