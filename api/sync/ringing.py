"""Ringing for workers beside the requests: a push need not wait until the queue has heard of it.

One thread of the process rings for all. While it does, further pushes of a region fall together into one ring. A
ring that is lost with the process loses nothing (`api/doorbells.py`).
"""

import time
from threading import Condition, Thread

import structlog
from flask import Flask, current_app

from api import backlog

KEY = "pandus_ringing"
PAUSE = 0.05  # seconds after a ring, in which more pushes may gather for the next one
log = structlog.get_logger("pandus.ringing")


class Ringing:
    """The regions that are to be rung for, and the thread that does."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._asked = Condition()
        self._regions: set[str] = set()
        self._thread: Thread | None = None

    def ring(self, region: str) -> None:
        """Have somebody ring soon; returns at once."""
        with self._asked:
            self._regions.add(region)
            if self._thread is None:  # not earlier: workers are forked from a process that has one thread
                self._thread = Thread(target=self._ring_on, name="ringing", daemon=True)
                self._thread.start()
            self._asked.notify()

    def _ring_on(self) -> None:
        while True:
            with self._asked:
                self._asked.wait_for(lambda: self._regions)
                regions, self._regions = self._regions, set()
            for region in sorted(regions):
                self._ring(region)
            time.sleep(PAUSE)

    def _ring(self, region: str) -> None:
        try:
            with self._app.app_context():
                backlog.ring(region)
        except Exception:  # the next ring must not find a thread that has ended
            log.exception("not_rung", region=region)


def ring(region: str) -> None:
    """Ring for a region beside this request."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    ringing: Ringing = app.extensions.get(KEY) or app.extensions.setdefault(KEY, Ringing(app))
    ringing.ring(region)
