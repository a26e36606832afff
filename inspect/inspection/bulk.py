"""Many rows in few statements.

Every function sends a number of statements that does not grow with the rows (on SQLite: up to a thousand at once).
PostgreSQL gets the rows as one JSON document, or, where many are sure to be new, by COPY: spelling thousands of
parameters takes the driver longer than the server takes to write the rows. On SQLite RETURNING makes SQLAlchemy
send one statement of many VALUES where it would otherwise repeat one statement.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    false,
    insert,
    literal,
    or_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from inspection.copying import copy_rows
from inspection.database import Base, Instant
from inspection.listed import one_of
from inspection.sync.touched import REPLICATED, noticing, touch

Row = Mapping[str, Any]
MANY = 10  # from so many rows on the further round trip of a COPY is worth it


def insert_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows that must be new. Rows have the same columns; of those left out each gets its default."""
    if rows:
        table = table_of(model)
        if not _on_postgres(session):
            _execute(session, _plain_insert(table), rows)
        elif len(rows) < MANY:
            send_rows(session, table, rows)
        else:
            copy_rows(session, table, rows)
        _touch(session, table, rows)


def insert_new_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    """Insert the rows whose primary key is not taken; returns the keys that were.

    Two batches that share rows would wait for each other in a circle: send rows sorted by their key.
    """
    if not rows:
        return set()
    table = table_of(model)
    if _on_postgres(session):
        key = ", ".join(_key_names(table))
        found = send_rows(session, table, rows, f"ON CONFLICT DO NOTHING RETURNING {key}")
    else:
        found = _execute(session, _insert_or_leave(table), rows)
    new = {tuple(each) for each in found}
    touch(session, table.name, new)
    return new


def upsert_rows(session: Session, model: type[Base], rows: Sequence[Row], *, keep: Collection[str] = ()) -> None:
    """Insert rows, or replace those whose primary key is there, and count up their `rev`.

    keep: columns that an existing row keeps.
    """
    if not rows:
        return
    table, kept = table_of(model), frozenset(keep)
    changed = tuple(sorted(rows[0].keys() - {*_key_names(table), *kept, "rev"}))
    if _on_postgres(session):
        send_rows(session, table, rows, or_update(table, changed))
    else:
        _execute(session, _insert_or_update(table, changed), rows)
    _touch(session, table, rows)


def send_rows(session: Session, table: Table, rows: Sequence[Row], then: str = "") -> Sequence[Any]:
    """Insert rows on PostgreSQL, sent as one JSON document. then: what follows the rows in the statement."""
    names = tuple(rows[0])
    for name in _instants(table, names):
        if any(row[name] is not None and row[name].tzinfo is None for row in rows):
            raise ValueError("a moment without a time zone cannot be stored")
    document = orjson.dumps(rows, default=_spelled, option=orjson.OPT_NON_STR_KEYS).decode()
    with noticing():
        # The connection, not the session: these are plain rows, and the ORM would want to make objects of them.
        sent = session.connection().exec_driver_sql(_from_json(table, names, then), {"rows": document})
        return sent.all() if sent.returns_rows else ()


def update_rows(session: Session, model: type[Base], where: ColumnElement[bool], values: Row) -> int:
    """Give all rows for which a condition holds these values, and count up their `rev`. Returns how many."""
    session.flush()
    table = table_of(model)
    counted = {"rev": table.columns["rev"] + 1} if "rev" in table.columns else {}
    statement = update(table).where(where).values({**values, **counted})
    keys = _execute(session, statement.returning(*table.primary_key.columns))
    touch(session, table.name, [tuple(key) for key in keys])
    for held in list(session.identity_map.values()):
        if isinstance(held, model):
            session.expire(held)  # objects read before would keep the old values
    return len(keys)


def among(columns: Sequence[Any], keys: Iterable[tuple[Any, ...]]) -> ColumnElement[bool]:
    """The condition that these columns hold one of these keys.

    The last column is one of ids. Written with a list for that only: for a list of tuples SQLite reads the whole
    table. Most units work on one region, so that one list is most often all there is.
    """
    lists: dict[tuple[Any, ...], set[Any]] = defaultdict(set)
    for *first, last in keys:
        lists[tuple(first)].add(last)
    conditions = [
        and_(
            *(column == value for column, value in zip(columns, first, strict=False)),
            one_of(columns[-1], found),
        )
        for first, found in sorted(lists.items())
    ]
    return or_(*conditions) if conditions else false()


def table_of(model: type[Base]) -> Table:
    """The table of a declarative class."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - tells the type checker what declarative classes promise
    return table


def _on_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


@cache
def _key_names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key.columns)


def _touch(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Notice rows that were all written."""
    if table.name in REPLICATED:
        key = _key_names(table)
        touch(session, table.name, [tuple(row[name] for name in key) for row in rows])


def _spelled(value: Any) -> str:
    """What JSON has no form for, as PostgreSQL reads it: bytes."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{type(value)} cannot be stored")


# Statements are built once: naming thirty columns anew for every unit costs more than sending them.


@cache
def _instants(table: Table, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if isinstance(table.columns[name].type, Instant))


@cache
def _from_json(table: Table, names: tuple[str, ...], then: str) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    types = ", ".join(f'"{name}" {table.columns[name].type.compile(dialect)}' for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    defaults = {
        c.name: literal(c.default.arg, c.type)
        for c in table.columns
        if isinstance(c.default, ScalarElementColumnDefault) and c.name not in names
    }
    spelled = [
        str(each.compile(dialect=dialect, compile_kwargs={"literal_binds": True})) for each in defaults.values()
    ]
    columns = ", ".join((listed, *(f'"{name}"' for name in defaults)))
    into = f'INSERT INTO "{table.name}" ({columns})'
    sent = f"json_to_recordset(CAST(%(rows)s AS json)) AS sent({types})"
    return f"{into} SELECT {', '.join((listed, *spelled))} FROM {sent} {then}"  # noqa: S608 - names of our own


@cache
def or_update(table: Table, changed: tuple[str, ...], *, counting: bool = True) -> str:
    """What follows in `send_rows` to replace these columns of rows that are there, and count up their `rev`."""
    sets = [f'"{name}" = excluded."{name}"' for name in changed]
    if counting and "rev" in table.columns:
        sets.append(f'rev = "{table.name}".rev + 1')
    return f"ON CONFLICT ({', '.join(_key_names(table))}) DO UPDATE SET {', '.join(sets)}"


@cache
def _plain_insert(table: Table) -> Any:
    return insert(table).returning(*table.primary_key.columns)


@cache
def _insert_or_leave(table: Table) -> Any:
    return sqlite.insert(table).on_conflict_do_nothing().returning(*table.primary_key.columns)


@cache
def _insert_or_update(table: Table, names: tuple[str, ...]) -> Any:
    statement = sqlite.insert(table)
    changed: dict[str, Any] = {name: statement.excluded[name] for name in names}
    if "rev" in table.columns:
        changed["rev"] = table.columns["rev"] + 1
    updated = statement.on_conflict_do_update(index_elements=_key_names(table), set_=changed)
    return updated.returning(*table.primary_key.columns)


def _execute(session: Session, statement: Any, rows: Sequence[Row] = ()) -> Sequence[Any]:
    """Send a statement that returns the keys it wrote."""
    with noticing():
        return session.connection().execute(statement, list(rows) or None).all()
