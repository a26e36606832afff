"""Counting requests by the minute: in this process, or in a Redis that all processes share.

A minute is one of the server's clock, so who asks across its end may ask twice as much at once. That costs less
than a window that slides, and a limit is no appointment.
"""

from collections import Counter
from datetime import datetime
from threading import Lock
from typing import Protocol

import structlog
from redis import Redis, RedisError

MINUTE = 60  # seconds
MOST_NAMES = 100_000  # of whom one minute is counted by in one process
QUIET_MINUTES = 1  # that a Redis which did not answer is left alone

log = structlog.get_logger("pandus.rates")


class Rates(Protocol):
    """How often each name was counted in the minute of a moment, this time included."""

    def count(self, name: str, now: datetime) -> int: ...


class OwnRates:
    """Counts in this process."""

    def __init__(self) -> None:
        self._counting = Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def count(self, name: str, now: datetime) -> int:
        """How often this name was counted in this minute."""
        minute = minute_of(now)
        with self._counting:
            # Names that somebody makes up must not fill the memory. To begin anew with all of them harms nobody.
            if minute != self._minute or len(self._counts) >= MOST_NAMES:
                self._minute, self._counts = minute, Counter()
            self._counts[name] += 1
            return self._counts[name]


class SharedRates:
    """Counts in a Redis; in this process while the Redis does not answer.

    redis: one that gives up soon, as requests wait for it.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._own = OwnRates()
        self._quiet_until = 0

    def count(self, name: str, now: datetime) -> int:
        """How often this name was counted in this minute, by all processes."""
        minute = minute_of(now)
        if minute < self._quiet_until:
            return self._own.count(name, now)
        key = f"pandus:rate:{minute}:{name}"
        try:
            # The second minute is for clocks of servers that are not quite alike.
            both = self._redis.pipeline(transaction=False)
            both.incr(key)
            both.expire(key, 2 * MINUTE)
            counted = both.execute()[0]
        except RedisError as error:
            log.warning("rates_not_shared", exc_info=error)
            self._quiet_until = minute + 1 + QUIET_MINUTES
            return self._own.count(name, now)
        return int(counted)

    def close(self) -> None:
        """Leave the Redis."""
        self._redis.close()


def minute_of(moment: datetime) -> int:
    """The number of the minute since 1970."""
    return int(moment.timestamp()) // MINUTE


def seconds_left(moment: datetime) -> int:
    """Until the next minute begins, 1 to 60."""
    return MINUTE - int(moment.timestamp()) % MINUTE
