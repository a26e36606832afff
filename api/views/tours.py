"""Tours of a day: proposed, accepted, taken along."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask.views import MethodView

from api.encoding import json_bytes
from api.languages import wanted_language
from api.openapi import Blueprint
from api.pages import answer_json
from api.parsing import refuse_query
from api.resource import Resource, credential
from api.tour_forms import (
    IN_EXAMPLE,
    OUT_EXAMPLE,
    AcceptedOut,
    DaysQuery,
    TourIn,
    TourOut,
    ToursOut,
    read_hours,
)
from api.tour_proposing import best_of, candidates_of
from api.wiring import wiring
from api.work import Work
from inspection import access, tour_candidates, tour_exports, tours
from inspection.access import Caller, Credential
from inspection.tables.tours import Tour
from inspection.tour_candidates import Candidates

blp = Blueprint("tours", __name__, description="A day's tour of an inspector.")

GPX, GEOJSON = "application/gpx+xml", "application/geo+json"
MAP = {"description": "A FeatureCollection.", "content": {GEOJSON: {"schema": {"type": "object"}}}}
ROUTE = {"description": "Waypoints and a route.", "content": {GPX: {"schema": {"type": "string"}}}}


@dataclass(frozen=True, slots=True)
class _Looked:
    """What the first unit finds: a tour that is there already, or the places to choose from."""

    held: dict[str, Any] | None
    candidates: Candidates | None


@blp.route("/tours")
class Tours(MethodView):
    """Tours of the caller. A proposal takes seconds, so it is made between two units and not within one."""

    @blp.arguments(TourIn, example=IN_EXAMPLE)
    @blp.response(201, TourOut, example=OUT_EXAMPLE)
    @blp.alt_response(200, schema=TourOut, description="The same was proposed before.", example=OUT_EXAMPLE)
    @blp.alt_response(409, "CONFLICT")
    def post(self, asked: dict[str, Any]) -> Response:
        """Propose a tour that collects the most obstructed visits; the same id again proposes nothing new."""
        token = credential(request)
        refuse_query(request)
        read_hours(asked)  # what is wrong with them is said before anything is read
        looked = wiring().units.study(lambda work: _look(work, token, asked))
        if looked.held is not None:
            return answer_json(looked.held)
        candidates = looked.candidates
        assert candidates is not None  # noqa: S101 - there is a tour or there are places
        proposal = best_of(wiring().settings, asked, candidates)

        def keep(work: Work) -> dict[str, Any]:
            caller = _caller(work, token)
            tour = tours.store(work, caller, asked["id"], proposal)
            work.session.flush()
            return _shown(work, caller, tour)

        made = wiring().units.write(keep)
        return answer_json(made, 201)

    @blp.arguments(DaysQuery, location="query")
    @blp.response(200, ToursOut, example={"items": [OUT_EXAMPLE]})
    def get(self, query: dict[str, Any]) -> Response:
        """Your tours that are not cancelled, by default of the next four weeks."""
        token = credential(request)

        def look(work: Work) -> list[dict[str, Any]]:
            caller = _caller(work, token)
            since: date = query.get("since", work.now.date() - timedelta(days=1))
            until: date = query.get("until", since + timedelta(days=28))
            return tours.shown(work.session, caller, tours.mine(work.session, caller, since=since, until=until))

        return answer_json({"items": wiring().units.study(look)})


def _look(work: Work, token: Credential, asked: dict[str, Any]) -> _Looked:
    caller = _caller(work, token)
    tour_candidates.refuse_who_may_not_audit(caller)
    if (there := tours.held(work.session, caller, asked["id"])) is not None:
        return _Looked(_shown(work, caller, there), None)
    return _Looked(None, candidates_of(work, caller, asked))


def _caller(work: Work, token: Credential) -> Caller:
    g.caller = access.sign_in(work.session, token, now=work.now)
    work.journal.acted_by(g.caller)
    work.journal.request_id = g.get("request_id")
    caller: Caller = g.caller
    return caller


def _shown(work: Work, caller: Caller, tour: Tour) -> dict[str, Any]:
    (document,) = tours.shown(work.session, caller, [tour])
    return document


@blp.route("/tours/<uuid:tour_id>")
class OneTour(Resource):
    """One tour of the caller."""

    @blp.response(200, TourOut, example=OUT_EXAMPLE)
    def get(self, tour_id: UUID) -> Response:
        """One of your tours."""
        return answer_json(_one(tour_id))


def _one(tour_id: UUID) -> dict[str, Any]:
    return _shown(g.work, g.caller, tours.one(g.work.session, g.caller, tour_id))


@blp.route("/tours/<uuid:tour_id>/accept")
class Accept(Resource):
    """Going."""

    @blp.response(200, AcceptedOut, example={**OUT_EXAMPLE, "state": "planned", "left": []})
    @blp.alt_response(409, "CONFLICT")
    def post(self, tour_id: UUID) -> Response:
        """Go this way: its open re-checks become yours, planned for the day; an accepted tour of the day ends."""
        tour, left = tours.accept(g.work, g.caller, tour_id)
        g.work.session.flush()
        parts = wiring()
        language = wanted_language(parts.settings.default_language)
        said = [each | {"reason": parts.phrasebook.say(each["reason"], language)} for each in left]
        return answer_json({**_shown(g.work, g.caller, tour), "left": said})


@blp.route("/tours/<uuid:tour_id>/cancel")
class Cancel(Resource):
    """Not going."""

    @blp.response(200, TourOut, example={**OUT_EXAMPLE, "state": "cancelled"})
    def post(self, tour_id: UUID) -> Response:
        """Do not go: the day leaves your re-checks, which stay yours."""
        tour = tours.cancel(g.work, g.caller, tour_id)
        g.work.session.flush()
        return answer_json(_shown(g.work, g.caller, tour))


@blp.route("/tours/<uuid:tour_id>.geojson")
class TourGeojson(Resource):
    """A tour for maps."""

    @blp.doc(responses={200: MAP})
    def get(self, tour_id: UUID) -> Response:
        """The start, the stops in order and the way between, as GeoJSON."""
        return Response(json_bytes(tour_exports.geojson(_one(tour_id))), mimetype=GEOJSON)


@blp.route("/tours/<uuid:tour_id>.gpx")
class TourGpx(Resource):
    """A tour for navigators."""

    @blp.doc(responses={200: ROUTE})
    def get(self, tour_id: UUID) -> Response:
        """The stops as waypoints and as a route, as GPX 1.1, named in your language."""
        tour = _one(tour_id)
        written = tour_exports.gpx(tour, wanted_language(wiring().settings.default_language))
        response = Response(written, mimetype=GPX)
        response.headers["Content-Disposition"] = f'attachment; filename="tour-{tour["day"]}.gpx"'
        return response
