"""What SQLAlchemy compiled for one test is there for the next, as in a server that runs for months.

Each test has an engine of its own, and an engine compiles every statement anew: half of the time of most tests.
"""

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

MOST = 3_000  # statements

_compiled: "LRUCache[object, object]" = LRUCache(MOST)


def keep() -> None:
    """Let all engines of this process share what was compiled; all of a kind have the same settings."""
    for kind in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        kind.__eq__ = _alike  # type: ignore[assignment]
        kind.__hash__ = _named  # type: ignore[assignment]
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)


def _alike(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def _named(dialect: Dialect) -> int:
    return hash(dialect.name)
