"""Files that survive a power cut once they are said to be there, and what they hold."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from api.backup.refused import BackupRefused

PIECE = 1024 * 1024  # bytes
HALF = ".half"  # ends the name of a file that is still being written


def digest_of(file: Path) -> tuple[str, int]:
    """SHA-256, in 64 hexadecimal digits, and bytes of a file, read in pieces."""
    with file.open("rb") as held:
        return hashlib.file_digest(held, "sha256").hexdigest(), held.tell()


class NotAsNamed(Exception):
    """Bytes whose SHA-256 is not the one they are named by."""


def write_pieces(file: Path, pieces: Iterable[bytes], named: str | None = None) -> tuple[str, int]:
    """Write a file whole or not at all, and durably. Returns its SHA-256 and bytes.

    named: the SHA-256 that it must have. Raises NotAsNamed.
    """
    half = file.with_name(file.name + HALF)
    digest, size = hashlib.sha256(), 0
    with half.open("wb") as target:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    if named not in (None, digest.hexdigest()):
        half.unlink()
        raise NotAsNamed(file.name)
    half.replace(file)
    return digest.hexdigest(), size


def pieces_of(file: Path) -> Iterator[bytes]:
    """What a file holds, in pieces."""
    with file.open("rb") as held:
        while piece := held.read(PIECE):
            yield piece


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_room(folder: Path, wanted: int, what: str) -> None:
    """Refuse what would not fit. wanted: bytes."""
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise BackupRefused(
            f"there is no room for {what}: {_megabytes(wanted)} are needed, {_megabytes(free)} are free"
        )


@contextmanager
def room_runs_out() -> Iterator[None]:
    """Say in a sentence what a full or broken disk is."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackupRefused("there is no room left; what was begun is not taken for whole") from error
        raise BackupRefused(f"{error.filename or 'a file'}: {error.strerror or error}") from error


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"
