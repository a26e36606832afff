"""Emptying a database on PostgreSQL for the next test: a fifth of what it takes to drop it and copy another.

Only one that is as it was made is emptied: same tables, indexes, columns, rights, settings, and nobody connected.
"""

from pathlib import Path

import psycopg
from psycopg import sql

# One line for everything that a test can have changed besides rows. Copies of a template keep its object ids.
MADE = """
WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace)
SELECT md5(string_agg(said, E'\\n' ORDER BY said)) FROM (
    SELECT concat_ws(' ', 'relation', oid, relname, relkind, relowner, relacl, reloptions, relrowsecurity)
        FROM ours
    UNION ALL
    SELECT concat_ws(' ', 'column', attrelid, attnum, attname, atttypid, attnotnull, atthasdef, attacl)
        FROM pg_attribute WHERE attrelid IN (SELECT oid FROM ours WHERE relkind <> 'i')
    UNION ALL
    SELECT concat_ws(' ', 'constraint', oid, convalidated)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'trigger', oid, tgenabled) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM ours)
    UNION ALL
    SELECT concat_ws(' ', 'function', oid, proacl) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'schema', nspname, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
    UNION ALL
    SELECT concat_ws(' ', 'database', datacl, datconnlimit) FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT concat_ws(' ', 'setting', setconfig) FROM pg_db_role_setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL
    SELECT concat_ws(' ', 'default', defaclacl) FROM pg_default_acl
    UNION ALL
    SELECT concat_ws(' ', 'statistics', oid) FROM pg_statistic_ext
    UNION ALL
    SELECT concat_ws(' ', 'extension', extname) FROM pg_extension
) AS everything (said)
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
WRITTEN = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""


def made_as(socket: Path, name: str) -> str:
    """What a database is like besides its rows."""
    with _connected(socket, name) as connection:
        return _made_as(connection)


def emptied(socket: Path, name: str, as_made: str) -> bool:
    """Take all rows out of a database and say whether it is as good as new; if not, it wants to be dropped."""
    with _connected(socket, name) as connection:
        (others,) = connection.execute(OTHERS).fetchone() or (1,)
        if others or _made_as(connection) != as_made:
            return False
        if written := [sql.Identifier(table) for (table,) in connection.execute(WRITTEN)]:
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(written)))
        connection.execute("DELETE FROM pg_statistic WHERE starelid >= 16384")  # plans of a new one, too
    return True


def _made_as(connection: "psycopg.Connection[tuple[str, ...]]") -> str:
    (said,) = connection.execute(MADE).fetchone() or ("",)
    return said


def _connected(socket: Path, name: str) -> "psycopg.Connection[tuple[str, ...]]":
    return psycopg.connect(host=str(socket), user="postgres", dbname=name, autocommit=True)
