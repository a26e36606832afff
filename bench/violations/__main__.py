"""The violation list of a whole country, measured over HTTP in turns with the floor.

    python -m bench.violations --database postgresql://.../bench_200 --small postgresql://.../bench_20 \\
        --floor "host=... dbname=bench_floor" --out violations.json
    python -m bench.violations --database sqlite:///var/bench_200.db --small sqlite:///var/bench_20.db --floor ...

--database is filled with 200,000 violations on 43,000 facilities (`country.py`), --small with a tenth of both;
databases that hold as many already are taken as they are. Filling drops every table, so each name must contain
"bench". --floor (a PostgreSQL dsn) gets one row for each violation; without it nothing is compared.

The real server (granian, 2 processes of 4 threads) answers one keep-alive client. Each round asks floor, large and
small one after the other, so that a machine whose speed drifts drifts for all three; ratios are taken round by
round, and their median counts. Nothing else should run on the machine; what did is not corrected for.
"""

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import func, inspect, make_url, select

import inspection.tables  # noqa: F401 - registers every table
from bench.floor.rows import fill
from bench.violations.client import Client
from bench.violations.country import Callers, make
from bench.violations.servers import serving
from inspection.database import Base, connect
from inspection.tables.violations import Violation

LIST = "/api/v1/violations"
WARM_UP = 60  # requests before a round, so that each connection of each thread has its plans
DEEP = 1_000
# Name, caller, query. The floor answers one kind of page; every other list is compared with that one.
CASES = (
    ("due, country", "ministry", "sort=due"),
    ("due, region", "head", "sort=due"),
    ("due, district", "district", "sort=due"),
    ("due, three districts", "three", "sort=due"),
    ("overdue, country", "ministry", "overdue=true&sort=overdue"),
    ("overdue and gross, region", "head", "overdue=true&severity=gross"),
    ("newest gross open, country", "ministry", "severity=gross&state=open&sort=opened"),
    ("newest minor declared, country", "ministry", "severity=minor&state=declared&sort=opened"),
    ("newest open, three districts", "three", "state=open&sort=opened"),
    ("newest of any state, region", "head", "state=open,declared,waived,released,withdrawn&sort=opened"),
    ("obstructed, country", "ministry", "sort=obstructed"),
    ("obstructed, district", "district", "sort=obstructed"),
    ("severity, country", "ministry", "sort=severity"),
    ("severity, three districts", "three", "sort=severity"),
    ("open, wheelchair, pharmacies, region", "head", "state=open&group=wheelchair&kind=pharmacy"),
    ("one criterion, country", "ministry", "criterion=entrance-ramp-slope"),
    ("words, district", "district", "text=aptek"),
    ("released by due date, region (sorts)", "head", "state=released&sort=due"),
)
FLOOR_PAGES = (
    "severity=gross&state=open",
    "severity=minor&state=declared",
    "severity=gross&state=open&offset=450",
)


@dataclass(frozen=True)
class Asked:
    """One series of equal requests: milliseconds."""

    p50: float
    p95: float


def main() -> None:
    """Fill, serve, measure, report."""
    wanted = _arguments()
    for url, share in ((wanted.database, 1), (wanted.small, 10)):
        if url:
            prepare(url, wanted.violations // share, wanted.facilities // share)
    if wanted.floor:
        fill(wanted.floor, wanted.violations)
    with ExitStack() as servers:
        ports = {"large": servers.enter_context(serving("wsgi:app", _settings(wanted.database)))}
        if wanted.small:
            ports["small"] = servers.enter_context(serving("wsgi:app", _settings(wanted.small)))
        if wanted.floor:
            ports["floor"] = servers.enter_context(serving("bench.floor.app:app", {"FLOOR_DSN": wanted.floor}))
        found = {
            "database": make_url(wanted.database).get_backend_name(),
            "lists": [_compare(case, ports, wanted) for case in CASES],
            "pages": _walk(ports["large"]),
        }
    _print(found)
    if wanted.out:
        wanted.out.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True, help="SQLAlchemy address")
    parser.add_argument("--small", help="SQLAlchemy address of a second one, a tenth as large")
    parser.add_argument("--floor", help="dsn of the floor's PostgreSQL database")
    parser.add_argument("--violations", type=int, default=200_000)
    parser.add_argument("--facilities", type=int, default=43_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=150, help="requests of a case in a round")
    parser.add_argument("--out", type=Path, help="file for the figures as JSON")
    return parser.parse_args()


def _settings(url: str) -> Mapping[str, str]:
    return {"PANDUS_DATABASE_URL": url, "PANDUS_LOG_LEVEL": "info"}


def prepare(url: str, violations: int, facilities: int) -> None:
    engine = connect(url)
    if inspect(engine).has_table(Violation.__tablename__):
        with engine.connect() as connection:
            if connection.scalar(select(func.count()).select_from(Violation)) == violations:
                return
    if "bench" not in str(engine.url.database):
        sys.exit(f"{engine.url.database} is not called a bench, and its tables would be dropped")
    print(f"filling {engine.url.database} with {violations} violations", flush=True)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    make(engine, violations=violations, facilities=facilities, now=datetime.now(UTC))
    engine.dispose()


def _compare(case: tuple[str, str, str], ports: Mapping[str, int], wanted: argparse.Namespace) -> dict[str, Any]:
    name, caller, query = case
    token = getattr(Callers(), caller)
    rounds: list[dict[str, Asked]] = []
    for _ in range(wanted.rounds):
        paths = {who: [f"{LIST}?{query}"] for who in ports} | {"floor": [f"/violations?{p}" for p in FLOOR_PAGES]}
        rounds.append({who: _ask(port, token, paths[who], wanted.requests) for who, port in ports.items()})
    result: dict[str, Any] = {"list": name}
    for who in ports:
        result[who] = {
            "p50_ms": _median([r[who].p50 for r in rounds]),
            "p95_ms": _median([r[who].p95 for r in rounds]),
        }
    for other in {"floor", "small"} & ports.keys():
        result[f"times_{other}"] = _median([r["large"].p50 / r[other].p50 for r in rounds])
    return result


def _ask(port: int, token: str, paths: Sequence[str], count: int) -> Asked:
    with Client(port, token) as client:
        for n in range(WARM_UP):
            _require_ok(client.get(paths[n % len(paths)]).status, paths[0])
        taken = sorted(client.get(paths[n % len(paths)]).seconds * 1000 for n in range(count))
    return Asked(round(statistics.median(taken), 2), round(taken[int(0.95 * (count - 1))], 2))


def _walk(port: int) -> dict[str, float]:
    """Page 1 and page 1,000 of the country's list by due date, each asked again and again."""
    with Client(port, Callers().ministry) as client:
        first = path = f"{LIST}?sort=due"
        for _ in range(DEEP - 1):
            answer = client.get(path)
            _require_ok(answer.status, path)
            path = f"{first}&cursor={answer.json()['next_cursor']}"
    token = Callers().ministry
    rounds = [(_ask(port, token, [first], 100).p50, _ask(port, token, [path], 100).p50) for _ in range(3)]
    ones, deep = zip(*rounds, strict=True)
    ratio = _median([d / one for one, d in rounds])
    return {"page_1_p50_ms": _median(ones), "page_1000_p50_ms": _median(deep), "ratio": ratio}


def _require_ok(status: int, path: str) -> None:
    if status != 200:
        sys.exit(f"{path} was answered with {status}")


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 2)


def _print(found: Mapping[str, Any]) -> None:
    print(f"{found['database']:39}{'p50':>8}{'p95':>8}{'x floor':>9}{'x small':>9}   (ms, large database)")
    for row in found["lists"]:
        times = "".join(f"{row.get(f'times_{other}', '-'):>9}" for other in ("floor", "small"))
        print(f"{row['list']:39}{row['large']['p50_ms']:>8}{row['large']['p95_ms']:>8}{times}")
    print("page 1 {page_1_p50_ms} ms, page 1,000 {page_1000_p50_ms} ms, ratio {ratio}".format(**found["pages"]))


if __name__ == "__main__":
    main()
