"""See the package."""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, bindparam, insert, select, update

import inspection.tables  # noqa: F401 - registers every table
from api.app import create_app
from api.settings import Settings
from bench.violations.country import make
from inspection.access import token_hash
from inspection.bulk import table_of
from inspection.criteria import GROUPS
from inspection.database import Base, connect
from inspection.passport import Access
from inspection.tables.facilities import Facility, Standing
from inspection.tables.people import Grant, Person, Role
from inspection.tables.settlements import Settlement

SETTLEMENTS, BATCH, TRIES = 9_000, 2_000, 5
NOW = datetime.now(UTC)
PLACED = ("home_region", "id", "country", "region_code", "district_code")
F = Facility.__table__.c
TOKEN = "bench"  # of a database that is thrown away


def main() -> None:
    """Fill, ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="SQLAlchemy address")
    wanted = parser.parse_args()
    engine = connect(wanted.database)
    if "bench" not in str(engine.url.database):
        sys.exit(f"{engine.url.database} is not called a bench, and its tables would be dropped")
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    make(engine, violations=1_000, facilities=43_000, now=NOW)
    _positions(engine)
    _people_and_passports(engine)
    client = create_app(Settings(database_url=wanted.database)).test_client()
    asked = "kind=pharmacy&group=wheelchair"
    for path in (f"coverage?{asked}", f"coverage?{asked}&by=region", f"coverage/settlements?{asked}&limit=200"):
        took = []
        for _ in range(TRIES):
            began = time.perf_counter()
            reply = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {TOKEN}"})
            took.append(time.perf_counter() - began)
            assert reply.status_code == 200, reply.text
        print(f"{path:60}{sorted(took)[TRIES // 2]:8.2f} s{len(reply.data):>10} bytes", flush=True)


def _positions(engine: Engine) -> None:
    """Places all over the country, each district's around a middle of its own."""
    source, middles = Random(2), dict[Any, tuple[float, float]]()
    with engine.begin() as connection:
        rows = connection.execute(select(F.home_region, F.id, F.region_code, F.district_code)).all()
        spots = []
        for row in rows:
            area = row.district_code or row.region_code
            lat, lon = middles.setdefault(area, (source.uniform(41, 55), source.uniform(47, 87)))
            spots.append(
                {
                    "b_region": row.home_region,
                    "b_id": row.id,
                    "lat": lat + source.gauss(0, 0.2),
                    "lon": lon + source.gauss(0, 0.3),
                }
            )
        mine = (F.home_region == bindparam("b_region")) & (F.id == bindparam("b_id"))
        connection.execute(update(table_of(Facility)).where(mine), spots)


def _people_and_passports(engine: Engine) -> None:
    source = Random(1)
    with engine.begin() as connection:
        rows = connection.execute(select(*(F[name] for name in (*PLACED, "lat", "lon")))).all()
        for model, made in ((Settlement, _settlements(rows, source)), (Standing, _standings(rows[::3], source))):
            listed = list(made)
            for n in range(0, len(listed), BATCH):
                connection.execute(insert(model), listed[n : n + BATCH])
        person = UUID(int=1)
        named = {"id": person, "name": "bench", "language": "ru", "demo": True, "created_at": NOW}
        connection.execute(insert(Person), [{**named, "token_hash": token_hash(TOKEN)}])
        sees = {
            "role": Role.MINISTRY.value,
            "area_code": rows[0].country,
            "valid_from": datetime(2020, 1, 1, tzinfo=UTC),
        }
        connection.execute(insert(Grant), [{"id": person, "person_id": person, **sees}])


def _settlements(rows: Any, source: Random) -> Iterator[dict[str, Any]]:
    for n in range(SETTLEMENTS):
        near = source.choice(rows)
        placed = {name: getattr(near, name) for name in PLACED[2:]}
        spot = {"lat": near.lat + source.uniform(-0.1, 0.1), "lon": near.lon + source.uniform(-0.1, 0.1)}
        people = None if n % 5 == 0 else source.randrange(10_000)
        named = {"source": "bench", "id": str(n), "kind": "village", "name_kk": f"Ауыл {n}", "search": ""}
        yield {**placed, **spot, **named, "population": people, "area_certainty": "inside", "imported_at": NOW}


def _standings(rows: Any, source: Random) -> Iterator[dict[str, Any]]:
    empty = {"barriers": [], "without_effect": {}, "awaiting": {}, "has_news": False, "settled_at": NOW, "rev": 1}
    for row in rows:
        site = {group: source.choice(list(Access)).value for group in GROUPS}
        yield {**{name: getattr(row, name) for name in PLACED}, **empty, "passport": {"site": site, "zones": {}}}


if __name__ == "__main__":
    main()
