"""The database as the domain sees it: base class, column types, and how to connect.

Units of work are opened elsewhere (`api/work.py`), never here. SQLite and PostgreSQL hold the same schema;
where they differ, the difference is in this file.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson
from sqlalchemy import (
    JSON,
    URL,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

READING = "pandus_reading"  # execution option: this transaction only reads
PATIENCE = "pandus_patience"  # execution option: how long what this transaction does may take
STEPS = 20_000  # of SQLite's machine between two looks at the clock: about a millisecond

# A convention, because batch migrations on SQLite can only change constraints that have a name.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a reading unit may take: on PostgreSQL each of its statements, on SQLite all of them.

    monotonic: seconds that only go forward.
    """

    seconds: int
    monotonic: Callable[[], float]


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops time zones, so they are put back here; naive moments are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
AreaCode = String(16)  # KATO has 9 digits, SOATE 14 and perhaps `-2`; a country is its two letters


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant,
        dict[str, Any]: Document,
        list[Any]: Document,
    }


def _dumps(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _loads(value: bytes | str | float) -> Any:
    # SQLite gives a JSON column the affinity of numbers: a lone number comes back as one.
    return value if isinstance(value, (int, float)) else orjson.loads(value)


def connect(url: str) -> Engine:
    """An engine whose transactions write.

    url: `sqlite:///path` or `postgresql+psycopg://...`; a bare `postgresql://` gets the same driver.
    """
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "postgresql":
        # In another zone the last hours of the year 9999 (a tablet whose clock is broken) cannot be read back.
        given = parsed.query.get("options", "")
        parsed = parsed.update_query_dict({"options": f"{given} -c timezone=UTC".strip()})
    engine = _engine(parsed)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def reading(engine: Engine) -> Engine:
    """The same connections for units that only read: they take no write lock and cannot write."""
    return engine.execution_options(**{READING: True, "postgresql_readonly": True})


def studying(engine: Engine, patience: Patience) -> Engine:
    """As `reading`, for units that somebody waits for and that may read much: given up in the end."""
    return reading(engine).execution_options(**{PATIENCE: patience})


def looking(engine: Engine, patience: Patience) -> Engine:
    """Connections for units of a few statements that only read: on PostgreSQL without a transaction.

    BEGIN and COMMIT are two of the three round trips of a short request, and buy nothing: in READ COMMITTED each
    statement sees its own snapshot anyway. These connections have a pool of their own, because what they may not
    do is settled when they are opened, not when they are lent: none can come back as one that writes. They are
    closed with the engine's. SQLite has no round trips, so it keeps its transaction, one snapshot for the unit.
    What takes too long is given up.
    """
    if engine.dialect.name != "postgresql":
        return studying(engine, patience)
    only = f"-c default_transaction_read_only=on -c statement_timeout={patience.seconds}s"
    options = f"{engine.url.query.get('options', '')} {only}".strip()
    return _without_transactions(engine, engine.url.update_query_dict({"options": options}))


def keeping(engine: Engine) -> Engine:
    """Connections for units that write by one statement: on PostgreSQL it commits by itself, as `looking` reads.

    Durable before it is answered like any commit. SQLite keeps its transaction.
    """
    return engine if engine.dialect.name != "postgresql" else _without_transactions(engine, engine.url)


def _without_transactions(engine: Engine, url: URL) -> Engine:
    other = _engine(url, connect_args={"autocommit": True})
    event.listen(engine, "engine_disposed", lambda _engine: other.dispose())
    return other


def _engine(url: URL, **how: Any) -> Engine:
    if url.get_backend_name() == "postgresql":
        # The connection used last is taken first: it has its statements prepared, and the others may go to sleep.
        how["pool_use_lifo"] = True
    return create_engine(url, json_serializer=_dumps, json_deserializer=_loads, **how)


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, in _begin_sqlite
    cursor = connection.cursor()
    # FULL: a kept audit survives a power cut; NORMAL in WAL mode may lose the last commits.
    # secure_delete: what is erased about people leaves the file; Debian's SQLite does so by itself, others do not.
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON", "secure_delete=ON")
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def empty_log(engine: Engine) -> None:
    """Let nothing that was erased stay in SQLite's write-ahead log, as far as nobody reads from it at this moment.

    PostgreSQL keeps what was erased until its own log comes round and its tables are vacuumed.
    """
    if engine.dialect.name == "sqlite" and engine.url.database:
        with closing(sqlite3.connect(engine.url.database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _begin_sqlite(connection: Connection) -> None:
    # A plain BEGIN that later wants to write fails at once with "locked", whatever the busy timeout says.
    options = connection.get_execution_options()
    only_reads = options.get(READING, False)
    _end_after(connection, options.get(PATIENCE))
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if only_reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def _end_after(connection: Connection, patience: Patience | None) -> None:
    """Interrupt what this connection of SQLite does once it takes too long; None: never, whatever held before."""
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - there is no other driver
    if patience is None:
        raw.set_progress_handler(None, 0)
        return
    monotonic = patience.monotonic
    end = monotonic() + patience.seconds
    raw.set_progress_handler(lambda: monotonic() > end, STEPS)


def _begin_postgresql(connection: Connection) -> None:
    patience: Patience | None = connection.get_execution_options().get(PATIENCE)
    if patience is not None:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{patience.seconds}s'")
