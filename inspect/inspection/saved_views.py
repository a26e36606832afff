"""Saved views of the violation list: everybody keeps their own, and nobody sees another's."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput, NotFound
from inspection.tables.saved_views import LONGEST_NAME, LONGEST_QUERY, SavedView
from inspection.unit import Unit

MOST = 50


def own(session: Session, caller: Caller) -> Sequence[Mapping[str, Any]]:
    """The caller's views, by name. One query."""
    shown = select(SavedView.id, SavedView.name, SavedView.query).where(SavedView.person_id == caller.person_id)
    return [dict(row) for row in session.execute(shown.order_by(SavedView.name, SavedView.id)).mappings()]


def save(unit: Unit, caller: Caller, view_id: UUID, name: str, query: str) -> None:
    """Keep a view. Saving the same again changes nothing.

    Raises InvalidInput, AlreadyDifferent for an id that is taken, DoesNotApply for one view too many.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput([Fault("/name", "a view needs a name", f"1 to {LONGEST_NAME} characters")])
    if len(query) > LONGEST_QUERY:
        raise InvalidInput([Fault("/query", "this asks for too much at once", "fewer filters")])
    held = unit.session.get(SavedView, view_id)
    if held is not None:
        if (held.person_id, held.name, held.query) != (caller.person_id, name, query):
            raise AlreadyDifferent("another view has this id", view=str(view_id))
        return
    count = select(func.count()).select_from(SavedView).where(SavedView.person_id == caller.person_id)
    if unit.session.execute(count).scalar_one() >= MOST:
        raise DoesNotApply("fifty views are kept already; remove one first")
    row = SavedView(id=view_id, person_id=caller.person_id, name=name, query=query, saved_at=unit.now)
    unit.session.add(row)


def remove(unit: Unit, caller: Caller, view_id: UUID) -> None:
    """Remove a view of the caller's own. Raises NotFound."""
    mine = (SavedView.id == view_id) & (SavedView.person_id == caller.person_id)
    if unit.session.execute(delete(SavedView).where(mine).returning(SavedView.id)).first() is None:
        raise NotFound("there is no such view", kind="saved_view")
