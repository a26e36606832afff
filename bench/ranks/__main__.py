"""See the package."""

import argparse
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, insert, select, text, update

import inspection.tables  # noqa: F401 - registers every table
from api.ranking import update_all, update_due
from api.work import Units
from bench.violations.country import make
from inspection.criteria import GROUPS
from inspection.database import Base, connect
from inspection.tables.facilities import Facility, Standing
from inspection.tables.ranks import RankDue
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import STANDING, Violation

BLOCKS = {"gross": 0.8, "significant": 0.25, "minor": 0.03}
PLACED = ("home_region", "country", "region_code", "district_code")
BATCH = 2_000
NOW = datetime.now(UTC)


def main() -> None:
    """Fill, rank three times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="SQLAlchemy address")
    parser.add_argument("--violations", type=int, default=200_000)
    parser.add_argument("--facilities", type=int, default=43_000)
    wanted = parser.parse_args()
    engine = connect(wanted.database)
    if "bench" not in str(engine.url.database):
        sys.exit(f"{engine.url.database} is not called a bench, and its tables would be dropped")
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    make(engine, violations=wanted.violations, facilities=wanted.facilities, now=NOW)
    _audit_and_count(engine)
    _timed("first run, numbers written", engine)
    _timed("second run", engine)
    _timed("after one count more, all anew", engine, becomes_known=_count_more)
    _timed("after one count more, what is due", engine, update_due, becomes_known=_count_more)
    _timed("after ten audits, what is due", engine, update_due, becomes_known=_audit_ten)
    _timed("nothing became known", engine, update_due)


def _count_more(connection: Connection) -> None:
    one = connection.execute(select(UseRecord.home_region, UseRecord.id, UseRecord.facility_id).limit(1)).one()
    mine = (UseRecord.home_region == one.home_region) & (UseRecord.id == one.id)
    connection.execute(update(UseRecord).where(mine).values(visits=UseRecord.visits + 500))
    _mark(connection, [(one.home_region, one.facility_id)])


def _audit_ten(connection: Connection) -> None:
    """Ten places of one kind turn out to have no barrier any more."""
    same = (Standing.home_region == Facility.home_region) & (Standing.id == Facility.id)
    wanted = select(Standing.home_region, Standing.id).join(Facility, same).where(Facility.kind == "pharmacy")
    rows = connection.execute(wanted.order_by(Standing.id).limit(10)).all()
    none = {"groups": {}, "measured": sorted(GROUPS), "barriers": []}
    for row in rows:
        mine = (Standing.home_region == row.home_region) & (Standing.id == row.id)
        connection.execute(update(Standing).where(mine).values(obstruction=none))
    _mark(connection, [(row.home_region, row.id) for row in rows])


def _mark(connection: Connection, keys: Sequence[tuple[str, UUID]]) -> None:
    connection.execute(insert(RankDue), [{"home_region": region, "id": made, "rev": 1} for region, made in keys])


def _audit_and_count(engine: Engine) -> None:
    """Standings as settling would write them, and use records."""
    source = Random(1)
    barriers: dict[tuple[str, UUID], list[Any]] = defaultdict(list)
    with engine.begin() as connection:
        facilities = connection.execute(select(*(Facility.__table__.c[n] for n in (*PLACED, "id")))).all()
        standing = Violation.state.in_([state.value for state in STANDING])
        rows = connection.execute(
            select(Violation.home_region, Violation.facility_id, Violation.criterion, Violation.place)
            .add_columns(Violation.groups, Violation.severity)
            .where(standing)
        )
        for row in rows:
            groups = [group for n, group in enumerate(GROUPS) if row.groups >> n & 1]
            barriers[row.home_region, row.facility_id].append((row, groups))
        standings = [_standing(f, barriers[f.home_region, f.id]) for f in facilities[::3]]
        counts = [_count(f, source) for f in facilities[::10]]
        for model, made in ((Standing, standings), (UseRecord, counts)):
            for n in range(0, len(made), BATCH):
                connection.execute(insert(model), made[n : n + BATCH])
        connection.execute(text("ANALYZE"))


def _standing(facility: Any, barriers: list[Any]) -> dict[str, Any]:
    alone = [(row, dict.fromkeys(groups, BLOCKS[row.severity])) for row, groups in barriers]
    worst = {group: max((share.get(group, 0.0) for _, share in alone), default=0.0) for group in GROUPS}
    obstruction = {
        "groups": {group: share for group, share in worst.items() if share},
        "measured": sorted(GROUPS),
        "barriers": [[row.criterion, row.place, share, share] for row, share in alone],
    }
    empty = {"passport": {}, "barriers": [], "without_effect": {}, "awaiting": {}, "has_news": False}
    placed = {name: getattr(facility, name) for name in (*PLACED, "id")}
    return {**placed, **empty, "rev": 1, "obstruction": obstruction, "audited_at": NOW, "settled_at": NOW}


def _count(facility: Any, source: Random) -> dict[str, Any]:
    placed = {name: getattr(facility, name) for name in PLACED}
    period = {"period_from": date(2026, 1, 1), "period_to": date(2026, 7, 1), "completeness": 0.9}
    said = {"source": "counted", "visits": source.randrange(2_000), "author_id": facility.id, "recorded_at": NOW}
    made = uuid5(facility.id, "bench")
    return {**placed, "id": made, "facility_id": facility.id, "rev": 1, **period, **said}


def _timed(
    what: str,
    engine: Engine,
    run: Callable[[Units], int] = update_all,
    becomes_known: Callable[[Connection], None] = lambda _: None,
) -> None:
    with engine.begin() as connection:
        becomes_known(connection)
    wall, cpu = time.perf_counter(), time.process_time()
    changed = run(Units(engine))
    took, own = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what:36}{changed:>9}{took:>8.1f} s{own:>8.1f} s of its own{peak:>6} MB", flush=True)


if __name__ == "__main__":
    main()
