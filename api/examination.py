"""Examining stored photos, each in a process of its own, one at a time on a machine.

The bytes are hostile until somebody has looked: a decoder that is broken, blown up or stopped by them takes only
its own process along. What a photo waits for is a row, so a doorbell that is lost loses nothing: `flask photos
examine` finds the row.
"""

import base64
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread

import structlog
from flask import Flask

import api
import inspection
from api.photo_store import PhotoStore, open_store
from api.settings import Settings
from api.wiring import KEY, Wiring
from api.work import Units
from inspection.photos import blobs
from inspection.photos.examined import Evidence, Examined, Refused

MEGABYTES = 290  # of address space for one picture: what it takes to be sure of less than 300 MB
CPU_SECONDS = 20
SECONDS = 90  # by the clock on the wall, on a machine that has other things to do
LOCK = "examining.lock"
EXAMINER = "pandus.examiner"

TOO_LONG = "this picture takes too long to decode"
BROKE_DECODER = "this picture broke its decoder"

log = structlog.get_logger("pandus.photos")


class ExaminationFailed(Exception):
    """The examination failed, and not over what is in the file: nothing may follow from it for the photo."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What an examination ended with, and the memory it took at most, in kilobytes (0: not known)."""

    outcome: Examined | Refused
    peak_kilobytes: int = 0


def examine_file(file: Path, folder: Path, *, most_pixels: int) -> Examination:
    """Look at a file in a process of its own. folder: for what that process writes.

    Raises ExaminationFailed.
    """
    copy = folder / "public.jpg"
    limits = [str(number) for number in (most_pixels, MEGABYTES, CPU_SECONDS)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", "api.examiner", str(file), str(copy), *limits],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise ExaminationFailed("timed out") from late
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return Examination(Refused(TOO_LONG))
    if done.returncode < 0:
        return Examination(Refused(BROKE_DECODER))
    if done.returncode > 0:
        raise ExaminationFailed(f"exit code {done.returncode}")
    return _read(done.stdout, copy)


def _environment() -> dict[str, str]:
    roots = (Path(package.__file__ or "").parents[1] for package in (api, inspection))
    # One arena: glibc reserves address space for each, and the limit counts what is reserved.
    return {"PYTHONPATH": os.pathsep.join(str(root) for root in roots), "MALLOC_ARENA_MAX": "1"}


def _read(output: bytes, copy: Path) -> Examination:
    said = json.loads(output)
    peak = int(said["peak_kilobytes"])
    if "refused" in said:
        return Examination(Refused(said["refused"]), peak)
    seen = Examined(
        media_type=said["media_type"],
        width=said["width"],
        height=said["height"],
        evidence=Evidence(**said["evidence"]),
        public=copy.read_bytes(),
        thumbnail=base64.b64decode(said["thumbnail"]),
    )
    return Examination(seen, peak)


def examiner(app: Flask) -> "Examiner":
    """The one of an application, so that two doors ring the same."""
    parts: Wiring = app.extensions[KEY]
    made: Examiner = app.extensions.setdefault(EXAMINER, Examiner(parts.units, parts.settings))
    return made


def examiners_bell(app: Flask) -> Callable[[], None]:
    """What is to ring when a photo is stored: nothing, where others examine."""
    parts: Wiring = app.extensions[KEY]
    return examiner(app).ring if parts.settings.examine_photos else lambda: None


class Examiner:
    """Examines what is stored, until nothing is left."""

    def __init__(self, units: Units, settings: Settings) -> None:
        self._units = units
        self._settings = settings
        self._asking = Lock()
        self._asked = False
        self._runs = False

    def ring(self) -> None:
        """Let the photos be examined soon, in the background. Rung again, it only looks once more."""
        with self._asking:
            self._asked = True
            if self._runs:
                return
            self._runs = True
        Thread(target=self._answer, daemon=True, name="examiner").start()

    def _answer(self) -> None:
        while True:
            with self._asking:
                if not self._asked:
                    self._runs = False
                    return
                self._asked = False
            try:
                self.run()
            except Exception:  # the photos stay where they are, and the next ring or command tries again
                log.exception("photos_not_examined")

    def run(self) -> Counter[str]:
        """Examine every stored photo that nobody else is examining. Returns how many were examined, refused.

        Raises what kept it from going on; that photo is as it was.
        """
        became: Counter[str] = Counter()
        store = open_store(self._settings)
        with self._alone(), TemporaryDirectory(prefix="pandus-") as folder:
            while (digest := self._units.write(blobs.claim)) is not None:
                outcome = self._examine(store, digest, Path(folder))
                became["refused" if isinstance(outcome, Refused) else "examined"] += 1
        return became

    def _examine(self, store: PhotoStore, digest: bytes, folder: Path) -> Examined | Refused:
        try:
            original = store.original(digest, folder)
            examination = examine_file(original, folder, most_pixels=self._settings.photo_max_pixels)
            if isinstance(examination.outcome, Examined):
                store.put_public(digest, examination.outcome.public)
        except Exception as error:
            # A photo on which the clock ran out stays claimed and is counted; any other reason is not the photo's.
            if not isinstance(error.__cause__, subprocess.TimeoutExpired):
                self._units.write(lambda work: blobs.unclaim(work, digest))
            raise
        self._units.write(lambda work: blobs.record_examined(work, digest, examination.outcome))
        return examination.outcome

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One examination at a time on this machine: memory is reserved for one."""
        folder = Path(self._settings.upload_folder)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("w") as lock:
            flock(lock, LOCK_EX)
            yield
