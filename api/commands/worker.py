"""`flask worker`: understands what tablets push, delivers letters and runs tasks, where that is left to queues."""

import gc
import signal
from collections.abc import Callable
from threading import Event
from types import FrameType

import click
import structlog
from flask.cli import with_appcontext
from redis import Redis, RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from api.backlog import understand_backlog
from api.backup.unfinished import refuse_half_restored
from api.doorbells import LETTERS, QUEUE, TASKS
from api.positions import weigh_all
from api.settings import QUEUE as QUEUED
from api.sync import edits
from api.tasks.running import run_due, stopping
from api.wiring import wiring
from api.work import DatabaseAway, Units
from inspection.errors import Busy

log = structlog.get_logger("pandus.worker")


@click.command("worker")
@click.option("--once", is_flag=True, help="Work through everything there is, then end.")
@with_appcontext
def command(once: bool) -> None:
    """Understand what tablets pushed and deliver letters, until interrupted. Start as many as there are cores.

    At its start, and whenever nobody rang for PANDUS_SWEEP_SECONDS, it looks through the database itself: for what
    lost its ring, what a killed worker left behind, and what waited for something that has come.
    """
    settings = wiring().settings
    refuse_half_restored(settings.database_url)
    if settings.understanding != QUEUED:
        raise click.ClickException(
            "requests understand what they bring themselves: PANDUS_UNDERSTANDING is inline"
        )
    # Waits for jobs as long as it has to; only the connection itself may not take for ever.
    redis = Redis.from_url(settings.redis_url, socket_connect_timeout=5)
    work(wiring().units, redis, sweep_seconds=settings.sweep_seconds, once=once)


def work(units: Units, redis: Redis, *, sweep_seconds: int, once: bool = False) -> None:
    """Sweep, then answer rings until none comes for so many seconds; again and again, until told to stop."""
    settle_in()
    stopped = _Stopping()
    while not stopped.is_set():
        stopped.listen()  # RQ has handlers of its own
        sweep(units, stopped.is_set)
        if stopped.is_set() or not _answer(redis, stopped, sweep_seconds, burst=once):
            continue
        if once:
            break


def settle_in() -> None:
    """Tell Python that this process makes many short-lived objects and few cycles.

    What was loaded stays for good and need not be looked through again and again; a batch of audits is tens of
    thousands of objects, which go by themselves when it ends.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def sweep(units: Units, stopped: Callable[[], bool]) -> None:
    """Understand whatever can be understood; what the database does not let us do now is left to the next time."""
    try:
        became = understand_backlog(units, stopped)
        if finished := edits.finish(units):
            became["finished"] = finished
        if weighed := weigh_all(units, stopped):
            became["weighed"] = weighed
        if ran := run_due(wiring(), stopped):
            became["tasks"] = ran
    except (Busy, DatabaseAway) as error:
        log.warning("sweep_failed", error=type(error).__name__)
        return
    if became:
        log.info("swept", **became)


def _answer(redis: Redis, stopped: "_Stopping", seconds: int, *, burst: bool) -> bool:
    """Answer rings until there is none for so long. Whether Redis was there."""
    try:
        # In this process: a fork a job would cost more than the job, and connections do not survive it.
        queues = [Queue(name, connection=redis, serializer=JSONSerializer) for name in (QUEUE, LETTERS, TASKS)]
        worker = _Worker(queues, connection=redis, serializer=JSONSerializer)
        worker.work(burst=burst, max_idle_time=None if burst else seconds, logging_level="WARNING")
    except RedisError as error:
        log.warning("queue_away", error=type(error).__name__)
        stopped.wait(seconds)
        return False
    if worker.was_told_to_stop:
        stopped.set()
    return True


class _Worker(SimpleWorker):
    """RQ's worker, which says why it ended, and tells the task that it is at to stop at its next word."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """The first signal: what takes long is given back, all else is finished."""
        stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    @property
    def was_told_to_stop(self) -> bool:
        return self._shutdown_requested_date is not None


class _Stopping(Event):
    """Set by SIGTERM and SIGINT: the batch that was begun is finished."""

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._heard)
        signal.signal(signal.SIGINT, self._heard)

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self.set()
