"""Refusing pushes before the disk is full or the backlog hopeless: a tablet keeps what it has and comes again."""

import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Lock

import structlog
from flask import current_app
from sqlalchemy import make_url

from api.settings import Settings
from api.wiring import wiring
from api.work import Units
from inspection.errors import InspectionError
from inspection.intake import is_longer

KEY = "pandus_pressure"
EVERY = 5.0  # seconds between two looks
MEGABYTE = 1_000_000

log = structlog.get_logger("pandus.pressure")


class Full(InspectionError):
    """Nothing more is taken for now; nothing of the request was read."""

    slug = "full"


class Pressure:
    """Whether there is room for more. Looks at most once in EVERY seconds, whoever asks how often.

    too_long: whether the backlog is longer than it may be. free: bytes left on each disk that is written to.
    monotonic: seconds that only go forward.
    """

    def __init__(
        self,
        *,
        too_long: Callable[[], bool],
        free: Callable[[], Sequence[int]],
        least_free: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._too_long = too_long
        self._free = free
        self._least_free = least_free
        self._monotonic = monotonic
        self._looking = Lock()
        self._next_look = float("-inf")
        self._full: str | None = None

    def refuse_when_full(self) -> None:
        """Raises Full."""
        # Whoever comes while another looks goes by what was seen last.
        if self._monotonic() >= self._next_look and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        if self._full is not None:
            raise Full(self._full)

    def _look(self) -> None:
        seen = None
        if any(free < self._least_free for free in self._free()):
            seen = "the disk of the server is nearly full"
        elif self._too_long():
            seen = "too much is waiting to be understood"
        if seen != self._full:
            log.warning("pressure", full=seen)
        self._full = seen
        self._next_look = self._monotonic() + EVERY


def refuse_when_full() -> None:
    """Refuse a push while there is no room for it. Call it before the body is read. Raises Full."""
    app = current_app
    pressure: Pressure = app.extensions.get(KEY) or app.extensions.setdefault(
        KEY, _pressure(wiring().settings, wiring().units)
    )
    pressure.refuse_when_full()


def _pressure(settings: Settings, units: Units) -> Pressure:
    too_long = partial(_longer, units, settings.most_backlog)
    folders = tuple(_written_to(settings))
    return Pressure(
        too_long=too_long,
        free=lambda: [shutil.disk_usage(_there(folder)).free for folder in folders],
        least_free=settings.least_free_mb * MEGABYTE,
    )


def _longer(units: Units, most: int) -> bool:
    return units.read(lambda work: is_longer(work.session, most))


def _written_to(settings: Settings) -> Sequence[Path]:
    """Folders of this machine that what is pushed goes into. The disk of a database server is its own business."""
    url = make_url(settings.database_url)
    folders = [Path(settings.upload_folder)]
    if url.get_backend_name() == "sqlite":
        folders.append(Path(url.database or ".").parent)
    if not settings.photos.startswith("s3://"):
        folders.append(Path(settings.photos.removeprefix("file://")))
    return folders


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists already."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())
