"""Files that came with a form and belong to no answer yet.

Until an answer has arrived its files wait beside the photos, each under a name of its own that its page alone
knows. So what is never sent leaves no row, is examined by nobody, and is removed without a look at anything else.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import structlog

from api.photo_store import PhotoStore
from api.work import DatabaseAway, Units, Work
from inspection.answers.replying import SentFile, arrived
from inspection.errors import Busy
from inspection.photos import blobs

LASTS = timedelta(days=6)  # that a page can hand a file back
REMOVED_AFTER = timedelta(days=7)  # at least a whole day later
PDF = "application/pdf"
AT_ONCE = 200  # files that one question is about
log = structlog.get_logger("pandus.answers")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits. name: in the store; made of the day it came, an id and its SHA-256."""

    name: str
    file: SentFile


@dataclass(frozen=True, slots=True)
class _Named:
    """What the name of a waiting file says."""

    name: str
    day: date
    sha256: bytes


def waiting_name(day: date, made: UUID, sha256: bytes) -> str:
    """A name that no other file has."""
    return f"{day.isoformat()}.{made}.{sha256.hex()}"


def day_of(name: str) -> date | None:
    """The day on which a file came; None for what was not named here."""
    named = _read_name(name)
    return None if named is None else named.day


def adopt(units: Units, store: PhotoStore, files: Iterable[Waiting], bell: Callable[[], None]) -> None:
    """Put the files of an answer that has arrived where they stay. bell: rings for photos to be examined.

    What does not work now stops nothing: `tidy` does it later. Doing it again changes nothing.
    """
    for waiting in files:
        try:
            _adopt(units, store, waiting.name, waiting.file, bell)
        except (Busy, DatabaseAway) as error:
            log.warning("answer_file_waits", file=waiting.name, exc_info=error)


def tidy(units: Units, store: PhotoStore, bell: Callable[[], None]) -> Counter[str]:
    """Adopt what a crash left of answers that arrived, and remove what was never sent. Raises Busy, DatabaseAway.

    Returns how many were adopted and removed. Safe to be cut off and to be done twice, or by two at once.
    """
    names = [named for name in store.waiting() if (named := _read_name(name))]
    became = Counter[str]()
    for first in range(0, len(names), AT_ONCE):
        some = names[first : first + AT_ONCE]
        today, files = units.read(partial(_arrived, digests={named.sha256 for named in some}))
        for named in some:
            if file := files.get(named.sha256):
                _adopt(units, store, named.name, file, bell)
                became["adopted"] += 1
            elif today - named.day > REMOVED_AFTER:
                store.drop_waiting(named.name)
                became["removed"] += 1
    return became


def _arrived(work: Work, digests: set[bytes]) -> tuple[date, dict[bytes, SentFile]]:
    return work.now.date(), arrived(work.session, digests)


def _adopt(units: Units, store: PhotoStore, name: str, file: SentFile, bell: Callable[[], None]) -> None:
    """Bytes first, then their row: a row says that they are there."""
    store.adopt(name, file.sha256)

    def stored(work: Work) -> None:
        if blobs.record_stored(work, file.sha256, file.size):
            work.after_commit(bell)

    if file.media_type != PDF:
        units.write(stored)


def _read_name(name: str) -> _Named | None:
    parts = name.split(".")
    try:
        return _Named(name, date.fromisoformat(parts[0]), bytes.fromhex(parts[2])) if len(parts) == 3 else None
    except ValueError:
        return None
