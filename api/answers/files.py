"""Files that come with a form: known by their first bytes, stored, handed back by a page to be mended."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO
from uuid import UUID

from werkzeug.datastructures import FileStorage

from api.answers.tokens import is_sealed, seal
from api.answers.waiting import PDF, Waiting, waiting_name
from api.keys import Keys
from api.photo_store import current_store
from inspection.answers.replying import SentFile

MOST_BYTES = 10 * 1024 * 1024  # of one file
LONGEST_NAME = 200
PIECE = 64 * 1024
HEIF_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc")


class BadFile(ValueError):
    """A file that is not taken. word: of the page's words, why."""

    def __init__(self, name: str, word: str) -> None:
        super().__init__(word)
        self.name, self.word = name, word


def media_type(head: bytes) -> str | None:
    """What a file is by its first 16 bytes; None for what is not taken."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "image/heif"
    return PDF if head.startswith(b"%PDF-") else None


def store(sent: FileStorage, day: date, made: UUID) -> Waiting:
    """Store a file that was sent until its answer has arrived. Raises BadFile, StoreAway."""
    name = _readable(sent.filename or "")
    head = sent.stream.read(16)
    sent.stream.seek(0)
    kind = media_type(head)
    if kind is None:
        raise BadFile(name, "bad_file")
    with NamedTemporaryFile(prefix="pandus-", delete=False) as file:
        path = Path(file.name)
        size, sha256 = _copy(sent.stream, file)
    try:
        if size > MOST_BYTES:
            raise BadFile(name, "big_file")
        waiting = Waiting(waiting_name(day, made, sha256), SentFile(sha256, size, kind, name))
        current_store().put_waiting(waiting.name, path)
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
    return waiting


def kept(key: Keys, link: UUID, files: Iterable[Waiting]) -> Iterator[str]:
    """Files that wait, for a page to hand back: nobody has to send them twice."""
    for waiting in files:
        file = waiting.file
        said = f"{waiting.name} {file.sha256.hex()} {file.size} {file.media_type} {file.name}"
        yield f"{seal(key, link, said)} {said}"


def read_kept(key: Keys, link: UUID, given: Iterable[str]) -> Iterator[Waiting]:
    """What a page hands back; what it was never given is left out."""
    for each in given:
        mark, _, said = each.partition(" ")
        if is_sealed(key, link, said, mark):
            waits, sha256, size, kind, name = said.split(" ", 4)
            yield Waiting(waits, SentFile(bytes.fromhex(sha256), int(size), kind, name))


def _readable(name: str) -> str:
    """The name without signs that no database takes, or that make it look like another one."""
    return "".join(sign for sign in name if sign.isprintable())[:LONGEST_NAME]


def _copy(source: IO[bytes], target: IO[bytes]) -> tuple[int, bytes]:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(PIECE):
        size += len(piece)
        if size > MOST_BYTES:
            break
        digest.update(piece)
        target.write(piece)
    return size, digest.digest()
