"""What people could do in the past: an audit counts by the grant its author held on the day of the visit."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import MAY, Act, PlacedRow
from inspection.tables.areas import Area, Level
from inspection.tables.feed import FeedRow
from inspection.tables.people import Grant, Role


@dataclass(frozen=True, slots=True)
class PastGrant:
    """A grant in an area, whether it is in force, over, or still to come. until: None where it has no end."""

    role: str
    area_code: str
    since: datetime
    until: datetime | None

    def __str__(self) -> str:
        """As the journal has it."""
        return f"{self.role}:{self.area_code}"

    def held_at(self, moment: datetime | None) -> bool:
        """Whether it was in force at a moment; at a moment that nobody knows it may have been."""
        return moment is None or (self.since <= moment and (self.until is None or moment < self.until))


@dataclass(frozen=True, slots=True)
class Visit:
    """Who was where and when. at: None where nobody knows. place: where the facility lies now."""

    person_id: UUID
    facility_id: UUID
    place: PlacedRow
    at: datetime | None


Histories = Mapping[UUID, Sequence[PastGrant]]


def grant_histories(session: Session, people: Collection[UUID], act: Act) -> Histories:
    """Every grant that ever let these people do this, in one query."""
    roles = [role.value for role in Role if act in MAY[role]]
    statement = select(Grant.person_id, Grant.role, Grant.area_code, Grant.valid_from, Grant.valid_to)
    histories: dict[UUID, list[PastGrant]] = defaultdict(list)
    if people:
        statement = statement.where(Grant.person_id.in_(sorted(people)), Grant.role.in_(roles))
        for person_id, role, area_code, since, until in session.connection().execute(statement):
            histories[person_id].append(PastGrant(role, area_code, since, until))
    return histories


def ever_held(session: Session, person_id: UUID, act: Act, *, now: datetime) -> bool:
    """Whether somebody holds or once held a grant, wherever, that lets them do this."""
    held = grant_histories(session, [person_id], act).get(person_id, ())
    return any(grant.since <= now for grant in held)


def allowed(session: Session, histories: Histories, visits: Collection[Visit]) -> Mapping[Visit, PastGrant]:
    """The visits that a grant of their day allowed, with it; a second query only if a facility may have moved."""
    fine = {v: grant for v in visits if (grant := _allowing(histories, v, _place_now(v)))}
    others = [v for v in visits if v not in fine and v.person_id in histories]
    if others:
        former = _former_places(session, {v.facility_id for v in others})
        for v in others:
            if grant := _allowing(histories, v, _places_at(former.get(v.facility_id, ()), v)):
                fine[v] = grant
    return fine


def _allowing(histories: Histories, visit: Visit, places: Collection[str | None]) -> PastGrant | None:
    """The grant that allowed a visit. places: where the facility lay, the narrowest area first."""
    held = [g for g in histories.get(visit.person_id, ()) if g.area_code in places and g.held_at(visit.at)]
    ordered = list(places)
    return min(held, key=lambda grant: (ordered.index(grant.area_code), grant.role), default=None)


def _place_now(visit: Visit) -> tuple[str | None, ...]:
    return (visit.place.district_code, visit.place.region_code, visit.place.country)


def _former_places(session: Session, facilities: Collection[UUID]) -> Mapping[UUID, Sequence[Any]]:
    """Every place under which a facility was ever fed to tablets."""
    feed = FeedRow.__table__.c
    regions = select(Area.code).where(Area.level <= Level.REGION)  # few, and the key begins with them
    statement = select(feed.id, feed.region, feed.scope, feed.born_at, feed.deleted)
    statement = statement.where(feed.region.in_(regions), feed.collection == "facilities")
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in session.connection().execute(statement.where(feed.id.in_(sorted(facilities)))):
        found[row.id].append(row)
    return found


def _places_at(rows: Sequence[Any], visit: Visit) -> list[str]:
    """Where a facility lay before it came to where it lies now, if the visit was or may have been before that."""
    here = [row.born_at for row in rows if not row.deleted]
    if not here or (visit.at is not None and visit.at >= max(here)):
        return []
    return [code for row in rows if row.deleted for code in (row.scope, row.region) if code]
