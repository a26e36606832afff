"""What a backup says of itself: when it was taken of what, and the SHA-256 of everything in it.

Its own SHA-256 stands in it, too: what is torn or was changed by accident is known. Who can write to the place can
write both; only heads of the journal that were noted elsewhere betray that (`flask journal verify --heads`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from api.backup.durable import digest_of, write_pieces
from api.backup.refused import BackupRefused
from inspection.snapshots import Head, Numbers

FORMAT = 1
NAME = "manifest.json"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
DATABASE = {SQLITE: "database.sqlite3", POSTGRESQL: "database.dump"}
PHOTOS, KEY = "photos.txt", "link.key"
NAMES = frozenset({*DATABASE.values(), PHOTOS, KEY})
MOST_BYTES = 64 * 1024 * 1024  # of a manifest; a country's has some thousand lines


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup. sha256: 64 hexadecimal digits."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class PhotoCount:
    """How many files of photos a backup names, and how many of them it does not have."""

    kept: int
    bytes: int
    missing: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """See the module. kind: of the database. schema: its revision. key: SHA-256 of the key file, if it has one."""

    kind: str
    schema: str
    taken_at: datetime
    counts: Mapping[str, int]
    heads: Sequence[Head]
    numbers: Sequence[Numbers]
    parts: Mapping[str, Part]
    photos: PhotoCount
    key: str | None

    @property
    def database(self) -> str:
        """The name of the part that holds the database."""
        return DATABASE[self.kind]

    @property
    def sha256(self) -> bytes:
        """Of all that it says; names the backup."""
        return bytes.fromhex(_sealed(self._said()))

    def write(self, folder: Path) -> None:
        """Write it into the folder of the backup, durably."""
        said = self._said()
        document = said | {"sha256": _sealed(said)}
        write_pieces(folder / NAME, [orjson.dumps(document, option=orjson.OPT_INDENT_2), b"\n"])

    def _said(self) -> dict[str, Any]:
        said = {name: value for name, value in asdict(self).items() if name != "numbers"}
        listed = [{**asdict(each), "last": {str(y): n for y, n in each.last.items()}} for each in self.numbers]
        return {"format": FORMAT, **said, "taken_at": self.taken_at.isoformat(), "numbers": listed}


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupRefused for a folder that is none, or one that was changed."""
    file = folder / NAME
    if not file.is_file():
        raise BackupRefused(f"{folder} is no backup: it has no {NAME}")
    if file.stat().st_size > MOST_BYTES:
        raise BackupRefused(f"{file} is no manifest: it is too large")
    try:
        said = orjson.loads(file.read_bytes())
        sealed = said.pop("sha256")
        if said["format"] != FORMAT:
            raise BackupRefused(f"{folder} has the format {said['format']}; this program knows {FORMAT}")
        manifest = _manifest(said)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupRefused(f"{file} cannot be read: it is torn, or was changed") from error
    if sealed != manifest.sha256.hex():
        raise BackupRefused(f"{file} is not what was written: it was changed")
    return manifest


def refuse_changed(folder: Path, manifest: Manifest) -> None:
    """Refuse a backup in which a part is not what its manifest says. Reads all of it but the photos."""
    for name, part in manifest.parts.items():
        file = folder / name
        if not file.is_file():
            raise BackupRefused(f"{file} is missing")
        if file.stat().st_size != part.bytes:
            raise BackupRefused(
                f"{file} has {file.stat().st_size} bytes, not {part.bytes}: it was cut off or changed"
            )
        if digest_of(file)[0] != part.sha256:
            raise BackupRefused(f"{file} is not what was written: it was changed")


def _manifest(said: dict[str, Any]) -> Manifest:
    parts = {name: Part(**part) for name, part in said["parts"].items()}
    if said["kind"] not in DATABASE or not {DATABASE[said["kind"]], PHOTOS} <= parts.keys() <= NAMES:
        raise ValueError("parts that no backup has")
    return Manifest(
        kind=said["kind"],
        schema=str(said["schema"]),
        taken_at=datetime.fromisoformat(said["taken_at"]),
        counts={str(name): int(count) for name, count in said["counts"].items()},
        heads=[Head(**head) for head in said["heads"]],
        numbers=[
            Numbers(each["department"], each["country"], {int(y): int(n) for y, n in each["last"].items()})
            for each in said["numbers"]
        ],
        parts=parts,
        photos=PhotoCount(**said["photos"]),
        key=said["key"],
    )


def _sealed(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
