"""The list of photos in a backup: a line each, sorted, so that several are read side by side in little memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from api.backup.refused import BackupRefused
from api.photo_store import Place

LINE = re.compile(r"(kept|missing) (originals|public) ([0-9a-f]{64}) ([0-9a-f]{64}|-) (\d{1,15})\n?")
WANTED = re.compile(r"([0-9a-f]{64}) (\d{1,15}) ([01])\n?")


@dataclass(frozen=True, slots=True)
class Listed:
    """One file. name: SHA-256 of the original; sha256: of the file itself, None where the backup lacks it."""

    place: Place
    name: str
    sha256: str | None
    bytes: int

    @property
    def key(self) -> tuple[str, str]:
        """By what lists are sorted."""
        return self.name, self.place.value

    @property
    def path(self) -> str:
        """Where it lies in the pool."""
        return pool_path(self.place, self.name)

    def __str__(self) -> str:
        kept = "missing" if self.sha256 is None else "kept"
        return f"{kept} {self.place.value} {self.name} {self.sha256 or '-'} {self.bytes}\n"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Bytes that the database names. public: whether there is a copy of them that may be shown."""

    name: str
    bytes: int
    public: bool

    def __str__(self) -> str:
        return f"{self.name} {self.bytes} {int(self.public)}\n"


def pool_path(place: Place, name: str) -> str:
    """Where a file lies in the pool, as in a store."""
    return f"{place.value}/{name[:2]}/{name[2:4]}/{name}"


def read_list(file: Path) -> Iterator[Listed]:
    """The lines of a list. Raises BackupRefused for what is no line, or not in order."""
    last = ("", "")
    for line in _lines(file):
        read = LINE.fullmatch(line)
        if read is None or (read[1] == "kept") is (read[4] == "-"):
            raise BackupRefused(f"{file} cannot be read: it is torn, or was changed")
        listed = Listed(Place(read[2]), read[3], None if read[4] == "-" else read[4], int(read[5]))
        if listed.key <= last:
            raise BackupRefused(f"{file} is not in order: it was changed")
        last = listed.key
        yield listed


def read_wanted(file: Path) -> Iterator[Wanted]:
    """What was written of the database."""
    for line in _lines(file):
        read = WANTED.fullmatch(line)
        if read is None:
            raise BackupRefused(f"{file} cannot be read")
        yield Wanted(read[1], int(read[2]), read[3] == "1")


def write_lines(file: Path, lines: Iterable[Listed | Wanted]) -> None:
    """Write a list."""
    with file.open("w", encoding="ascii") as target:
        target.writelines(str(line) for line in lines)


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="ascii", errors="replace") as held:
        yield from held
