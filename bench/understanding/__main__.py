"""How fast kept audits are understood: settled, fed, journalled.

    python -m bench.understanding --database postgresql+psycopg://.../bench_u --audits 2000 --processes 2

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
from datetime import UTC, datetime
from time import perf_counter

from sqlalchemy import Engine, text

from api import backlog
from api.work import Units
from bench.understanding.draining import Drained, drain
from bench.understanding.region import drop, keep_audits, make
from inspection.database import connect

PATIENCE = 120


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
    parser.add_argument("--batch", type=int, default=backlog.BATCH)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--profile", action="store_true")
    return parser.parse_args()


def _in_processes(url: str, count: int, batch: int) -> list[Drained]:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(count), context.Queue()
    processes = [context.Process(target=drain, args=(url, batch, ready, done)) for _ in range(count)]
    for process in processes:
        process.start()
    drained = [done.get(timeout=PATIENCE) for _ in processes]
    for process in processes:
        process.join()
    return drained


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
    print(f"{1000 * cpu / audits:.2f} ms of processor time an audit")
    print(f"{1000 * database_cpu / audits:.2f} ms of PostgreSQL's")
    print(f"{sum(each.statements for each in drained) / audits:.2f} statements an audit")


def _analyse(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))


if __name__ == "__main__":
    main()
