"""Telling workers that there is something to do: audits to understand, letters, tasks. A hint: the rows are in the
database, and a sweep finds those whose ring was lost.
"""

import time
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from api.settings import QUEUE as QUEUED
from api.wiring import wiring

QUEUE, LETTERS, TASKS = "understanding", "letters", "tasks"
JOBS = {
    QUEUE: "api.backlog.drain_region",
    LETTERS: "api.chores.deliver_some",
    TASKS: "api.tasks.running.run_asked",
}
SECONDS = {TASKS: -1}  # that a job may last, if not RQ's three minutes; a task says itself that it lives
PENDING_SECONDS = 60  # after which a ring counts as lost
FAILED_SECONDS = 86_400
QUIET_SECONDS = 5.0  # that Redis is left alone after it did not answer, so that no push has to wait for it

log = structlog.get_logger("pandus.doorbells")


class Doorbells:
    """One queue of what is to be worked through: regions, or lanes of letters; each at most once at a time.

    failed: rings that Redis did not take since the process started.
    """

    def __init__(
        self, redis: Redis, name: str = QUEUE, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._redis = redis
        self._name = name
        self._queue = Queue(name, connection=redis, serializer=JSONSerializer)
        self._monotonic = monotonic
        self._quiet_until = float("-inf")
        self._counting = Lock()
        self.failed = 0

    def ring(self, about: str) -> bool:
        """Queue a region or lane unless it is queued already. Whether that worked; never raises."""
        if self._monotonic() < self._quiet_until:
            self._count()
            return False
        try:
            if self._redis.set(self._pending(about), 1, nx=True, ex=PENDING_SECONDS):
                lasts: dict[str, Any] = {
                    "timeout": SECONDS.get(self._name),
                    "result_ttl": 0,
                    "failure_ttl": FAILED_SECONDS,
                }
                self._queue.enqueue_call(JOBS[self._name], args=(about,), **lasts)
        except RedisError as error:
            self._quiet_until = self._monotonic() + QUIET_SECONDS
            self._count()
            log.warning("not_rung", queue=self._name, about=about, error=type(error).__name__)
            return False
        return True

    def answer(self, about: str) -> None:
        """Somebody is at it: who rings from now on may have brought something that is not seen any more."""
        try:
            self._redis.delete(self._pending(about))
        except RedisError as error:
            log.warning("not_answered", queue=self._name, about=about, error=type(error).__name__)

    def _pending(self, about: str) -> str:
        return f"pandus:{self._name}:pending:{about}"

    def _count(self) -> None:
        with self._counting:
            self.failed += 1


def doorbells(name: str = QUEUE) -> Doorbells | None:
    """Those of the current application; None where everything is done at once."""
    settings = wiring().settings
    return _of(settings.redis_url, name) if settings.understanding == QUEUED else None


@cache
def _of(url: str, name: str) -> Doorbells:
    return Doorbells(impatient(url), name)


def impatient(url: str) -> Redis:
    """A connection that gives up at once: a push waits for it, and nothing is lost with it."""
    return Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2, retry=Retry(NoBackoff(), 0))
