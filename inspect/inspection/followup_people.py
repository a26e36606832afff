"""Who may be sent to a re-check."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import MAY, Act, PlacedRow
from inspection.tables.people import Grant, Person

GOING = sorted(role.value for role in MAY if Act.SUBMIT_AUDIT in MAY[role])


def who_may_go(session: Session, places: Collection[PlacedRow], *, now: datetime) -> list[tuple[UUID, str]]:
    """People who may audit at one of these places today at least, with their names, by name. One query."""
    codes = {code for place in places for code in _around(place)}
    if not codes:
        return []
    in_force = (Grant.valid_from <= now) & (Grant.valid_to.is_(None) | (Grant.valid_to > now))
    there = select(Grant.person_id).where(in_force, Grant.role.in_(GOING), Grant.area_code.in_(codes))
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(there)))
    return sorted(((row.id, row.name) for row in found), key=lambda each: (each[1], each[0]))


def _around(place: Any) -> set[str]:
    return {place.country, place.region_code, place.district_code} - {None}
