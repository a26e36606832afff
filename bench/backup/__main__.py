"""See the package."""

import argparse
import hashlib
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from urllib.request import Request, urlopen

import orjson
from sqlalchemy import insert, select

import inspection.tables  # noqa: F401 - registers every table
from api import migrate
from api.commands.feed import rebuild_all
from api.photo_store import open_store
from api.settings import Settings
from api.work import Units, Work
from bench.violations.country import Callers, make
from bench.violations.servers import ROOT, serving
from inspection.database import connect
from inspection.photos.blobs import record_stored
from inspection.tables.audits import Audit
from inspection.tables.intake import IntakeRow, IntakeState

BATCH, ANSWERS = 500, 60
LOOK = 0.1  # seconds between two looks at a process
FILLED = "filled"  # a file that says so: a second run takes what is there
ALONE = 15.0  # seconds in which nothing else runs
SEED = 20_261_128


@dataclass(frozen=True)
class Taken:
    """What a command took: seconds, and megabytes of memory at its peak."""

    seconds: float
    megabytes: int


def main() -> None:
    """Fill, serve, back up, restore, report."""
    wanted = _arguments()
    folder: Path = wanted.folder
    here = _settings(wanted.database, folder / "here")
    if not (folder / FILLED).exists():
        _fill(wanted, Settings(database_url=wanted.database, photos=here["PANDUS_PHOTOS"]))
        (folder / FILLED).touch()
    backups = folder / "backups"
    shutil.rmtree(backups, ignore_errors=True)
    with serving("wsgi:app", here) as port:
        _report("requests, nothing beside them", _asked(port, lambda: time.sleep(ALONE)))
        _report("requests, a first backup beside", _asked(port, lambda: _run(here, "backup", str(backups))))
        _report("requests, a second backup beside", _asked(port, lambda: _run(here, "backup", str(backups))))
    print(f"{'database in the backup':40}{_size(max(backups.glob('2*'))):>9.1f} MB")
    print(f"{'photos in the backup':40}{_size(backups / 'photos'):>9.1f} MB")
    _run(here, "backup", str(backups), "--verify")
    there = _settings(wanted.elsewhere, folder / "there")
    _run(there, "restore", str(backups), "--no-prescriptions-since")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="SQLAlchemy address")
    parser.add_argument("--elsewhere", required=True, help="SQLAlchemy address of an empty one")
    parser.add_argument("--violations", type=int, default=200_000)
    parser.add_argument("--facilities", type=int, default=43_000)
    parser.add_argument("--photos", type=int, default=2_000)
    parser.add_argument("--photo-bytes", type=int, default=500_000)
    parser.add_argument("--folder", type=Path, required=True, help="where photos and backups lie; empty at first")
    return parser.parse_args()


def _settings(url: str, folder: Path) -> Mapping[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    named = {"PHOTOS": "photos", "UPLOAD_FOLDER": "uploads", "MAIL": "mail", "LINK_KEY_FILE": "link.key"}
    return {"PANDUS_DATABASE_URL": url, **{f"PANDUS_{key}": str(folder / name) for key, name in named.items()}}


def _fill(wanted: argparse.Namespace, settings: Settings) -> None:
    if "bench" not in wanted.database:
        sys.exit("the database is not called a bench")
    migrate.upgrade(wanted.database)
    engine = connect(wanted.database)
    make(engine, violations=wanted.violations, facilities=wanted.facilities, now=datetime.now(UTC))
    units = Units(engine)
    while units.write(_say_what_came):
        pass
    rebuild_all(units)
    source, store = random.Random(SEED), open_store(settings)
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(wanted.photos):
            content = source.randbytes(wanted.photo_bytes)
            Path(file.name).write_bytes(content)
            digest = hashlib.sha256(content).digest()
            store.put_original(digest, Path(file.name))
            units.write(lambda work: record_stored(work, digest, wanted.photo_bytes))  # noqa: B023 - at once
    engine.dispose()


def _say_what_came(work: Work) -> int:
    """What tablets sent of some audits, which the country is made without. Returns of how many."""
    audits = work.session.scalars(select(Audit).where(Audit.content_hash == "").limit(BATCH)).all()
    rows = []
    for audit in audits:
        answers = [{"criterion": f"criterion-{n}", "place": "main", "value": n / 100} for n in range(ANSWERS)]
        body = orjson.dumps({"id": audit.id, "facility": audit.facility_id, "answers": answers})
        digest = hashlib.sha256(body)
        audit.content_hash = digest.hexdigest()
        key = {"home_region": audit.home_region, "collection": "audits", "document_id": audit.id}
        state = {"state": IntakeState.TAKEN.value, "schema_version": 1, "received_at": audit.received_at}
        rows.append({**key, **state, "content_hash": digest.digest(), "body": body})
    if rows:
        work.session.execute(insert(IntakeRow), rows)
    return len(rows)


def _asked(port: int, meanwhile: Callable[[], object]) -> Mapping[str, Sequence[float]]:
    """Milliseconds of each kind of request while something else is done."""
    stop, taken = Event(), {name: list[float]() for name, *_ in _requests(port)}

    def ask() -> None:
        while not stop.is_set():
            for name, request in _requests(port):
                begun = time.perf_counter()
                with urlopen(request, timeout=60) as reply:
                    reply.read()
                taken[name].append((time.perf_counter() - begun) * 1000)

    asking = Thread(target=ask)
    asking.start()
    try:
        meanwhile()
    finally:
        stop.set()
        asking.join()
    return taken


def _requests(port: int) -> Sequence[tuple[str, Request]]:
    base = f"http://127.0.0.1:{port}"
    bearer = {"Authorization": f"Bearer {Callers().head}"}
    sent = {**bearer, "Content-Type": "application/json"}
    wishes = [
        Request(f"{base}/api/v1/me", b'{"digest": "%s"}' % wish, sent, method="PATCH")
        for wish in (b"never", b"weekly")
    ]
    return (
        ("violations, a page", Request(f"{base}/api/v1/violations?sort=due", headers=bearer)),
        ("facilities, a page", Request(f"{base}/api/v1/facilities?limit=100", headers=bearer)),
        *(("a wish, written", wish) for wish in wishes),
    )


def _report(what: str, taken: Mapping[str, Sequence[float]]) -> None:
    print(what, flush=True)
    for name, times in taken.items():
        listed = sorted(times)
        p95 = listed[int(0.95 * (len(listed) - 1))]
        print(
            f"  {name:38}{statistics.median(listed):>9.1f} ms{p95:>9.1f} ms at p95, of {len(listed)}", flush=True
        )


def _run(settings: Mapping[str, str], *words: str) -> Taken:
    """Run a command; says what it took."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=said,
            stderr=said,
        )
        peak = 0
        while process.poll() is None:
            peak = max(peak, _peak(process.pid))
            time.sleep(LOOK)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{words[0]} failed: {said.read().decode()[-2000:]}")
    taken = Taken(time.perf_counter() - begun, peak // 1024)
    name = " ".join(word for word in words if not word.startswith("/"))
    print(f"{name:40}{taken.seconds:>9.1f} s{taken.megabytes:>9} MB at its peak", flush=True)
    return taken


def _peak(pid: int) -> int:
    """Kilobytes of memory that a process has used at most so far."""
    try:
        said = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    read = re.search(r"VmHWM:\s+(\d+) kB", said)
    return int(read[1]) if read else 0


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1_000_000


if __name__ == "__main__":
    main()
