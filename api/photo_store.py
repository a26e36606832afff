"""Where the bytes of photos lie: a folder of this machine, or storage that speaks S3.

A place is named by the SHA-256 of the original: `originals/ab/cd/…` as it came, `public/ab/cd/….jpg` as it may be
shown. What is written once under a name never changes. `waiting/…` holds what may yet come to nothing.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from flask import current_app
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from api.settings import Settings
from api.wiring import wiring
from inspection.errors import Busy

KEY = "pandus.photo_store"
PIECE = 1024 * 1024  # bytes
WAITING = "waiting"


class Place(StrEnum):
    """What lies under the hash of an original."""

    ORIGINAL = "originals"  # as it came
    PUBLIC = "public"  # as it may be shown


class NotStored(Exception):
    """Nothing lies there."""


class StoreAway(Busy):
    """The storage of photos cannot be reached, or is full; safe to send again."""

    slug = "store-away"


class PhotoStore:
    """One store. Use it in the process that opened it: what it is made of does not survive a fork."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder  # of a store on this machine, which has to be told when to be durable

    def put_original(self, sha256: bytes, file: Path) -> None:
        """Store a file as it came. Durable when this returns. Raises StoreAway."""
        self._put(_original(sha256), file, {"Content-Type": "application/octet-stream"})

    def original(self, sha256: bytes, folder: Path) -> Path:
        """An original as a file to read: where it lies, or fetched into a folder. Raises StoreAway."""
        if self._folder is not None:
            return self._folder / _original(sha256)
        fetched = folder / "original"
        with _reached(), fetched.open("wb") as target:
            for piece in obstore.get(self._store, _original(sha256)).stream(min_chunk_size=PIECE):
                target.write(piece)
        return fetched

    def original_bytes(self, sha256: bytes) -> bytes:
        """A small original as it came. Raises StoreAway."""
        with _reached():
            return bytes(obstore.get(self._store, _original(sha256)).bytes())

    def put_public(self, sha256: bytes, jpeg: bytes) -> None:
        """Store the copy that may be shown. Raises StoreAway."""
        self._put(_public(sha256), jpeg, {"Content-Type": "image/jpeg"})

    def public(self, sha256: bytes) -> bytes:
        """The copy that may be shown. Raises StoreAway."""
        with _reached():
            return bytes(obstore.get(self._store, _public(sha256)).bytes())

    def drop(self, sha256: bytes) -> None:
        """Forget an original and its copy; what is not there (any more) is forgotten already. Raises StoreAway."""
        for path in (_original(sha256), _public(sha256)):
            with _reached(), suppress(FileNotFoundError):
                obstore.delete(self._store, path)

    def put_waiting(self, name: str, file: Path) -> None:
        """Store a file that may come to nothing, under a name of its own. Durable then. Raises StoreAway."""
        self._put(_waiting(name), file, {"Content-Type": "application/octet-stream"})

    def adopt(self, name: str, sha256: bytes) -> None:
        """Make a waiting file an original, durably; doing it again changes nothing. Raises StoreAway."""
        with _reached():
            try:
                content = bytes(obstore.get(self._store, _waiting(name)).bytes())
            except FileNotFoundError:
                obstore.head(self._store, _original(sha256))  # or nobody has it any more
                return
        self._put(_original(sha256), content, {"Content-Type": "application/octet-stream"})
        self.drop_waiting(name)

    def drop_waiting(self, name: str) -> None:
        """Forget a waiting file; one that is not there (any more) is forgotten already. Raises StoreAway."""
        with _reached(), suppress(FileNotFoundError):
            obstore.delete(self._store, _waiting(name))

    def pieces(self, place: Place, sha256: bytes) -> Iterator[bytes]:
        """What lies there, in pieces. Raises NotStored, StoreAway."""
        return self._pieces(_original(sha256) if place is Place.ORIGINAL else _public(sha256))

    def waiting_pieces(self, name: str) -> Iterator[bytes]:
        """A waiting file, in pieces. Raises NotStored, StoreAway."""
        return self._pieces(_waiting(name))

    def _pieces(self, path: str) -> Iterator[bytes]:
        with _reached():
            try:
                stream = obstore.get(self._store, path).stream(min_chunk_size=PIECE)
            except FileNotFoundError:
                stream = None
            if stream is not None:
                for piece in stream:
                    yield bytes(piece)
        if stream is None:
            raise NotStored(path)

    def waiting(self) -> list[str]:
        """The names of the files that wait, sorted. Raises StoreAway."""
        with _reached():
            found = [each["path"] for page in obstore.list(self._store, WAITING) for each in page]
        return sorted(path.rpartition("/")[2] for path in found)

    def _put(self, path: str, content: Path | bytes, attributes: Mapping[str, Any]) -> None:
        with _reached():
            if self._folder is None:
                obstore.put(self._store, path, content, attributes=dict(attributes), max_concurrency=2)
            else:
                # In pieces as they come: several at once would be held in memory.
                obstore.put(
                    self._store, path, content, chunk_size=PIECE, max_concurrency=1
                )  # a folder keeps no attributes, and refuses them
                _make_durable(self._folder, path)


def open_store(settings: Settings) -> PhotoStore:
    """The store that the settings name; a folder is made if it is missing."""
    if not settings.photos.startswith("s3://"):
        folder = Path(settings.photos.removeprefix("file://")).absolute()
        with _reached():
            folder.mkdir(parents=True, exist_ok=True)
            return PhotoStore(LocalStore(folder), folder)
    place = urlsplit(settings.photos)
    config: dict[str, Any] = {"region": settings.storage_region, "virtual_hosted_style_request": False}
    if settings.storage_endpoint:
        config["endpoint"] = settings.storage_endpoint
    if settings.storage_key_id:
        keys = {"access_key_id": settings.storage_key_id, "secret_access_key": settings.storage_secret_key}
        config |= keys
    plain = settings.storage_endpoint.startswith("http://")
    prefix = place.path.strip("/") or None
    return PhotoStore(S3Store(place.netloc, prefix=prefix, client_options={"allow_http": plain}, **config))


def current_store() -> PhotoStore:
    """The store of the current application, opened by the first request that needs it."""
    if KEY not in current_app.extensions:
        current_app.extensions[KEY] = open_store(wiring().settings)
    store: PhotoStore = current_app.extensions[KEY]
    return store


def _original(sha256: bytes) -> str:
    name = sha256.hex()
    return f"originals/{name[:2]}/{name[2:4]}/{name}"


def _public(sha256: bytes) -> str:
    name = sha256.hex()
    return f"public/{name[:2]}/{name[2:4]}/{name}.jpg"


def _waiting(name: str) -> str:
    return f"{WAITING}/{name}"


def _make_durable(folder: Path, path: str) -> None:
    """Have a file and the names that lead to it survive a power cut."""
    file = folder / path
    for each in (file, *list(file.parents)[: path.count("/") + 1]):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise StoreAway("the storage of photos cannot be reached; send the request again") from error
