"""Many rows in few statements.

Every function sends a number of statements that does not grow with the rows (up to a thousand at a time):
RETURNING makes SQLAlchemy send one statement of many VALUES where it would otherwise repeat one statement.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, insert, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from inspection.database import Base

Row = Mapping[str, Any]


def insert_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows that must be new."""
    if rows:
        table = _table(model)
        _send(session, insert(table).returning(*table.primary_key.columns), rows)


def insert_new_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    """Insert the rows whose primary key is not taken; returns the keys that were.

    Two batches that share rows would wait for each other in a circle: send rows sorted by their key.
    """
    if not rows:
        return set()
    table = _table(model)
    statement = _dialect_insert(session)(table).on_conflict_do_nothing()
    return {tuple(key) for key in _send(session, statement.returning(*table.primary_key.columns), rows)}


def upsert_rows(session: Session, model: type[Base], rows: Sequence[Row], *, keep: Collection[str] = ()) -> None:
    """Insert rows, or replace those whose primary key is there, and count up their `rev`.

    keep: columns that an existing row keeps.
    """
    if not rows:
        return
    table = _table(model)
    statement = _dialect_insert(session)(table)
    key = [column.name for column in table.primary_key.columns]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in {*key, *keep, "rev"}}
    if "rev" in table.columns:
        changed["rev"] = table.columns["rev"] + 1
    statement = statement.on_conflict_do_update(index_elements=key, set_=changed)
    _send(session, statement.returning(*table.primary_key.columns), rows)


def among(columns: Sequence[Any], keys: Iterable[tuple[Any, ...]]) -> ColumnElement[bool]:
    """The condition that these columns hold one of these keys.

    Written with a list for the last column only: for a list of tuples SQLite reads the whole table. Most units
    work on one region, so that one list is most often all there is.
    """
    lists: dict[tuple[Any, ...], set[Any]] = defaultdict(set)
    for *first, last in keys:
        lists[tuple(first)].add(last)
    conditions = [
        and_(
            *(column == value for column, value in zip(columns, first, strict=False)),
            columns[-1].in_(sorted(found)),
        )
        for first, found in sorted(lists.items())
    ]
    return or_(*conditions) if conditions else false()


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - tells the type checker what declarative classes promise
    return table


def _dialect_insert(session: Session) -> Any:
    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert


def _send(session: Session, statement: Any, rows: Sequence[Row]) -> Sequence[Any]:
    # The connection, not the session: these are plain rows, and the ORM would want to make objects of them.
    return session.connection().execute(statement, list(rows)).all()
