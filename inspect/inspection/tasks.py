"""Tasks: asked for once however often it is sent, run by one, cancelled, found when their runner died."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, may
from inspection.area_places import place_of
from inspection.bulk import table_of
from inspection.errors import AlreadyDifferent, DoesNotApply, NotFound
from inspection.tables.areas import Area, Level
from inspection.tables.tasks import Task, TaskKind, TaskState
from inspection.task_rules import (
    KEPT,
    LEASE,
    MOST_OPEN,
    OPEN,
    UNDECIDED,
    Turn,
    is_due,
    is_given_up,
    may_cancel,
    narrowed,
    pause_after,
    widened,
)
from inspection.unit import Unit

LISTED = 50
DIED = "whoever worked on this ended without a word, several times"
AWAY = "something that this needs was away each time it was tried"
IN_FORCE = "this cannot be cancelled any more: what it changed is in force, and the rest has to follow"


@dataclass(frozen=True, slots=True)
class NewTask:
    """A wish. id is made with the form. area: code of the only area that it is about, if there is one.

    given: name in the store of the file it works on; shown: of what a person looks at before they say yes.
    prepared: it waits for that.
    """

    id: UUID
    kind: TaskKind
    asked: Mapping[str, Any]
    language: str
    area: str | None = None
    total: int | None = None
    given: str | None = None
    shown: str | None = None
    prepared: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What a task came to. file: its name in the store; said: sentences, or numbers for a page's own words."""

    file: str | None = None
    name: str | None = None
    sha256: bytes | None = None
    size: int | None = None
    said: Sequence[Any] = field(default_factory=tuple)


def ask(unit: Unit, caller: Caller, new: NewTask) -> Task:
    """Ask for a task; asking twice with the same id makes one.

    Raises AlreadyDifferent for an id that stands for something else, DoesNotApply for one too many at once.
    """
    held = unit.session.get(Task, new.id)
    if held is not None:
        if (held.person_id, held.kind, held.asked) != (caller.person_id, new.kind.value, dict(new.asked)):
            raise AlreadyDifferent("another task has this id", task=str(new.id))
        return held
    mine = and_(Task.person_id == caller.person_id, Task.state.in_([state.value for state in OPEN]))
    if unit.session.execute(select(func.count()).select_from(Task).where(mine)).scalar_one() >= MOST_OPEN:
        raise DoesNotApply("ten tasks of yours are not done yet; wait for one, or cancel one")
    reach = {code for level in Level for code in caller.reach(Act.READ, level)}
    made = Task(
        id=new.id,
        kind=new.kind.value,
        asked=dict(new.asked),
        language=new.language,
        person_id=caller.person_id,
        grants_used=str(caller.used) or None,
        areas=narrowed(reach, new.area),
        state=(TaskState.PREPARED if new.prepared else TaskState.ASKED).value,
        asked_at=unit.now,
        heard_at=unit.now,
        not_before=unit.now,
        total=new.total,
        given=new.given,
        file=new.shown,
        expires_at=unit.now + UNDECIDED if new.prepared else None,
        said=[],
    )
    unit.session.add(made)
    unit.session.flush()
    return made


def confirm(unit: Unit, caller: Caller, task_id: UUID) -> Task:
    """Say yes to what was prepared; saying it again changes nothing. Raises NotFound, DoesNotApply."""
    task = one(unit.session, caller, task_id, locked=True)
    if task.state == TaskState.PREPARED:
        task.state, task.not_before, task.heard_at = TaskState.ASKED.value, unit.now, unit.now
        task.expires_at = None
    elif task.state == TaskState.CANCELLED:
        raise DoesNotApply("this was cancelled")
    return task


def own(session: Session, caller: Caller) -> Sequence[Task]:
    """The caller's last tasks, the newest first, without what was only prepared."""
    mine = select(Task).where(Task.person_id == caller.person_id, Task.state != TaskState.PREPARED.value)
    return session.scalars(mine.order_by(Task.asked_at.desc(), Task.id.desc()).limit(LISTED)).all()


def one(session: Session, caller: Caller, task_id: UUID, *, locked: bool = False) -> Task:
    """A task of the caller's own. Raises NotFound."""
    task = session.get(Task, task_id, with_for_update=locked or None, populate_existing=locked)
    if task is None or task.person_id != caller.person_id:
        raise NotFound("there is no such task", kind="task")
    return task


def cancel(unit: Unit, caller: Caller, task_id: UUID) -> Task:
    """Take a task back; doing so again changes nothing. One that runs stops at its next word.

    Raises NotFound, DoesNotApply where it is over or changed something that the rest must follow.
    """
    task = one(unit.session, caller, task_id, locked=True)
    if task.cancel_at is not None or task.state == TaskState.CANCELLED:
        return task
    if not may_cancel(turn_of(task)):
        raise DoesNotApply(IN_FORCE if task.in_force else "this is over already")
    if task.state == TaskState.RUNNING:
        task.cancel_at = unit.now
    else:
        _end(task, TaskState.CANCELLED, unit.now, ())
    return task


def may_have(session: Session, caller: Caller, task: Task) -> bool:
    """Whether all that can stand in a file still lies where the caller reads."""
    areas = {area.code: area for area in session.scalars(select(Area).where(Area.code.in_(task.areas)))}
    return bool(task.areas) and all(
        code in areas and may(caller, Act.READ, place_of(areas[code])) for code in task.areas
    )


def turn_of(task: Task) -> Turn:
    """Where a task stands."""
    return Turn(
        TaskState(task.state), task.attempts, task.heard_at, task.not_before, task.in_force, task.cancel_at
    )


def due(session: Session, now: datetime) -> list[UUID]:
    """Tasks that somebody should take, the longest waiting first."""
    asked = and_(Task.state == TaskState.ASKED.value, Task.not_before <= now)
    left = and_(Task.state == TaskState.RUNNING.value, Task.heard_at <= now - LEASE)
    return list(session.scalars(select(Task.id).where(or_(asked, left)).order_by(Task.asked_at, Task.id)))


def claim(unit: Unit, task_id: UUID) -> Task | None:
    """Take a task; None if it is not due, somebody was quicker, or it is over now: cancelled, or given up."""
    task = unit.session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None or not is_due(turn_of(task), unit.now):
        return None
    if task.cancel_at is not None:
        _end(task, TaskState.CANCELLED, unit.now, ())
    elif is_given_up(turn_of(task)):
        _end(task, TaskState.FAILED, unit.now, [DIED])
    else:
        task.state, task.attempts, task.heard_at = TaskState.RUNNING.value, task.attempts + 1, unit.now
        task.done = 0
        return task
    return None


def tell(unit: Unit, task_id: UUID, attempt: int, done: int, total: int | None, *, in_force: bool = False) -> bool:
    """Say how far it is, by one statement. Whether to go on: it is still the teller's, and wanted.

    in_force: from now on it changes something for good, and cannot be cancelled; False if it was before that.
    """
    wanted = Task.cancel_at.is_(None) if in_force else or_(Task.cancel_at.is_(None), Task.in_force)
    values: dict[str, Any] = {"done": done, "heard_at": unit.now} | ({"in_force": True} if in_force else {})
    if total is not None:
        values["total"] = total
    said = update(table_of(Task)).where(*_mine(task_id, attempt), wanted).values(**values)
    return unit.session.connection().execute(said.returning(Task.id)).first() is not None


def finish(unit: Unit, task_id: UUID, attempt: int, made: Made, *, reach: Collection[str] = ()) -> bool:
    """It is done. Whether it was still the caller's: else nothing is written.

    reach: areas that its person could read while it ran; their rows may stand in the file, too.
    """
    task = _held(unit, task_id, attempt)
    if task is None:
        return False
    task.areas = widened(task.areas, task.asked.get("query", {}).get("area"), reach)
    task.file, task.file_name, task.sha256, task.size = made.file, made.name, made.sha256, made.size
    if task.total is not None:
        task.done = task.total
    _end(task, TaskState.DONE, unit.now, made.said)
    return True


def fail(unit: Unit, task_id: UUID, attempt: int, said: Sequence[str]) -> None:
    """It cannot be done. said: why."""
    if (task := _held(unit, task_id, attempt)) is not None:
        _end(task, TaskState.FAILED, unit.now, said)


def give_back(unit: Unit, task_id: UUID, attempt: int, *, failed: bool) -> None:
    """Whoever ran it stops: it is cancelled if that was wanted, else somebody else goes on.

    failed: something was away, which counts as an attempt.
    """
    task = _held(unit, task_id, attempt)
    if task is None:
        return
    if task.cancel_at is not None and not task.in_force:
        _end(task, TaskState.CANCELLED, unit.now, ())
    elif failed and is_given_up(turn_of(task)):
        _end(task, TaskState.FAILED, unit.now, [AWAY])
    else:
        task.state = TaskState.ASKED.value
        task.not_before = unit.now + pause_after(task.attempts) if failed else unit.now
        task.attempts -= 0 if failed else 1


def expired(unit: Unit) -> int:
    """Forget the files of tasks whose time is over, and what was prepared and not wanted; how many tasks."""
    old = select(Task).where(Task.expires_at <= unit.now).limit(500).with_for_update()
    rows = unit.session.scalars(old).all()
    for task in rows:
        if task.state == TaskState.PREPARED:
            _end(task, TaskState.CANCELLED, unit.now, ())
        task.file = task.given = task.expires_at = None
    return len(rows)


def named_files(session: Session) -> set[str]:
    """Names in the store that a task still needs; those of one that runs are not all known yet."""
    rows = session.execute(select(Task.file, Task.given)).all()
    return {name for row in rows for name in row if name is not None}


def running(session: Session) -> set[UUID]:
    """Tasks that somebody may be at."""
    return set(session.scalars(select(Task.id).where(Task.state.in_([state.value for state in OPEN]))))


def _mine(task_id: UUID, attempt: int) -> tuple[Any, ...]:
    return Task.id == task_id, Task.attempts == attempt, Task.state == TaskState.RUNNING.value


def _held(unit: Unit, task_id: UUID, attempt: int) -> Task | None:
    return unit.session.scalars(
        select(Task).where(*_mine(task_id, attempt)).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def _end(task: Task, state: TaskState, now: datetime, said: Sequence[str]) -> None:
    task.state, task.ended_at, task.said, task.cancel_at = state.value, now, list(said), None
    task.expires_at = now + KEPT
    if task.kind == TaskKind.ADDRESS_TOLD:
        task.asked = {}  # two addresses, of no use any more
