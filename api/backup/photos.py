"""Photos from the store into the pool of a backup folder, each once, and what nobody names any more out of it."""

import heapq
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from api.backup.durable import HALF, NotAsNamed, digest_of, sync, write_pieces
from api.backup.photo_list import Listed, Wanted, pool_path
from api.backup.refused import BackupRefused
from api.photo_store import NotStored, PhotoStore, Place, StoreAway

EVERY = 1000  # photos, after which somebody is told how far it is
SHOWN = 20  # of what is bad; the list in the backup has all


@dataclass(slots=True)
class Bad:
    """Files that cannot be had: how many, and sentences about the first of them."""

    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """One more."""
        self.count += 1
        if self.count <= SHOWN:
            self.shown.append(sentence)


@dataclass(slots=True)
class Copied:
    """What came of copying. bad: what is missing in the store, or is not what it is named by."""

    kept: int = 0
    new: int = 0
    bytes: int = 0
    new_bytes: int = 0
    bad: Bad = field(default_factory=Bad)


class Copier:
    """Copies what the database names. before: the list of the backup before this one."""

    def __init__(
        self, store: PhotoStore, pool: Path, before: Iterable[Listed], say: Callable[[str], object]
    ) -> None:
        self.copied = Copied()
        self._store, self._pool, self._say = store, pool, say
        self._before = _Cursor(before)
        self._touched: set[Path] = set()

    def copy(self, wanted: Iterable[Wanted]) -> Iterator[Listed]:
        """The lines of the new list, while it copies. Raises BackupRefused if the store cannot be reached."""
        for number, each in enumerate(wanted, 1):
            yield self._count(self._original(each))
            if each.public:
                yield self._count(self._public(each))
            if number % EVERY == 0:
                self._say(f"  {number} photos, {self.copied.new} of their files are new")
        for folder in sorted(self._touched):
            sync(folder)

    def _count(self, listed: Listed) -> Listed:
        if listed.sha256 is not None:
            self.copied.kept += 1
            self.copied.bytes += listed.bytes
        return listed

    def _original(self, wanted: Wanted) -> Listed:
        path = self._pool / pool_path(Place.ORIGINAL, wanted.name)
        held = _size(path)
        # Its name is its hash, and it was looked at when it came in; `--verify` looks again.
        if held is not None and held == wanted.bytes:
            return Listed(Place.ORIGINAL, wanted.name, wanted.name, held)
        return self._fetch(Place.ORIGINAL, wanted, path, named=wanted.name)

    def _public(self, wanted: Wanted) -> Listed:
        path = self._pool / pool_path(Place.PUBLIC, wanted.name)
        held, known = _size(path), self._before.find(wanted.name, Place.PUBLIC)
        if held is not None and known is not None and known.bytes == held:
            return known
        if held is not None:  # of a backup that died
            digest, size = digest_of(path)
            return Listed(Place.PUBLIC, wanted.name, digest, size)
        return self._fetch(Place.PUBLIC, wanted, path)

    def _fetch(self, place: Place, wanted: Wanted, path: Path, named: str | None = None) -> Listed:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            digest, size = write_pieces(path, self._pieces(place, wanted.name), named)
        except NotStored:
            return self._lacks(place, wanted, "is not in the store")
        except NotAsNamed:
            return self._lacks(place, wanted, "is not what it was: its bytes have another SHA-256")
        except StoreAway as error:
            raise BackupRefused("the storage of photos cannot be reached") from error
        finally:
            with suppress(FileNotFoundError):
                path.with_name(path.name + HALF).unlink()
        self._touched.update(list(path.parents)[:4])
        self.copied.new += 1
        self.copied.new_bytes += size
        return Listed(place, wanted.name, digest, size)

    def _pieces(self, place: Place, name: str) -> Iterator[bytes]:
        try:
            yield from self._store.pieces(place, bytes.fromhex(name))
        except NotStored:
            if place is Place.PUBLIC or name not in self._waiting:
                raise
            # Of an answer that had just arrived: `answers/waiting.py` had not put it in its place yet.
            yield from self._store.waiting_pieces(self._waiting[name])

    @cached_property
    def _waiting(self) -> dict[str, str]:
        return {name.rpartition(".")[2]: name for name in self._store.waiting()}

    def _lacks(self, place: Place, wanted: Wanted, why: str) -> Listed:
        self.copied.bad.add(f"{place.value} {wanted.name} {why}")
        return Listed(place, wanted.name, None, wanted.bytes)


class _Cursor:
    """A sorted list that is asked for in order."""

    def __init__(self, listed: Iterable[Listed]) -> None:
        self._rest = iter(listed)
        self._next = next(self._rest, None)

    def find(self, name: str, place: Place) -> Listed | None:
        """The line of a file that the list has. Ask in the order of the list."""
        while self._next is not None and self._next.key < (name, place.value):
            self._next = next(self._rest, None)
        found = self._next
        return found if found and found.key == (name, place.value) and found.sha256 is not None else None


def sweep(pool: Path, lists: Iterable[Iterable[Listed]]) -> int:
    """Remove from the pool what none of these lists names. Returns how many files went."""
    kept = ((listed for listed in each if listed.sha256 is not None) for each in lists)
    named = _Cursor(heapq.merge(*kept, key=lambda listed: listed.key))
    removed = 0
    for name, place, path in _lying(pool):
        if named.find(name, place) is None:
            path.unlink()
            removed += 1
    return removed


def _lying(pool: Path) -> Iterator[tuple[str, Place, Path]]:
    """The files of a pool, in the order of the lists; what has another name was left by a backup that died."""
    for first in _hexadecimal():
        for second in _hexadecimal():
            found = [
                (entry.name, place, Path(entry.path))
                for place in Place
                for entry in _entries(pool / place.value / first / second)
            ]
            yield from sorted(found, key=lambda each: (each[0], each[1].value))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except FileNotFoundError:
        return []


def _hexadecimal() -> Iterator[str]:
    return (f"{number:02x}" for number in range(256))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
