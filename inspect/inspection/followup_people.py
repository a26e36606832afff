"""Who may be sent to a re-check, and what they have to do already."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from inspection.access import MAY, Act, Caller, PlacedRow, narrow
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.people import Grant, Person

GOING = sorted(role.value for role in MAY if Act.SUBMIT_AUDIT in MAY[role])
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Load:
    """Open re-checks of somebody: all of them, and those planned for a day of this week and of the next."""

    all: int = 0
    this_week: int = 0
    next_week: int = 0


def who_may_go(session: Session, places: Collection[PlacedRow], *, now: datetime) -> list[tuple[UUID, str]]:
    """People who may audit at one of these places today at least, with their names, by name. One query."""
    codes = {code for place in places for code in _around(place)}
    if not codes:
        return []
    in_force = (Grant.valid_from <= now) & (Grant.valid_to.is_(None) | (Grant.valid_to > now))
    there = select(Grant.person_id).where(in_force, Grant.role.in_(GOING), Grant.area_code.in_(codes))
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(there)))
    return sorted(((row.id, row.name) for row in found), key=lambda each: (each[1], each[0]))


def areas_of_going(session: Session, people: Collection[UUID], *, now: datetime) -> Mapping[UUID, list[str]]:
    """The areas for which each of these people may be sent today, by code. One query, none for nobody."""
    if not people:
        return {}
    in_force = (Grant.valid_from <= now) & (Grant.valid_to.is_(None) | (Grant.valid_to > now))
    wanted = select(Grant.person_id, Grant.area_code).where(in_force, Grant.role.in_(GOING))
    found: dict[UUID, list[str]] = {}
    for row in session.execute(wanted.where(Grant.person_id.in_(people)).order_by(Grant.area_code).distinct()):
        found.setdefault(row.person_id, []).append(row.area_code)
    return found


def loads(session: Session, caller: Caller, people: Collection[UUID], *, today: date) -> Mapping[UUID, Load]:
    """What each of these people has to do, as far as the caller may see it; who has nothing is not named.

    A week begins on Monday. One query, none for nobody.
    """
    if not people:
        return {}
    monday = today - timedelta(days=today.weekday())
    statement = select(
        FollowUp.assignee_id, func.count().label("held"), _planned(monday), _planned(monday + WEEK)
    ).where(FollowUp.state == FollowUpState.ASSIGNED.value, FollowUp.assignee_id.in_(people))
    found = session.execute(narrow(statement, FollowUp, caller).group_by(FollowUp.assignee_id))
    return {made: Load(*counts) for made, *counts in found if made is not None}


def _planned(monday: date) -> Any:
    within = (FollowUp.planned_on >= monday) & (FollowUp.planned_on < monday + WEEK)
    return func.count(case((within, 1)))


def _around(place: Any) -> set[str]:
    return {place.country, place.region_code, place.district_code} - {None}
