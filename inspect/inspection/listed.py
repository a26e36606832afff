"""The condition that a column of ids holds one of many, spelled so that no database is told each of them apart.

A list of parameters is a new text for every length: hundreds of names to make, to look for and to number in Python
before anything is sent. PostgreSQL takes an array as one value; SQLite has none, and no round trip either.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, bindparam, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import UserDefinedType


class _Ids(UserDefinedType[Sequence[UUID]]):
    """UUIDs as one value: the driver would spell them one by one."""

    cache_ok = True
    render_bind_cast = True  # as uuid[] from the start; cast from text it would be read for every row

    def get_col_spec(self, **_: Any) -> str:
        return "uuid[]"

    def bind_processor(self, _dialect: Any) -> Any:
        return lambda ids: f"{{{','.join([f'{made.int:032x}' for made in ids])}}}"


class _OneOf(ColumnElement[bool]):
    """The same condition, once with an array and once with a list."""

    type = Boolean()
    _traverse_internals = [  # noqa: RUF012 - as SQLAlchemy declares it
        ("array", InternalTraversal.dp_clauseelement),
        ("list", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[UUID], ids: Sequence[UUID]) -> None:
        self.array = column == func.any(bindparam(None, ids, _Ids(), unique=True))
        self.list = column.in_(ids)

    def self_group(self, against: Any = None) -> "_OneOf":
        del (
            against
        )  # it binds more tightly than anything that it can stand in; as a mere column it would get `= 1`
        return self

    @property
    def _from_objects(self) -> Any:
        return self.list._from_objects


@compiles(_OneOf)
def _spelled(element: _OneOf, compiler: Any, **how: Any) -> str:
    return str(compiler.process(element.list, **how))


@compiles(_OneOf, "postgresql")
def _spelled_for_postgres(element: _OneOf, compiler: Any, **how: Any) -> str:
    return str(compiler.process(element.array, **how))


def one_of(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:
    """The condition that a column holds one of these ids."""
    return _OneOf(column, sorted(ids, key=lambda made: made.int))  # ids compare themselves step by step
