"""Runs migrations on the database that `api/migrate.py` names."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import inspection.tables  # noqa: F401 - registers every table on the metadata
from inspection.database import Base, Document, Instant, connect

ONE_AT_A_TIME = 727_263_001  # any number, the same in every process that migrates
LOCK_TIMEOUT = "5s"


def migrate(connection: Connection) -> None:
    """Run in one transaction; on SQLite with foreign keys off, because a batch change drops and renames tables."""
    sqlite = connection.dialect.name == "sqlite"
    driver: Any = connection.connection.dbapi_connection
    if sqlite:
        # Past SQLAlchemy, whose first statement opens a transaction: in one, SQLite ignores this pragma.
        driver.execute("PRAGMA foreign_keys=OFF")
    with connection.begin():
        # Within the transaction: outside of one, Alembic commits on SQLite by itself, after each migration.
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=sqlite,
            compare_type=True,
            render_item=plain_type,
        )
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
            # A migration that cannot get its lock fails; one that waits makes everybody wait behind it.
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        context.run_migrations()
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise RuntimeError(f"the migration leaves a row of {broken[0]} pointing at nothing in {broken[2]}")


def plain_type(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Migrations name the database's types, not ours: they must still run when ours have changed."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and item is Document:  # Alembic's own rendering names a Text that it does not import
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')"
    return False


engine = connect(context.config.attributes["url"])
try:
    with engine.connect() as connection:
        migrate(connection)
finally:
    engine.dispose()
