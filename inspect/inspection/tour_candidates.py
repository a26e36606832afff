"""Where an inspector could go on a day: the places they name, or the queue of re-checks and the ranks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from geo.tour_days import Stop
from inspection.access import NEEDS, Act, Caller, narrow
from inspection.area_filters import lies_in
from inspection.bulk import among
from inspection.errors import DoesNotApply, Fault, Forbidden, InvalidInput
from inspection.tables.areas import Level
from inspection.tables.facilities import Facility
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tour_prizes import Key, most_obstructed, prizes

MOST = 200  # candidates of one question
OPEN = (FollowUpState.QUEUED.value, FollowUpState.ASSIGNED.value)
FACILITY_ACCEPTED = "the id of a located facility in which you may audit"


@dataclass(frozen=True, slots=True)
class Named:
    """A place that somebody names. What is None is taken from what is known."""

    facility: UUID
    prize: float | None = None
    minutes: int | None = None
    required: bool = False
    opens: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place and what a visit there is worth."""

    key: Key
    lat: float
    lon: float
    country: str
    region_code: str
    stop: Stop


@dataclass(frozen=True, slots=True)
class Candidates:
    """Places of one country. unlocated: how many were left out because nobody knows where they are; more: because
    they are too many, the least worth first.
    """

    places: tuple[Candidate, ...]
    unlocated: int = 0
    more: int = 0


def refuse_who_may_not_audit(caller: Caller) -> None:
    """Raises Forbidden for who may send audits nowhere."""
    if not any(caller.reach(Act.SUBMIT_AUDIT, level) for level in Level):
        raise Forbidden(NEEDS[Act.SUBMIT_AUDIT], act=Act.SUBMIT_AUDIT.value)


def named(session: Session, caller: Caller, wanted: Sequence[Named], *, minutes: int) -> Candidates:
    """The places that somebody names. Raises InvalidInput with every one that cannot be visited, and why."""
    ids = [each.facility for each in wanted]
    found = {row.id: row for row in _facilities(session, caller, Facility.id.in_(ids))}
    faults = []
    for n, each in enumerate(wanted):
        pointer = f"/facilities/{n}/facility_id"
        if each.facility not in found:
            faults.append(Fault(pointer, "there is no such facility", FACILITY_ACCEPTED))
        elif found[each.facility].lat is None:
            faults.append(Fault(pointer, "nobody knows where this facility is", FACILITY_ACCEPTED))
        elif each.facility in ids[:n]:
            faults.append(Fault(pointer, "this facility is named twice", "each facility once"))
    if faults:
        raise InvalidInput(faults)
    known = prizes(session, {(row.home_region, row.id) for row in found.values()})
    places = []
    for each in wanted:
        row = found[each.facility]
        prize = known[row.home_region, row.id] if each.prize is None else each.prize
        stop = Stop(60 * (minutes if each.minutes is None else each.minutes), prize, each.required, each.opens)
        places.append(_candidate(row, stop))
    return _of_one_country(places)


def queued(session: Session, caller: Caller, day: date, *, area: str | None, minutes: int) -> Candidates:
    """Open re-checks that are nobody's or the caller's, and the places where most is obstructed.

    What the caller has planned for this day must be visited. Raises InvalidInput for an area that is not known.
    """
    followups = _followups(session, caller, day)
    ranked = most_obstructed(session, caller, MOST)
    keys = list(dict.fromkeys([*followups, *ranked]))
    near = among((Facility.home_region, Facility.id), sorted(keys))
    inside = (near,) if area is None else (near, lies_in(session, Facility, area))
    found = {(row.home_region, row.id): row for row in _facilities(session, caller, *inside)}
    known = prizes(session, found)
    located = [key for key in keys if key in found and found[key].lat is not None]
    places = [
        _candidate(found[key], Stop(60 * minutes, known[key], required=followups.get(key, False)))
        for key in located
    ]
    places.sort(key=lambda p: (p.stop.required, p.stop.prize is not None, p.stop.prize or 0), reverse=True)
    kept = _of_one_country(places[:MOST])
    return replace(kept, unlocated=len(found) - len(located), more=len(places) - len(kept.places))


def _followups(session: Session, caller: Caller, day: date) -> Mapping[Key, bool]:
    """Facilities with a re-check that the caller could make, and whether they have planned it for this day."""
    mine = FollowUp.assignee_id == caller.person_id
    statement = (
        narrow(
            select(FollowUp.home_region, FollowUp.facility_id, FollowUp.assignee_id, FollowUp.planned_on),
            FollowUp,
            caller,
            Act.SUBMIT_AUDIT,
        )
        .where(FollowUp.state.in_(OPEN), or_(FollowUp.assignee_id.is_(None), mine))
        .order_by(FollowUp.wanted_from, FollowUp.id)
    )
    rows = session.connection().execute(statement)
    return {(row[0], row[1]): row[2] == caller.person_id and row[3] == day for row in rows}


def _facilities(session: Session, caller: Caller, *conditions: Any) -> Sequence[Any]:
    columns = (Facility.home_region, Facility.id, Facility.lat, Facility.lon, Facility.country)
    statement = narrow(select(*columns, Facility.region_code), Facility, caller, Act.SUBMIT_AUDIT)
    return session.connection().execute(statement.where(Facility.active.is_(True), *conditions)).all()


def _candidate(row: Any, stop: Stop) -> Candidate:
    return Candidate((row.home_region, row.id), row.lat, row.lon, row.country, row.region_code, stop)


def _of_one_country(places: Sequence[Candidate]) -> Candidates:
    countries = {place.country for place in places}
    if len(countries) > 1:
        raise DoesNotApply(
            "the places lie in several countries; name the area of one", countries=sorted(countries)
        )
    return Candidates(tuple(places))
