"""One process that works through the backlog, as a worker does, and counts what that costs."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import Engine, event, text

import inspection.tables  # noqa: F401 - registers every table
from api import backlog
from api.commands.worker import settle_in
from api.work import Units
from inspection.database import connect

TICK = 100  # of the kernel's accounting, a second


@dataclass(frozen=True)
class Drained:
    """What one process did. cpu, database_cpu: seconds, of it and of the server process that served it."""

    began: float
    ended: float
    cpu: float
    database_cpu: float
    statements: int
    became: dict[str, int]


def drain(url: str, batch: int, ready: Any, done: Any) -> None:
    """Wait for the others at the barrier `ready`, then drain; what was spent goes into the queue `done`."""
    engine = connect(url)
    backlog.BATCH = batch
    units = Units(engine)
    statements = _count_statements(engine)
    server = units.read(lambda work: _server(work.session.connection()))
    settle_in()
    ready.wait()
    began, cpu, database_cpu = perf_counter(), process_time(), _cpu_of(server)
    became = backlog.drain(units)
    spent = Drained(
        began,
        perf_counter(),
        process_time() - cpu,
        _cpu_of(server) - database_cpu,
        statements(),
        dict(became),
    )
    engine.dispose()
    done.put(spent)


def _count_statements(engine: Engine) -> Callable[[], int]:
    seen = Counter[str]()
    event.listen(engine, "before_cursor_execute", lambda *_: seen.update(["statements"]))
    return lambda: seen["statements"]


def _server(connection: Any) -> int | None:
    if connection.dialect.name != "postgresql":
        return None
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def _cpu_of(pid: int | None) -> float:
    """Seconds of processor time that a process of this machine has used."""
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK
