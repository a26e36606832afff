"""See the package."""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, inspect, make_url

import inspection.tables  # noqa: F401 - registers every table
from api.work import Units, Work
from bench.tiles.places import draw
from bench.violations.client import Client
from bench.violations.country import Callers, make
from bench.violations.servers import serving
from geo.tiles import Tile
from inspection import maps
from inspection.access import Caller, sign_in
from inspection.database import Base, connect
from inspection.maps import Maps
from inspection.tables.facilities import Facility
from tests.servers.postgres import PostgresServer, create_database

ZOOMS = (0, 4, 6, 8, 10, 12, 13, 14, 15, 16)
GOAL_MS = 50
REPEATS, REQUESTS, CHANGES = 30, 100, 10


def main() -> None:
    """Fill, measure, report."""
    wanted = _arguments()
    found = {}
    for asked in wanted.database or ("sqlite", "postgresql"):
        with _database(asked) as url:
            _fill(url, wanted)
            kind = make_url(url).get_backend_name()
            found[kind] = {"in_process": _in_process(url), "http": _over_http(url)}
            _print(kind, found[kind])
    if wanted.out:
        wanted.out.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.tiles", description=maps.__doc__)
    parser.add_argument(
        "--database",
        action="append",
        help="sqlite or postgresql (made and thrown away), or an address; filled if empty, and left",
    )
    parser.add_argument("--facilities", type=int, default=43_000)
    parser.add_argument("--violations", type=int, default=100_000)
    parser.add_argument("--out", type=Path, help="file for the figures as JSON")
    return parser.parse_args()


@contextmanager
def _database(kind: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        if kind != "postgresql":
            yield f"sqlite:///{folder}/bench.sqlite3" if kind == "sqlite" else kind
            return
        server = PostgresServer.start()
        try:
            yield create_database(server.socket, "bench")
        finally:
            server.stop()


def _fill(url: str, wanted: argparse.Namespace) -> None:
    engine = connect(url)
    if not inspect(engine).has_table(Facility.__tablename__):
        Base.metadata.create_all(engine)
        now = datetime.now(UTC)
        make(engine, violations=wanted.violations, facilities=wanted.facilities, now=now)
        draw(engine, now)
    engine.dispose()


def _in_process(url: str) -> dict[str, Any]:
    """Milliseconds of `maps.tile` alone, without sign-in and HTTP."""
    engine = connect(url)
    units, kept = Units(engine), Maps()
    try:
        caller = units.read(lambda work: sign_in(work.session, Callers().ministry, now=work.now))
        cold = _milliseconds(lambda: _tile(units, caller, kept, Tile(0, 0, 0)))
        densest = {z: _densest(kept, z) for z in ZOOMS}
        rows = []
        for z, (tile, facilities) in densest.items():
            first = _milliseconds(lambda tile=tile: _tile(units, caller, kept, tile))  # type: ignore[misc]
            warm = [_milliseconds(lambda tile=tile: _tile(units, caller, kept, tile)) for _ in range(REPEATS)]  # type: ignore[misc]
            changed = []
            for n in range(CHANGES):
                _change(units, kept, n)
                changed.append(_milliseconds(lambda tile=tile: _tile(units, caller, kept, tile)))  # type: ignore[misc]
            size = len(_tile(units, caller, kept, tile))
            about = {"zoom": z, "tile": f"{tile.z}/{tile.x}/{tile.y}", "facilities": facilities, "bytes": size}
            rows.append(about | {"first": first, "warm": _median(warm), "changed": _median(changed)})
        return {"cold": cold, "tiles": rows}
    finally:
        engine.dispose()


def _tile(units: Units, caller: Caller, kept: Maps, tile: Tile) -> bytes:
    return units.look(lambda work: maps.tile(work.session, caller, kept, tile, now=work.now))


def _densest(kept: Maps, z: int) -> tuple[Tile, int]:
    snapshot = kept.points._held
    assert snapshot is not None
    counted: dict[tuple[int, int], int] = {}
    for x, y in zip(snapshot.rows["x"], snapshot.rows["y"], strict=True):
        at = (int(x * 2**z), int(y * 2**z))
        counted[at] = counted.get(at, 0) + 1
    (column, row), facilities = max(counted.items(), key=lambda each: each[1])
    return Tile(z, column, row), facilities


def _change(units: Units, kept: Maps, n: int) -> None:
    snapshot = kept.points._held
    assert snapshot is not None
    key = snapshot.keys[n * 997]

    def touch(work: Work) -> None:
        facility = work.session.get_one(Facility, key)
        facility.catchment, facility.rev = (facility.catchment or 0) + 1, facility.rev + 1

    units.write(touch)


def _over_http(url: str) -> list[dict[str, Any]]:
    """Milliseconds from the first byte sent to the last received, by one keep-alive client."""
    kept = Maps()
    engine: Engine = connect(url)
    Units(engine).read(lambda work: kept.points.now(work.session))
    engine.dispose()
    with serving("wsgi:app", {"PANDUS_DATABASE_URL": url, "PANDUS_LOG_LEVEL": "info"}) as port:
        rows = []
        for z in ZOOMS:
            tile, _ = _densest(kept, z)
            path = f"/api/v1/tiles/{tile.z}/{tile.x}/{tile.y}.mvt"
            with Client(port, Callers().ministry) as client:
                for _ in range(20):  # so that each process has read the country
                    answer = client.get(path)
                    if answer.status != 200:
                        sys.exit(f"{path} was answered with {answer.status}")
                taken = sorted(client.get(path).seconds * 1000 for _ in range(REQUESTS))
            rows.append({"zoom": z, "p50": _median(taken), "p95": round(taken[int(0.95 * REQUESTS)], 1)})
        return rows


def _milliseconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return round((time.perf_counter() - started) * 1000, 1)


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 1)


def _print(kind: str, found: Mapping[str, Any]) -> None:
    print(f"\n{kind}: the first tile of a process (reads the country) {found['in_process']['cold']} ms")
    head = ("zoom", "facilities", "bytes", "first", "warm", "changed", "HTTP p50", "p95")
    print("".join(f"{name:>11}" for name in head) + "   (ms)")
    for row, http in zip(found["in_process"]["tiles"], found["http"], strict=True):
        told = [row[name] for name in ("zoom", "facilities", "bytes", "first", "warm", "changed")]
        print("".join(f"{value:>11}" for value in (*told, http["p50"], http["p95"])))
    slowest = max(
        max(row["warm"], row["changed"], http["p95"])
        for row, http in zip(found["in_process"]["tiles"], found["http"], strict=True)
    )
    print(f"slowest {slowest} ms, goal {GOAL_MS} ms: {'met' if slowest < GOAL_MS else 'MISSED'}", flush=True)


if __name__ == "__main__":
    main()
