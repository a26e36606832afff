"""Who runs tasks: workers where there is a queue, else whoever tends (`flask tend`), beside its chores.

What is to be done stands in the database. A runner that dies is found by its silence, and another goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from uuid import UUID

import structlog
from flask import Flask, current_app, g
from flask_babel import force_locale

from api.doorbells import TASKS, doorbells
from api.photo_store import PhotoStore
from api.settings import INLINE
from api.tasks.making import MAKERS
from api.tasks.run import NotWanted, Run, named
from api.wiring import Wiring, wiring
from api.work import DatabaseAway, TakesTooLong, Units, Work
from inspection import tasks
from inspection.errors import Busy, InspectionError, InvalidInput
from inspection.tasks import Made

LOOK_SECONDS = 1.0
UNEXPECTED = "something unexpected happened; whoever runs this service finds it in its log"
FOR_NOW = (Busy, DatabaseAway, TakesTooLong)  # what may be otherwise in a minute
MOST_SAID = 20  # sentences
stopping = Event()  # set by a worker that is told to stop in the middle of a job
log = structlog.get_logger("pandus.tasks")


def run_due(parts: Wiring, stopped: Callable[[], bool] = lambda: False) -> int:
    """Run what is due, one after another; how many were taken."""
    ran = 0
    for task_id in parts.units.read(lambda work: tasks.due(work.session, work.now)):
        if stopped():
            break
        ran += run_one(parts, task_id, stopped)
    return ran


def run_asked(about: str) -> None:
    """The job of a worker: one task, given back if the worker is told to stop meanwhile."""
    if (bells := doorbells(TASKS)) is not None:
        bells.answer(about)
    run_one(wiring(), UUID(about), stopping.is_set)


def run_one(parts: Wiring, task_id: UUID, stopped: Callable[[], bool] = lambda: False) -> bool:
    """Run a task if it is due and nobody else has it. Whether it was taken."""
    task = parts.units.write(partial(tasks.claim, task_id=task_id))
    if task is None:
        return False
    log.info("task_begun", task=str(task_id), kind=task.kind, attempt=task.attempts)
    # A context of its own: whoever asked for the task before is not whose task this is.
    with (
        current_app.app_context(),
        force_locale(task.language),
        TemporaryDirectory(prefix="pandus-task-") as folder,
    ):
        run = Run.of(parts, task, stopped, Path(folder))
        try:
            ended = _attempt(run)
        finally:
            g.pop("work", None)
    log.info("task_ended", task=str(task_id), ended=ended)
    return True


def _attempt(run: Run) -> str:
    """Make it, and write down what came of it; in a word."""
    try:
        run.tell(0)
        made: Made = MAKERS[run.kind](run)
        _note(run, lambda work: tasks.finish(work, run.task_id, run.attempt, made, reach=run.reach))
    except NotWanted:
        _note(run, lambda work: tasks.give_back(work, run.task_id, run.attempt, failed=False))
        return "not wanted"
    except FOR_NOW as error:
        log.warning("task_put_off", task=str(run.task_id), exc_info=error)
        _note(run, lambda work: tasks.give_back(work, run.task_id, run.attempt, failed=True))
        return "put off"
    except InspectionError as error:
        said = _in_words(error)
        _note(run, lambda work: tasks.fail(work, run.task_id, run.attempt, said))
        return "refused"
    except Exception:  # whatever it was: it is told, and the next task has its turn
        log.exception("task_failed", task=str(run.task_id))
        _note(run, lambda work: tasks.fail(work, run.task_id, run.attempt, [UNEXPECTED]))
        return "failed"
    return "done"


def _note(run: Run, fn: Callable[[Work], object]) -> None:
    run.parts.units.write(fn)


def _in_words(error: InspectionError) -> list[str]:
    if isinstance(error, InvalidInput):
        return [fault.reason for fault in error.faults][:MOST_SAID]
    return [error.message]


@contextmanager
def beside(app: Flask, stopped: Event, *, once: bool) -> Iterator[None]:
    """Run tasks in a thread beside what the block does, where no workers do; it ends when the block does."""
    parts = wiring()
    if once or parts.settings.understanding != INLINE:
        yield
        return
    ended = Event()
    over = lambda: stopped.is_set() or ended.is_set()  # noqa: E731
    thread = Thread(target=_look_again_and_again, args=(app, over, ended), name="tasks")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _look_again_and_again(app: Flask, over: Callable[[], bool], ended: Event) -> None:
    with app.app_context():
        parts = wiring()
        while not over():
            try:
                run_due(parts, over)
            except (Busy, DatabaseAway) as error:
                log.warning("no_task_run", error=type(error).__name__)
            ended.wait(LOOK_SECONDS)


def ring(task_id: UUID) -> None:
    """Tell a worker, where there are some. A hint: whoever tends or sweeps finds the row."""
    if (bells := doorbells(TASKS)) is not None:
        bells.ring(str(task_id))


def drop_files(units: Units, store: PhotoStore) -> Counter[str]:
    """Remove files whose time is over, and what a runner left that died. Safe to be done twice."""
    became = Counter[str]()
    while ended := units.write(tasks.expired):
        became["tasks over"] += ended
    # In this order: what is put and named in between is of a task that was at work, or of today.
    held, at_work = store.waiting(), units.read(lambda work: tasks.running(work.session))
    needed, today = units.read(lambda work: (tasks.named_files(work.session), work.now.date()))
    for name in held:
        of = named(name)
        if of is not None and name not in needed and of[0] not in at_work and of[1] < today - timedelta(days=1):
            store.drop_waiting(name)
            became["task files"] += 1
    return became
