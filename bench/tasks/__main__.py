"""The violation list of a whole country as a file, made by a task: seconds, and memory at its peak.

    python -m bench.tasks --database sqlite:///var/bench_200.db --kind violations_xlsx

The database is one that `bench.violations` has filled. Its own process each time, so that peaks do not mix.
"""

import argparse
import resource
import time
from functools import partial
from uuid import UUID, uuid4

from api.app import create_app
from api.settings import Settings
from api.tasks.running import run_one
from api.wiring import Wiring
from api.work import Work
from bench.violations.country import Callers
from inspection import access, tasks
from inspection.tables.tasks import Task, TaskKind
from inspection.tables.violations import ViolationState
from inspection.tasks import NewTask


def main() -> None:
    """Ask, run, report."""
    wanted = _arguments()
    app = create_app(Settings(database_url=wanted.database, photos=wanted.store))
    parts: Wiring = app.extensions["pandus"]
    with app.app_context():
        task_id = parts.units.write(partial(_ask, kind=TaskKind(wanted.kind)))
        before, begun, worked = _peak_mb(), time.monotonic(), time.process_time()
        run_one(parts, task_id)
        took, worked = time.monotonic() - begun, time.process_time() - worked
        task = parts.units.read(lambda work: work.session.get_one(Task, task_id))
    made = f"{task.done:,} rows, {(task.size or 0) / 1e6:.1f} MB"
    said = f"{task.state}, {made}, {took:.0f} s, {worked:.0f} s of them its own"
    print(f"{wanted.kind}: {said}, {before:.0f} MB before, {_peak_mb():.0f} MB at its peak", *task.said)


def _ask(work: Work, kind: TaskKind) -> UUID:
    caller = access.sign_in(work.session, Callers().ministry, now=work.now)
    query = {"state": ",".join(state.value for state in ViolationState)}
    return tasks.ask(work, caller, NewTask(uuid4(), kind, {"query": query}, "kk")).id


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.tasks")
    parser.add_argument("--database", required=True)
    parser.add_argument("--kind", default=TaskKind.VIOLATIONS_XLSX.value)
    parser.add_argument("--store", default="var/photos")
    return parser.parse_args()


if __name__ == "__main__":
    main()
