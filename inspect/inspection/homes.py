"""Finding a document by its id alone: the table of homes says which region to look in."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from inspection.tables.areas import Area, Level
from inspection.tables.columns import Regional
from inspection.tables.regions import Home
from inspection.tables.violations import Violation

R = TypeVar("R", bound=Regional)


def at_home(model: Any) -> ColumnElement[bool]:
    """The condition to join a regional table to Home by, so that a look-up by Home.id uses both primary keys."""
    condition: ColumnElement[bool] = (Home.id == model.id) & (Home.region == model.home_region)
    return condition


def find(session: Session, model: type[R], wanted: UUID) -> R | None:
    """The row of a regional table with this id, if it is one of this table."""
    return session.scalars(select(model).join(Home, at_home(model)).where(Home.id == wanted)).one_or_none()


def born_somewhere(model: Any, *wanted: UUID) -> ColumnElement[bool]:
    """The condition to find rows by their ids that have no home of their own.

    The few regions it can be born in let the primary key find it.
    """
    regions = select(Area.code).where(Area.level <= Level.REGION)
    named = model.id == wanted[0] if len(wanted) == 1 else model.id.in_(wanted)
    condition: ColumnElement[bool] = model.home_region.in_(regions) & named
    return condition


def find_violation(session: Session, wanted: UUID) -> Violation | None:
    """The violation with this id, which follows from its facility's."""
    return session.scalars(select(Violation).where(born_somewhere(Violation, wanted))).one_or_none()
