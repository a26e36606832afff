"""One attempt at a task, as those who make files and import boundaries see it."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from api.photo_store import PIECE, PhotoStore, current_store
from api.wiring import Wiring
from api.work import Work
from inspection import access, tasks
from inspection.access import Act, Caller
from inspection.tables.areas import Level
from inspection.tables.tasks import Task, TaskKind
from inspection.tasks import Made

WORD_EVERY = 0.5  # seconds between two words about how far it is, at least


class NotWanted(Exception):
    """It was cancelled, is another's by now, or this process is to end: stop, and leave nothing behind."""


@dataclass(slots=True)
class Run:
    """What an attempt is about, and how it says how far it is.

    folder: for files, removed afterwards. reach: areas that its person could read at some time of it.
    """

    parts: Wiring
    task_id: UUID
    attempt: int
    kind: TaskKind
    asked: Mapping[str, Any]
    language: str
    person_id: UUID
    given: str | None
    stopped: Callable[[], bool]
    folder: Path
    said_at: float = float("-inf")
    reach: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, parts: Wiring, task: Task, stopped: Callable[[], bool], folder: Path) -> "Run":
        """The attempt that was claimed."""
        kind = TaskKind(task.kind)
        facts = (task.asked, task.language, task.person_id, task.given)
        return cls(parts, task.id, task.attempts, kind, *facts, stopped, folder)

    def caller(self, work: Work) -> Caller:
        """Whose task it is, with what they may do at this moment; where they read is kept in `reach`."""
        found = access.known(work.session, self.person_id, now=work.now)
        self.reach |= {code for level in Level for code in found.reach(Act.READ, level)}
        return found

    def tell(self, done: int, total: int | None = None) -> None:
        """Say how far it is, though not all the time. Raises NotWanted."""
        if self.stopped():
            raise NotWanted
        now = time.monotonic()
        if now - self.said_at >= WORD_EVERY or done == 0:
            self.said_at = now
            word = partial(tasks.tell, task_id=self.task_id, attempt=self.attempt, done=done, total=total)
            if not self.parts.units.write(word):
                raise NotWanted

    def keep(self, file: Path, name: str) -> Made:
        """Put a file into the store. name: as it is saved. Raises StoreAway."""
        place = stored_name(self.task_id, self.parts.units.now().date(), f"made-{self.attempt}")
        self.store.put_waiting(place, file)
        return Made(place, name, digest(file), file.stat().st_size)

    @property
    def store(self) -> PhotoStore:
        """Where files of tasks lie."""
        return current_store()


def digest(file: Path) -> bytes:
    """The SHA-256 of a file, read piece by piece."""
    read = hashlib.sha256()
    with file.open("rb") as source:
        while piece := source.read(PIECE):
            read.update(piece)
    return read.digest()


PREFIX = "task-"


def stored_name(task_id: UUID, day: date, what: str) -> str:
    """What a file of a task is called in the store. Not by its hash: two equal files end at different times.

    day: on which it is put there; what nobody names is removed later.
    """
    return f"{PREFIX}{task_id}.{day.isoformat()}.{what}"


def named(name: str) -> tuple[UUID, date] | None:
    """The task to which a name in the store belongs, and the day; None for what is no task's."""
    try:
        made, day = name.removeprefix(PREFIX).split(".")[:2]
        return (UUID(made), date.fromisoformat(day)) if name.startswith(PREFIX) else None
    except ValueError:
        return None
