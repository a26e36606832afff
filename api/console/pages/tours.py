"""Tours of a day, each its author's alone: stops in order with their times, a picture, and files to take along."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import lazy_gettext as _

from api.console import facts, maps
from api.console.asking import day_of, id_of, today_of_caller
from api.console.blueprint import page
from api.console.languages import language
from api.console.page import Page, draw, go, write
from api.console.tour_maps import needs
from api.console.tour_pictures import picture
from api.views.tours import GPX
from inspection import calendars, facility_lists, tour_exports, tours
from inspection.errors import NotFound
from inspection.tables.tours import Tour, TourState
from inspection.tour_candidates import refuse_who_may_not_audit

AHEAD = timedelta(days=28)
MOST = 200  # stops of a tour
STATES: Mapping[str, Any] = {TourState.PROPOSED: _("proposed"), TourState.PLANNED: _("decided")}


@page("/tours", "tours")
class Tours(Page):
    """Tours of the caller."""

    def get(self) -> Response:
        """Those of a day: the one that is asked for, else the first from today on that has any."""
        refuse_who_may_not_audit(g.caller)
        session, today = g.work.session, today_of_caller()
        days = sorted({tour.day for tour in tours.mine(session, g.caller, since=today, until=today + AHEAD)})
        day = day_of(request.args.get("day", "")) or next(iter(days), today)
        held = tours.shown(session, g.caller, tours.mine(session, g.caller, since=day, until=day))
        held.sort(key=lambda tour: bool(tour["state"] != TourState.PLANNED))
        missed = {UUID(made) for tour in held for made in tour["missed"]}
        left = {made for said in request.args.getlist("left")[:MOST] if (made := id_of(said)) is not None}
        drawn = draw(
            "tours",
            day=day,
            days=days,
            tours=held,
            pictures={tour["id"]: picture(tour) for tour in held},
            needs={tour["id"]: needs(tour) for tour in held if tour["stops"]},
            states=STATES,
            places=facility_lists.several(session, g.caller, missed | left),
            left=left,
            clock=facts.clock,
            uuid=UUID,
            done=request.args.get("done", ""),
            over=day < today,
        )
        return maps.let_draw(drawn) if held else drawn


@page("/tours/<uuid:tour_id>/accept", "tour_accept")
class Accept(Page):
    """Going."""

    def post(self, tour_id: UUID) -> Response:
        """Go this way. Re-checks that stay as they were are named on the next page."""
        day, left = write(lambda work: _taken(tours.accept(work, g.caller, tour_id)))
        return go("tours", day=day.isoformat(), done="accept", left=left)


@page("/tours/<uuid:tour_id>/cancel", "tour_cancel")
class Cancel(Page):
    """Not going."""

    def post(self, tour_id: UUID) -> Response:
        """Do not go."""
        day = write(lambda work: tours.cancel(work, g.caller, tour_id).day)
        return go("tours", day=day.isoformat(), done="cancel")


@page("/tours/<uuid:tour_id>.gpx", "tour_gpx")
class Gpx(Page):
    """A tour for navigators."""

    def get(self, tour_id: UUID) -> Response:
        """A file to take along."""
        tour = _one(tour_id)
        return _file(tour_exports.gpx(tour, language()), GPX, f"tour-{tour['day']}.gpx")


@page("/tours/<uuid:tour_id>.ics", "tour_ics")
class Ics(Page):
    """A tour for calendars."""

    def get(self, tour_id: UUID) -> Response:
        """A file to take along, once it is decided to go; before there is none."""
        tour = _one(tour_id)
        if tour["state"] != TourState.PLANNED:
            raise NotFound("there is no such tour", kind="tour")
        return _file(calendars.document([tour], language()), calendars.MEDIA_TYPE, f"tour-{tour['day']}.ics")


def _one(tour_id: UUID) -> dict[str, Any]:
    session = g.work.session
    (document,) = tours.shown(session, g.caller, [tours.one(session, g.caller, tour_id)])
    return document


def _file(body: bytes | str, media_type: str, name: str) -> Response:
    response = Response(body, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _taken(accepted: tuple[Tour, list[dict[str, str]]]) -> tuple[date, list[str]]:
    tour, left = accepted
    return tour.day, [each["facility_id"] for each in left]
