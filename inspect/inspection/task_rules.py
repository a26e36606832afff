"""What may become of a task, as pure rules: who takes it, when it is given up, whether it can be cancelled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from inspection.tables.tasks import TaskState

LEASE = timedelta(minutes=3)  # without a word; the longest step between two words takes about one
MOST_ATTEMPTS = 3
PAUSES = (timedelta(seconds=20), timedelta(minutes=2))  # after each attempt that something was away for
KEPT = timedelta(days=7)  # a file that was made
UNDECIDED = timedelta(days=1)  # what was prepared and nobody said yes to
MOST_OPEN = 10  # of one person
OPEN = frozenset({TaskState.ASKED, TaskState.RUNNING})
OVER = frozenset({TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a task stands, as far as these rules go. heard_at: last word of whoever is at it."""

    state: TaskState
    attempts: int
    heard_at: datetime
    not_before: datetime
    in_force: bool
    cancel_at: datetime | None


def is_due(turn: Turn, now: datetime) -> bool:
    """Whether somebody should take it: it was asked for, or whoever had it has not been heard for too long."""
    if turn.state is TaskState.ASKED:
        return turn.not_before <= now
    return turn.state is TaskState.RUNNING and turn.heard_at + LEASE <= now


def is_given_up(turn: Turn) -> bool:
    """Whether nobody takes it once more: each who did died over it, or something was away each time."""
    return turn.attempts >= MOST_ATTEMPTS


def pause_after(attempts: int) -> timedelta:
    """How long to wait after an attempt that something was away for. attempts: so far, from 1."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def may_cancel(turn: Turn) -> bool:
    """Whether its person can still take it back: not once something is in force that the rest must follow."""
    return turn.state in OPEN | {TaskState.PREPARED} and not turn.in_force and turn.cancel_at is None


def share(done: int, total: int | None) -> float | None:
    """How much of it is done, 0 to 1; None where nobody knows how much it is."""
    return None if not total else min(1.0, done / total)


def quarters(done: int, total: int | None) -> int:
    """How many quarters are done, 0 to 4: as often as it is worth saying aloud."""
    return int(4 * (share(done, total) or 0.0))


def narrowed(reach: Collection[str], area: str | None) -> list[str]:
    """The areas whose rows can stand in a file: the one that was asked for, else all that its person reads."""
    return [area] if area else sorted(reach)


def widened(areas: Collection[str], asked: str | None, reach: Collection[str]) -> list[str]:
    """The same once a task has run, if its person read more meanwhile. asked: the area that it was narrowed to."""
    return list(areas) if asked and list(areas) == [asked] else sorted({*areas, *reach})
