"""Reading facilities: one, and pages of them, as plain documents."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.errors import NotFound
from inspection.facilities import FIELDS, KIND
from inspection.homes import at_home, born_somewhere
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.searching import finds
from inspection.tables.facilities import Facility
from inspection.tables.regions import Home

SHOWN = (
    *(Facility.id, Facility.rev, Facility.home_region),
    *(Facility.country, Facility.region_code, Facility.district_code, Facility.area_certainty),
    *(getattr(Facility, name) for name in FIELDS),
    Facility.merged_into,
    *(Facility.source, Facility.external_id, Facility.demo, Facility.created_at, Facility.updated_at),
)
SORTS = ("name", "id")


def document(facility: Facility) -> dict[str, Any]:
    """What is shown of a facility."""
    return {column.key: getattr(facility, column.key) for column in SHOWN}


def one(session: Session, caller: Caller, facility_id: UUID) -> dict[str, Any]:
    """The facility with this id. Raises NotFound, also for one that the caller may not see."""
    statement = narrow(select(*SHOWN).join(Home, at_home(Facility)), Facility, caller)
    statement = statement.where(Home.id == facility_id)
    row = session.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFound("there is no such facility", kind=KIND)
    return dict(row)


def several(session: Session, caller: Caller, ids: Collection[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Facilities by id; what the caller may not see is left out. One query, none for none."""
    if not ids:
        return {}
    statement = narrow(select(*SHOWN).where(born_somewhere(Facility, *ids)), Facility, caller)
    return {row["id"]: dict(row) for row in session.execute(statement).mappings()}


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    kind: str | None = None,
    operator_id: UUID | None = None,
    text: str | None = None,
    active: bool | None = None,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Facilities that the caller may see, by Russian name or by id.

    area: code of any level. text: words, of each the beginning, in any spelling (`searching.py`).
    Raises InvalidInput for an area that is not known, a text without a word, and a cursor of another list.
    """
    statement = narrow(select(*SHOWN), Facility, caller)
    if area is not None:
        statement = statement.where(lies_in(session, Facility, area))
    if kind is not None:
        statement = statement.where(Facility.kind == kind)
    if operator_id is not None:
        statement = statement.where(Facility.operator_id == operator_id)
    if active is not None:
        statement = statement.where(Facility.active == active)
    if text is not None:
        statement = statement.where(finds(Facility.search, text))
    if cursor is not None:
        statement = statement.where(_after(cursor, sort))
    order = (Facility.name_ru, Facility.id) if sort == "name" else (Facility.id,)
    found = session.execute(statement.order_by(*order).limit(limit + 1)).mappings().all()
    rows = [dict(row) for row in found[:limit]]
    return Page(rows, _next(rows[-1], sort) if len(found) > limit else None)


def _after(cursor: str, sort: str) -> ColumnElement[bool]:
    if sort == "id":
        (last,) = read_cursor(cursor, sort, (UUID,))
        beyond: ColumnElement[bool] = Facility.id > last
        return beyond
    name, last = read_cursor(cursor, sort, (str, UUID))
    after: ColumnElement[bool] = tuple_(Facility.name_ru, Facility.id) > tuple_(
        literal(name), literal(last, Uuid())
    )
    return after


def _next(last: dict[str, Any], sort: str) -> str:
    return write_cursor(sort, (last["id"],) if sort == "id" else (last["name_ru"], last["id"]))
