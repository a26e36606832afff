"""The calendar of an inspector: their accepted tours as iCalendar, under a secret address that opens nothing else.

Calendar programs cannot sign in, so the address is the key. It is long and random, only its hash is kept, it ends
when its owner makes another or takes it back (`calendar_links`), with their last grant, and when one of their
tablets is stopped. It shows what its owner may see at that
moment, and never anything about a person.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection import tours
from inspection.access import Act, known, token_hash
from inspection.errors import NotFound
from inspection.tables.areas import Level
from inspection.tables.tours import CalendarLink, TourState
from inspection.tour_exports import address_in, name_in

PRODUCT = "-//Pandus//Tours//EN"
MEDIA_TYPE = "text/calendar"
BEHIND, AHEAD = timedelta(days=31), timedelta(days=366)


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
