"""`flask tend`: what has to be done again and again, so that nobody has to remember it."""

import os
import signal
from threading import Event
from types import FrameType

import click
import structlog
from flask import current_app
from flask.cli import with_appcontext

from api.backup.unfinished import refuse_half_restored
from api.chores import tend
from api.tasks.running import beside, run_due
from api.wiring import wiring
from api.work import DatabaseAway
from inspection.errors import Busy

LOOK_SECONDS = 10.0
log = structlog.get_logger("pandus.chores")


@click.command("tend")
@click.option("--once", is_flag=True, help="Do what is due now, then end: for cron, every minute.")
@click.option("--parent", type=int, hidden=True, help="The process that started it, and without which it ends.")
@with_appcontext
def command(once: bool, parent: int | None) -> None:
    """Understand what was left, weigh positions, rank, send letters and digests; at night what a new day brings.

    Beside that, tasks that people asked for on pages, where no workers run them.

    `flask serve` starts one by itself unless PANDUS_TEND is off. Any number may run, on any number of machines:
    when each chore is due stands in the database, and one of them does it.
    """
    refuse_half_restored(wiring().settings.database_url)
    stopped = Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with beside(current_app._get_current_object(), stopped, once=once):  # type: ignore[attr-defined]
        # Who started it may have been killed: what is due is somebody else's then.
        while not stopped.is_set() and parent in (None, os.getppid()):
            try:
                tend(wiring(), stopped.is_set)
                if once:
                    run_due(wiring(), stopped.is_set)
            except (Busy, DatabaseAway) as error:
                log.warning("nothing_tended", error=type(error).__name__)
                if once:
                    raise
            if once or stopped.wait(LOOK_SECONDS):
                break
