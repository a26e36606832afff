"""How fast kept audits are understood: settled, fed, journalled.

    python -m bench.understanding --database postgresql+psycopg://.../bench_u --audits 2000 --batch 50 --processes 2

The database is emptied first, so its name must contain "bench". Audits of 60 answers, about 11 of them fails, on
5,000 facilities of one region, are kept as tablets push them; then so many processes work through the backlog as
workers do. --before audits are understood first, so that facilities have a history. --profile runs one process
under the profiler instead.
"""

import argparse
import cProfile
import multiprocessing
import pstats
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import Engine, event, text

import inspection.tables  # noqa: F401 - registers every table
from api import backlog
from api.work import Units, clock
from bench.understanding.region import drop, keep_audits, make
from inspection.database import connect

TICK = 100  # of the kernel's accounting, a second
PATIENCE = 600


@dataclass(frozen=True)
class Drained:
    """What one process did. cpu, database_cpu: seconds, of it and of the server process that served it."""

    began: float
    ended: float
    cpu: float
    database_cpu: float
    statements: int
    became: dict[str, int]


def main() -> None:
    """Fill, keep, understand, report."""
    wanted = _arguments()
    engine = connect(wanted.database)
    if "bench" not in str(engine.url.database):
        sys.exit(f"{engine.url.database} is not called a bench, and its tables would be dropped")
    units, now = Units(engine), datetime.now(UTC)
    drop(engine)
    make(engine, units, wanted.facilities, now)
    if wanted.before:
        keep_audits(units, wanted.before, wanted.facilities, now)
        _in_processes(wanted.database, 2, 50)
    began = perf_counter()
    keep_audits(units, wanted.before + wanted.audits, wanted.facilities, now)
    print(f"kept in {perf_counter() - began:.1f} s, hashes and generation included")
    _analyse(engine)
    engine.dispose()
    if wanted.profile:
        _profile(wanted.database, wanted.batch)
    else:
        _report(_in_processes(wanted.database, wanted.processes, wanted.batch), wanted.audits)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True, help="SQLAlchemy address")
    parser.add_argument("--audits", type=int, default=2000)
    parser.add_argument("--before", type=int, default=0, help="audits that are there already")
    parser.add_argument("--facilities", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--profile", action="store_true")
    return parser.parse_args()


def _in_processes(url: str, count: int, batch: int) -> list[Drained]:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(count), context.Queue()
    processes = [context.Process(target=_drain, args=(url, batch, ready, done)) for _ in range(count)]
    for process in processes:
        process.start()
    drained = [done.get(timeout=PATIENCE) for _ in processes]
    for process in processes:
        process.join()
    return drained


def _drain(url: str, batch: int, ready: Any, done: Any) -> None:
    engine = connect(url)
    backlog.BATCH = batch
    backlog.arrived = lambda _work, _ids: None if _ids is None else _wake(_work, _ids)  # type: ignore[assignment]
    units = Units(engine, clock=clock)
    statements = _count_statements(engine)
    server = units.read(lambda work: _server(work.session.connection()))
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


def _wake(work: Any, ids: Any) -> None:
    backlog.turns.awaken(work, ids)


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


def _profile(url: str, batch: int) -> None:
    backlog.BATCH = batch
    engine = connect(url)
    profiler = cProfile.Profile()
    profiler.runcall(backlog.drain, Units(engine))
    engine.dispose()
    stats = pstats.Stats(profiler)
    stats.sort_stats("tottime").print_stats(45)
    stats.sort_stats("cumulative").print_stats("inspection|api|bulk", 70)


def _report(drained: list[Drained], audits: int) -> None:
    seconds = max(each.ended for each in drained) - min(each.began for each in drained)
    became = sum((Counter(each.became) for each in drained), Counter[str]())
    cpu, database_cpu = sum(each.cpu for each in drained), sum(each.database_cpu for each in drained)
    print(f"{dict(became)} in {seconds:.2f} s by {len(drained)} processes")
    print(f"{audits / seconds:.0f} audits/s understood")
    print(
        f"{1000 * cpu / audits:.2f} ms of processor time an audit, and {1000 * database_cpu / audits:.2f} in PostgreSQL"
    )
    print(f"{sum(each.statements for each in drained) / audits:.2f} statements an audit")


def _analyse(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))


if __name__ == "__main__":
    main()
