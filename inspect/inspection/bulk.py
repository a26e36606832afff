"""Many rows in few statements.

Every function sends a number of statements that does not grow with the rows (up to a thousand at a time):
RETURNING makes SQLAlchemy send one statement of many VALUES where it would otherwise repeat one statement.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, insert, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from inspection.database import Base
from inspection.sync.touched import REPLICATED, noticing, touch

Row = Mapping[str, Any]
INSERTS: Mapping[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows that must be new."""
    if rows:
        _write(session, _table(model), _plain_insert(_table(model)), rows)


def insert_new_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    """Insert the rows whose primary key is not taken; returns the keys that were.

    Two batches that share rows would wait for each other in a circle: send rows sorted by their key.
    """
    if not rows:
        return set()
    statement = _insert_or_leave(_table(model), session.get_bind().dialect.name)
    return {tuple(key) for key in _write(session, _table(model), statement, rows)}


def upsert_rows(session: Session, model: type[Base], rows: Sequence[Row], *, keep: Collection[str] = ()) -> None:
    """Insert rows, or replace those whose primary key is there, and count up their `rev`.

    keep: columns that an existing row keeps.
    """
    if rows:
        kept = frozenset(keep)
        names = tuple(sorted(rows[0]))
        statement = _insert_or_update(_table(model), session.get_bind().dialect.name, names, kept)
        _write(session, _table(model), statement, rows)


def update_rows(session: Session, model: type[Base], where: ColumnElement[bool], values: Row) -> int:
    """Give all rows for which a condition holds these values, and count up their `rev`. Returns how many."""
    session.flush()
    table = _table(model)
    counted = {"rev": table.columns["rev"] + 1} if "rev" in table.columns else {}
    statement = update(table).where(where).values({**values, **counted})
    keys = _write(session, table, statement.returning(*table.primary_key.columns))
    for held in list(session.identity_map.values()):
        if isinstance(held, model):
            session.expire(held)  # objects read before would keep the old values
    return len(keys)


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


# Statements are built once: naming thirty columns anew for every unit costs more than sending them.


@cache
def _plain_insert(table: Table) -> Any:
    return insert(table).returning(*table.primary_key.columns)


@cache
def _insert_or_leave(table: Table, dialect: str) -> Any:
    return INSERTS[dialect](table).on_conflict_do_nothing().returning(*table.primary_key.columns)


@cache
def _insert_or_update(table: Table, dialect: str, names: tuple[str, ...], keep: frozenset[str]) -> Any:
    statement = INSERTS[dialect](table)
    key = [column.name for column in table.primary_key.columns]
    changed = {name: statement.excluded[name] for name in names if name not in {*key, *keep, "rev"}}
    if "rev" in table.columns:
        changed["rev"] = table.columns["rev"] + 1
    updated = statement.on_conflict_do_update(index_elements=key, set_=changed)
    return updated.returning(*table.primary_key.columns)


def _write(session: Session, table: Table, statement: Any, rows: Sequence[Row] = ()) -> Sequence[Any]:
    """Send a statement that returns the keys it wrote; what is replicated is noticed."""
    with noticing():
        # The connection, not the session: these are plain rows, and the ORM would want to make objects of them.
        keys = session.connection().execute(statement, list(rows) or None).all()
    if table.name in REPLICATED:
        touch(session, table.name, [tuple(key) for key in keys])
    return keys
