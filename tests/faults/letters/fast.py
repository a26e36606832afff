"""One process of the run: a worker, or whoever tends. `python -m tests.faults.letters.fast worker <clock>`.

Its clock runs faster than the wall's, so that pauses of minutes and leases pass in seconds. clock: the moment on
the wall at which it was set, what it said then, and how fast it runs, as JSON.
"""

import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from redis import Redis

from api.app import create_app
from api.chores import CHORES
from api.commands.worker import work
from api.settings import read_settings
from api.wiring import KEY, wire
from api.work import DatabaseAway, Units
from inspection.errors import Busy


class FastClock:
    """now = said + (wall - at) * speed."""

    def __init__(self, at: float, said: float, speed: float) -> None:
        self._at, self._said, self._speed = at, said, speed

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self._said, UTC) + timedelta(seconds=(time.time() - self._at) * self._speed)


def main(role: str, clock: str) -> None:
    """Work or tend until killed."""
    app = create_app(read_settings(os.environ))
    parts = app.extensions[KEY]
    parts = replace(parts, units=Units(parts.engine, clock=FastClock(**json.loads(clock))))
    wire(app, parts)
    with app.app_context():
        if role == "worker":
            work(parts.units, Redis.from_url(parts.settings.redis_url, socket_connect_timeout=5), sweep_seconds=1)
            return
        while True:
            with suppress(Busy, DatabaseAway):  # as whoever tends does: it is tried again
                CHORES["letters"].do(parts)
            time.sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
