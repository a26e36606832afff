"""Tours of inspectors: proposed, accepted, cancelled; each its author's alone.

A stop is shown only as long as its author may see the facility: what was planned before a district was lost is
still a number, but not a place any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.tours import Tour as Found
from inspection.access import Act, Caller, may, narrow
from inspection.bulk import among
from inspection.countries import COUNTRIES, local_date
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput, NotFound
from inspection.heads import lock_facilities
from inspection.journal import Change
from inspection.tables.facilities import Facility
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.tours import Tour, TourState
from inspection.tour_candidates import Candidates
from inspection.unit import Unit

FURTHEST = timedelta(days=366)
OPEN = (FollowUpState.QUEUED.value, FollowUpState.ASSIGNED.value)
STRAIGHT, ROUTED = "straight_line", "routing_service"
SHOWN = (
    *(Facility.home_region, Facility.id, Facility.kind, Facility.name_kk, Facility.name_ru),
    *(Facility.address_kk, Facility.address_ru, Facility.lat, Facility.lon),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What becomes a tour: the question as asked, the places, what was found, and what the ways rest on."""

    day: date
    asked: Mapping[str, Any]
    candidates: Candidates
    found: Found
    travel: str


def check_day(day: date, country: str, now: datetime) -> None:
    """Raises InvalidInput for a day that has passed in the country, or is more than a year away."""
    today = local_date(now, country)
    if not today <= day <= today + FURTHEST:
        reason = f"{day} has passed" if day < today else f"{day} is more than a year away"
        raise InvalidInput([Fault("/day", reason, f"a day from {today} to {today + FURTHEST}")])


def held(session: Session, caller: Caller, tour_id: UUID) -> Tour | None:
    """The caller's tour with this id, if there is one. Raises AlreadyDifferent for somebody else's."""
    tour = session.get(Tour, tour_id)
    if tour is not None and tour.person_id != caller.person_id:
        raise AlreadyDifferent("another document has this id")
    return tour


def store(unit: Unit, caller: Caller, tour_id: UUID, proposal: Proposal) -> Tour:
    """Keep a proposal; the caller's earlier proposals for the day, which nobody accepted, are forgotten."""
    if (there := held(unit.session, caller, tour_id)) is not None:
        return there
    mine = (Tour.person_id == caller.person_id, Tour.day == proposal.day, Tour.state == TourState.PROPOSED.value)
    for earlier in unit.session.scalars(select(Tour).where(*mine)):
        unit.session.delete(earlier)
    places, found = proposal.candidates.places, proposal.found
    first = places[found.timed.visits[0].stop] if found.timed.visits else places[0]
    tour = Tour(
        id=tour_id,
        person_id=caller.person_id,
        country=first.country,
        region_code=first.region_code,
        day=proposal.day,
        state=TourState.PROPOSED.value,
        asked=dict(proposal.asked),
        stops=[
            {
                "home_region": places[visit.stop].key[0],
                "facility_id": str(places[visit.stop].key[1]),
                "arrives": visit.arrives,
                "begins": visit.begins,
                "leaves": visit.leaves,
                "prize": places[visit.stop].stop.prize,
                "required": places[visit.stop].stop.required,
            }
            for visit in found.timed.visits
        ],
        found={
            "ends": found.timed.ends,
            "lunch": found.timed.lunch,
            "collected": found.collected,
            "unranked": found.unknown,
            "missed": [str(places[n].key[1]) for n in found.missed],
            "found_by": found.by,
            "cut_short": found.cut_short,
            "travel": proposal.travel,
            "considered": len(places),
            "more": proposal.candidates.more,
            "unlocated": proposal.candidates.unlocated,
        },
        made_at=unit.now,
        accepted_at=None,
    )
    unit.session.add(tour)
    return tour


def one(session: Session, caller: Caller, tour_id: UUID) -> Tour:
    """The caller's own tour. Raises NotFound for anybody else's."""
    tour = session.get(Tour, tour_id)
    if tour is None or tour.person_id != caller.person_id:
        raise NotFound("there is no such tour", kind="tour")
    return tour


def mine(session: Session, caller: Caller, *, since: date, until: date) -> Sequence[Tour]:
    """The caller's tours of these days, both included, but for cancelled ones."""
    days = (Tour.day >= since, Tour.day <= until)
    own = (Tour.person_id == caller.person_id, Tour.state != TourState.CANCELLED.value)
    return session.scalars(select(Tour).where(*own, *days).order_by(Tour.day, Tour.made_at, Tour.id)).all()


def accept(unit: Unit, caller: Caller, tour_id: UUID) -> tuple[Tour, list[dict[str, str]]]:
    """Go this way: the open re-checks on it become the caller's, planned for the day. Again changes nothing.

    Returns the tour and the re-checks that were left as they are, with the reason. Another accepted tour of the
    day is cancelled. Raises NotFound, and DoesNotApply for a cancelled tour and a day that has passed.
    """
    keys = _keys(one(unit.session, caller, tour_id))
    lock_facilities(unit.session, keys)
    tour = unit.session.get_one(Tour, tour_id, with_for_update=True, populate_existing=True)
    if tour.state == TourState.PLANNED:
        return tour, []
    if tour.state == TourState.CANCELLED:
        raise DoesNotApply("this tour was cancelled", state=tour.state)
    if tour.day < local_date(unit.now, tour.country):
        raise DoesNotApply("the day of this tour has passed", day=tour.day)
    same_day = (Tour.person_id == caller.person_id, Tour.day == tour.day, Tour.state == TourState.PLANNED.value)
    for other in unit.session.scalars(select(Tour).where(*same_day)):
        _end(unit, other)
    unit.session.flush()  # the one before is gone first: there is one accepted tour a day
    tour.state, tour.accepted_at = TourState.PLANNED.value, unit.now
    facts = {"state": (TourState.PROPOSED.value, tour.state), "day": (None, tour.day)}
    unit.journal.add(Change(tour.region_code, "tour.accepted", "tour", str(tour.id), facts))
    left = [_plan(unit, caller, followup, tour.day) for followup in _open_followups(unit.session, caller, keys)]
    return tour, [each for each in left if each is not None]


def cancel(unit: Unit, caller: Caller, tour_id: UUID) -> Tour:
    """Do not go: the day leaves the caller's re-checks, which stay theirs. Again changes nothing."""
    keys = _keys(one(unit.session, caller, tour_id))
    lock_facilities(unit.session, keys)
    tour = unit.session.get_one(Tour, tour_id, with_for_update=True, populate_existing=True)
    if tour.state == TourState.PLANNED:
        for followup in _open_followups(unit.session, caller, keys):
            if (followup.assignee_id, followup.planned_on) == (caller.person_id, tour.day):
                _change(unit, followup, {"planned_on": None})
    if tour.state != TourState.CANCELLED:
        _end(unit, tour)
    return tour


def _end(unit: Unit, tour: Tour) -> None:
    facts = {"state": (tour.state, TourState.CANCELLED.value)}
    tour.state = TourState.CANCELLED.value
    unit.journal.add(Change(tour.region_code, "tour.cancelled", "tour", str(tour.id), facts))


def _keys(tour: Tour) -> list[tuple[str, UUID]]:
    return sorted({(stop["home_region"], UUID(stop["facility_id"])) for stop in tour.stops})


def _open_followups(session: Session, caller: Caller, keys: Sequence[tuple[str, UUID]]) -> Sequence[FollowUp]:
    there = among((FollowUp.home_region, FollowUp.facility_id), keys)
    statement = narrow(select(FollowUp), FollowUp, caller).where(there, FollowUp.state.in_(OPEN))
    return session.scalars(statement.order_by(FollowUp.home_region, FollowUp.id)).all()


def _plan(unit: Unit, caller: Caller, followup: FollowUp, day: date) -> dict[str, str] | None:
    """Plan a re-check for the caller, or say why not."""
    about = {"followup_id": str(followup.id), "facility_id": str(followup.facility_id)}
    if not may(caller, Act.SUBMIT_AUDIT, followup):
        return about | {"reason": "your role does not allow audits there"}
    if followup.assignee_id not in (None, caller.person_id):
        return about | {"reason": "somebody else has this re-check"}
    _change(unit, followup, {"assignee_id": caller.person_id, "planned_on": day})
    return None


def _change(unit: Unit, followup: FollowUp, wanted: Mapping[str, Any]) -> None:
    facts = {name: (getattr(followup, name), v) for name, v in wanted.items() if getattr(followup, name) != v}
    if not facts:
        return
    for name, (_, value) in facts.items():
        setattr(followup, name, value)
    followup.state = (FollowUpState.ASSIGNED if followup.assignee_id else FollowUpState.QUEUED).value
    followup.rev += 1
    unit.journal.add(Change(followup.home_region, "followup.changed", "followup", str(followup.id), facts))


def shown(session: Session, caller: Caller, tours: Sequence[Tour]) -> list[dict[str, Any]]:
    """Tours as they are shown: times with the offset of their country, places as far as the caller may see."""
    keys = sorted({key for tour in tours for key in _keys(tour)})
    statement = narrow(select(*SHOWN), Facility, caller).where(among((Facility.home_region, Facility.id), keys))
    places = {(row.home_region, row.id): row for row in session.connection().execute(statement)}
    return [_shown(tour, places) for tour in tours]


def _shown(tour: Tour, places: Mapping[Any, Any]) -> dict[str, Any]:
    at = _clock(tour)
    stops = []
    for stop in tour.stops:
        row = places.get((stop["home_region"], UUID(stop["facility_id"])))
        if row is not None and row.lat is not None:
            facility = {name: getattr(row, name) for name in ("kind", "name_kk", "name_ru")}
            facility |= {name: getattr(row, name) for name in ("address_kk", "address_ru", "lat", "lon")}
            times = {f"{name}_at": at(stop[name]) for name in ("arrives", "begins", "leaves")}
            told = {"prize": stop["prize"], "required": stop["required"]}
            stops.append({"facility_id": row.id, **facility, **times, **told})
    found = dict(tour.found)
    lunch = found.pop("lunch")
    return {
        "id": tour.id,
        "state": tour.state,
        "day": tour.day,
        "country": tour.country,
        "time_zone": COUNTRIES[tour.country].time_zone.key,
        "start": {"lat": tour.asked["lat"], "lon": tour.asked["lon"]},
        "begins_at": at(tour.asked["begins"]),
        "ends_at": at(found.pop("ends")),
        "returns": tour.asked["returns"],
        "lunch_at": None if lunch is None else at(lunch),
        **found,
        "hidden": len(tour.stops) - len(stops),
        "stops": stops,
        "made_at": tour.made_at,
        "accepted_at": tour.accepted_at,
    }


def _clock(tour: Tour) -> Any:
    midnight = datetime.combine(tour.day, time(), COUNTRIES[tour.country].time_zone)
    return lambda seconds: midnight + timedelta(seconds=seconds)
