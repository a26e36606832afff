"""Rows for the floor: as many violations as Pandus has, each a finished JSON text of about 400 bytes."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import psycopg

from bench.floor.app import SCHEMA

SEVERITIES = ("gross", "significant", "significant", "significant", "minor")
STATES = ("released", "released", "released", "open", "open", "open", "declared", "waived")
WORDS = ("ramp", "door", "slope", "handrail", "counter", "toilet", "sign", "lift", "braille", "corridor", "kerb")
SINCE = datetime(2024, 3, 16, tzinfo=UTC)


def fill(dsn: str, count: int) -> None:
    """Make the table anew with this many rows."""
    source = random.Random(count)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS floor_violations")
        connection.execute(SCHEMA)
        with connection.cursor().copy(
            "COPY floor_violations (id, severity, state, opened_at, body) FROM STDIN"
        ) as copy:
            for _ in range(count):
                copy.write_row(_row(source))
        connection.execute("VACUUM ANALYZE floor_violations")


def _row(source: random.Random) -> tuple[UUID, str, str, datetime, str]:
    ids = [UUID(int=source.getrandbits(128), version=4) for _ in range(3)]
    opened = SINCE + timedelta(seconds=source.randrange(720 * 86_400))
    known = {"severity": source.choice(SEVERITIES), "state": source.choice(STATES)}
    body = {
        "id": ids[0],
        "audit_id": ids[1],
        "facility_id": ids[2],
        "district": f"{source.randrange(10, 80)}1000000",
        **known,
        "opened_at": opened,
        "due_on": (opened + timedelta(days=90)).date(),
        "note": " ".join(source.choices(WORDS, k=source.randint(8, 24))),
    }
    return ids[0], known["severity"], known["state"], opened, orjson.dumps(body).decode()
