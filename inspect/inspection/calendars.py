"""The calendar of an inspector: their accepted tours as iCalendar, under a secret address that opens nothing else.

Calendar programs cannot sign in, so the address is the key. It is long and random, only its hash is kept, it ends
when its owner makes another or takes it back, and with their last grant. It shows what its owner may see at that
moment, and never anything about a person.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection import tours
from inspection.access import Act, Caller, known, token_hash
from inspection.countries import COUNTRIES
from inspection.errors import NotFound
from inspection.journal import Change
from inspection.tables.areas import Level
from inspection.tables.tours import CalendarLink, TourState
from inspection.tour_candidates import refuse_who_may_not_audit
from inspection.tour_exports import address_in, name_in
from inspection.unit import Unit

PRODUCT = "-//Pandus//Tours//EN"
MEDIA_TYPE = "text/calendar"
BEHIND, AHEAD = timedelta(days=31), timedelta(days=366)


def link(unit: Unit, caller: Caller, token: str) -> CalendarLink:
    """Make the caller's link, and end the one before. token: secret; only its hash is kept. Raises Forbidden."""
    refuse_who_may_not_audit(caller)
    revoke(unit, caller)
    made = CalendarLink(
        id=unit.new_id(),
        person_id=caller.person_id,
        token_hash=token_hash(token),
        made_at=unit.now,
        revoked_at=None,
    )
    unit.session.add(made)
    unit.journal.add(Change(_region(caller), "calendar.linked", "calendar_link", str(made.id)))
    return made


def revoke(unit: Unit, caller: Caller) -> int:
    """End the caller's links; how many there were."""
    held = _held(unit.session, caller.person_id)
    for each in held:
        each.revoked_at = unit.now
        facts = {"revoked_at": (None, unit.now)}
        unit.journal.add(Change(_region(caller), "calendar.revoked", "calendar_link", str(each.id), facts))
    return len(held)


def current(session: Session, caller: Caller) -> CalendarLink | None:
    """The link that works, without its secret: nobody has that any more."""
    return next(iter(_held(session, caller.person_id)), None)


def _held(session: Session, person: UUID) -> Sequence[CalendarLink]:
    own = (CalendarLink.person_id == person, CalendarLink.revoked_at.is_(None))
    return session.scalars(select(CalendarLink).where(*own).order_by(CalendarLink.made_at)).all()


def _region(caller: Caller) -> str:
    """In whose journal it stands: that of the first area in which the caller may audit."""
    areas = (code for level in reversed(Level) for code in caller.reach(Act.SUBMIT_AUDIT, level))
    grants = (grant.area_code for grant in caller.grants)
    return next(iter((*areas, *grants, *COUNTRIES)))


def calendar(session: Session, token: str, *, now: datetime) -> bytes:
    """The iCalendar document behind a link; the same facts give the same bytes. Raises NotFound for another token.

    Source: RFC 5545; REFRESH-INTERVAL of RFC 7986.
    """
    found = session.scalars(select(CalendarLink).where(CalendarLink.token_hash == token_hash(token))).one_or_none()
    if found is None or found.revoked_at is not None:
        raise NotFound("there is no such calendar", kind="calendar")
    owner = known(session, found.person_id, now=now)
    if not any(owner.reach(Act.SUBMIT_AUDIT, level) for level in Level):
        raise NotFound("there is no such calendar", kind="calendar")
    today: date = now.date()
    planned = tours.mine(session, owner, since=today - BEHIND, until=today + AHEAD)
    accepted = [tour for tour in planned if tour.state == TourState.PLANNED]
    return document(tours.shown(session, owner, accepted), owner.language)


def document(shown: Sequence[Mapping[str, Any]], language: str) -> bytes:
    """Accepted tours, as they are shown, as an iCalendar document. language: of the names: kk, or else ru."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", "Pandus")
    made.add("x-wr-calname", "Pandus")
    made.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for tour in shown:
        for stop in tour["stops"]:
            made.add_component(_event(tour, stop, language))
    if shown:
        days = [tour["day"] for tour in shown]
        made.add_missing_timezones(min(days) - timedelta(days=1), max(days) + timedelta(days=1))
    return bytes(made.to_ical())


def _event(tour: Mapping[str, Any], stop: Mapping[str, Any], language: str) -> Event:
    event = Event()
    # Of the day and place and not of the tour: a plan that is made anew moves the event and makes no second one.
    event.add("uid", f"{tour['day']}-{stop['facility_id']}@pandus")
    event.add("dtstamp", tour["accepted_at"])
    event.add("dtstart", stop["begins_at"])
    event.add("dtend", stop["leaves_at"])
    event.add("summary", name_in(stop, language))
    if address := address_in(stop, language):
        event.add("location", address)
    event.add("geo", (stop["lat"], stop["lon"]))
    event.add("status", "CONFIRMED")
    return event
