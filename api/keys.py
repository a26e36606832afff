"""The installation's keys, in one file that all its processes share: what is signed is not stored.

The file holds one key, or several between `--`: the first signs, all are believed. A new one is put before
the old one, and nobody is signed out; once nothing signed by the old one is needed any more, it is taken out.
"""

import hmac
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from api.settings import Settings

KEY = 32  # bytes at least
BETWEEN = b"\n--\n"


class Keys:
    """Keys that sign for a purpose: what was signed for one is worth nothing for another."""

    def __init__(self, held: Sequence[bytes]) -> None:
        self._held = tuple(held)

    def sign(self, purpose: bytes, said: bytes, length: int = 32) -> bytes:
        """The mark of the first key on something, cut to so many bytes."""
        return _mark(self._held[0], purpose, said)[:length]

    def derived(self, purpose: bytes) -> tuple[bytes, ...]:
        """A key of 32 bytes for another algorithm from each key, that of the first one first."""
        return tuple(_mark(key, purpose, b"") for key in self._held)

    def signed(self, purpose: bytes, said: bytes, mark: bytes) -> bool:
        """Whether one of the keys made this mark."""
        return any(hmac.compare_digest(mark, _mark(key, purpose, said)[: len(mark)]) for key in self._held)


def keys(settings: Settings) -> Keys:
    """The installation's keys, made at first need. Raises ValueError for one that is too short."""
    return _read(settings.link_key_file)


@cache
def _read(name: str) -> Keys:
    path = Path(name)
    if not path.exists():
        _make(path)
    held = path.read_bytes().split(BETWEEN)
    if any(len(key) < KEY for key in held):
        raise ValueError(f"a key in PANDUS_LINK_KEY_FILE is shorter than {KEY} bytes")
    return Keys(held)


def _make(path: Path) -> None:
    """Write a new key, whole or not at all; of two who do the first one's holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
        file.write(secrets.token_bytes(KEY))
        file.flush()
        os.fsync(descriptor)
    with suppress(FileExistsError):
        os.link(half, path)
    half.unlink()


def _mark(key: bytes, purpose: bytes, said: bytes) -> bytes:
    return hmac.digest(key, b"pandus " + purpose + b"\0" + said, "sha256")
