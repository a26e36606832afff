"""What the addresses of facilities led to, and what somebody has to believe."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from api.fields import Float, Integer, Moment, Schema, Words
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.resource import Resource
from inspection import geocode_review
from inspection.tables.geocoding import GeocodeState

blp = Blueprint("geocodes", __name__, description="Positions from addresses.")

STATES = [state.value for state in GeocodeState]
EXAMPLE = {
    "id": "01990a5d-ac96-774b-bcce-b302099a8052",
    "rev": 3,
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
    "state": "doubtful",
    "question": "ул. Примерная, 12, район Пример",
    "provider": "nominatim:geocoder.example",
    "why": "the address was found in another district than the one that is held",
    "lat": 43.25,
    "lon": 76.75,
    "accuracy_m": 40.0,
    "answer": "12, улица Примерная, Пример",
    "attempts": 0,
    "changed_at": "2026-03-16T09:00:00Z",
    "decided_by": None,
    "reason": None,
    "name_kk": "№1 үлгі емханасы",
    "name_ru": "Поликлиника-пример № 1",
}


class GeocodeOut(Schema):
    """The address of one facility, and what a geocoder said."""

    id = fields.UUID(required=True, metadata={"description": "of the facility"})
    rev = Integer(required=True)
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    question = fields.String(required=True, metadata={"description": "the address as the geocoder was asked"})
    provider = fields.String(required=True, allow_none=True)
    why = fields.String(required=True, allow_none=True)
    lat = Float(required=True, allow_none=True)
    lon = Float(required=True, allow_none=True)
    accuracy_m = Float(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True, metadata={"description": "what it calls the place"})
    attempts = Integer(required=True)
    changed_at = Moment(required=True)
    decided_by = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)


class GeocodePage(PageOut):
    """A page of addresses."""

    items = fields.List(fields.Nested(GeocodeOut), required=True)


class GeocodeQuery(PageQuery):
    """Which addresses."""

    state = DelimitedList(
        fields.String(validate=validate.OneOf(STATES)),
        load_default=[],
        metadata={"description": "by default all"},
    )


class BeliefIn(Schema):
    """What a person says to an answer that is in doubt."""

    decision = fields.String(required=True, validate=validate.OneOf(["accept", "refuse"]))
    reason = Words(required=True, validate=validate.Length(min=1, max=2000))


@blp.route("/geocodes")
class Geocodes(Resource):
    """Addresses without an exact position."""

    @blp.arguments(GeocodeQuery, location="query")
    @blp.response(200, GeocodePage, example={"items": [EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List addresses that were looked up, or wait for it."""
        states = [GeocodeState(state) for state in query.pop("state")]
        return answer_page(geocode_review.page(g.work.session, g.caller, states=states, **query))


@blp.route("/geocodes/<uuid:facility_id>/decision")
class Belief(Resource):
    """An answer that only a person can believe."""

    @blp.arguments(BeliefIn, example={"decision": "accept", "reason": "Проверено по карте."})
    @blp.response(200, GeocodeOut, example={**EXAMPLE, "state": "placed"})
    @blp.alt_response(409, "CONFLICT")
    def post(self, said: dict[str, Any], facility_id: UUID) -> Response:
        """Put the facility where the geocoder said, or refuse that for good."""
        accept = said["decision"] == "accept"
        return answer_json(geocode_review.decide(g.work, g.caller, facility_id, said["reason"], accept=accept))
