"""Places that are audited."""

from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from marshmallow import fields, validate

from api import backlog
from api.fields import Boolean, Day, Float, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.resource import Resource
from api.versions import IF_MATCH, answer_document, read_version
from inspection import facilities, facility_lists, facility_passports
from inspection.facilities import ADDRESS_LENGTH, NAME_LENGTH
from inspection.passport import Access
from inspection.siting import Certainty
from inspection.tables.facilities import LocationMethod

blp = Blueprint("facilities", __name__, description="Places that are audited (объект).")

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
CLIENT_EXAMPLE = {
    "kind": "polyclinic",
    "name_kk": "№1 үлгі емханасы",
    "name_ru": "Поликлиника-пример № 1",
    "address_kk": "Мысал көшесі, 1",
    "address_ru": "ул. Примерная, 1",
    "operator_id": None,
    "lat": 43.2567,
    "lon": 76.9286,
    "accuracy_m": 8.0,
    "location_method": "fix",
    "building_year": 1987,
    "catchment": 24000,
    "adaptation_declared_on": "2024-10-01",
    "adaptation_plan_year": None,
    "adaptation_plan_sum": None,
    "active": True,
}
OUT_EXAMPLE = {
    "id": ID,
    "rev": 1,
    "home_region": "750000000",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
    "area_certainty": "inside",
    **CLIENT_EXAMPLE,
    "merged_into": None,
    "source": None,
    "external_id": None,
    "demo": False,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
}
PASSPORT_EXAMPLE = {
    "facility_id": ID,
    "site": {"wheelchair": "blocked", "mobility": "partial", "vision": "unknown", "hearing": "full"}
    | {"cognitive": "unknown"},
    "zones": {
        "wheelchair": {
            "entrance": {
                "access": "blocked",
                "barriers": [{"criterion": "entrance-ramp-slope", "place": "main"}],
                "checked": 9,
                "applicable": 10,
            }
        }
    },
    "awaiting": {"01990a5d-ac96-774b-bcce-b302099a8053": "confirmation"},
    "without_effect": {"01990a5d-ac96-774b-bcce-b302099a8058": "no_open_violation"},
    "audited_at": "2026-02-02T05:10:00Z",
    "settled_at": "2026-02-02T09:00:00Z",
}
ACCESS = {
    "description": "conditional: blocked, but a working alternative was tested since. unknown: too little was seen"
}
NAME = validate.Length(min=1, max=NAME_LENGTH)
WORD = validate.Length(min=1, max=40)
CODE = validate.Length(min=1, max=14)
LATITUDE, LONGITUDE = validate.Range(min=-90, max=90), validate.Range(min=-180, max=180)
METRES = {"description": "radius in metres within which the place lies"}
YEAR = validate.Range(min=1500, max=2100)
PLAN_SUM = validate.Range(min=0, max=10**15)
AREA_CODE = {"description": "region or district, where the coordinates do not tell"}
MERGED_INTO = {"description": "the facility that stands for this one, where they were found to be one place"}
KIND = {"description": "a kind of the newest published checklist"}


class _FacilityFields(Schema):
    address_kk = fields.String(allow_none=True, validate=validate.Length(max=ADDRESS_LENGTH))
    address_ru = fields.String(allow_none=True, validate=validate.Length(max=ADDRESS_LENGTH))
    operator_id = fields.UUID(allow_none=True)
    lat = Float(allow_none=True, validate=LATITUDE)
    lon = Float(allow_none=True, validate=LONGITUDE)
    accuracy_m = Float(allow_none=True, validate=validate.Range(min=0, max=1_000_000), metadata=METRES)
    location_method = fields.String(validate=validate.OneOf(list(LocationMethod)))
    building_year = Integer(allow_none=True, validate=YEAR)
    catchment = Integer(allow_none=True, validate=validate.Range(min=0, max=100_000_000))
    adaptation_declared_on = Day(allow_none=True, metadata={"description": "the owner says it is adapted since"})
    adaptation_plan_year = Integer(allow_none=True, validate=YEAR)
    adaptation_plan_sum = Integer(
        allow_none=True, validate=PLAN_SUM, metadata={"description": "whole units of the currency"}
    )
    active = Boolean()
    area_code = fields.String(allow_none=True, validate=CODE, metadata=AREA_CODE)


class FacilityIn(_FacilityFields):
    """A new facility."""

    id = fields.UUID(required=True, metadata={"description": "made by the client"})
    kind = fields.String(required=True, validate=WORD, metadata=KIND)
    name_kk = fields.String(required=True, validate=NAME)
    name_ru = fields.String(required=True, validate=NAME)


class FacilityPatch(_FacilityFields):
    """What is to change of a facility; what is not named stays."""

    kind = fields.String(validate=WORD, metadata=KIND)
    name_kk = fields.String(validate=NAME)
    name_ru = fields.String(validate=NAME)


class FacilityOut(Schema):
    """A facility as it is held."""

    id = fields.UUID(required=True)
    rev = Integer(required=True, metadata={"description": "one more at every change; also the ETag"})
    home_region = fields.String(required=True, metadata={"description": "where it was made; never changes"})
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    area_certainty = fields.String(required=True, validate=validate.OneOf(list(Certainty)))
    kind = fields.String(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)
    address_kk = fields.String(required=True, allow_none=True)
    address_ru = fields.String(required=True, allow_none=True)
    operator_id = fields.UUID(required=True, allow_none=True)
    lat = Float(required=True, allow_none=True)
    lon = Float(required=True, allow_none=True)
    accuracy_m = Float(required=True, allow_none=True, metadata=METRES)
    location_method = fields.String(required=True, validate=validate.OneOf(list(LocationMethod)))
    building_year = Integer(required=True, allow_none=True)
    catchment = Integer(required=True, allow_none=True)
    adaptation_declared_on = Day(required=True, allow_none=True)
    adaptation_plan_year = Integer(required=True, allow_none=True)
    adaptation_plan_sum = Integer(required=True, allow_none=True, validate=PLAN_SUM)
    active = Boolean(required=True)
    merged_into = fields.UUID(required=True, allow_none=True, metadata=MERGED_INTO)
    source = fields.String(required=True, allow_none=True, metadata={"description": "register it came from"})
    external_id = fields.String(required=True, allow_none=True, metadata={"description": "its id there"})
    demo = Boolean(required=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


def _by(word: str, values: fields.Field[Any]) -> Any:
    keys = fields.String(metadata={"description": word})
    return fields.Dict(keys=keys, values=values, required=True, metadata={"description": f"by {word}"})


def _access() -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(list(Access)), metadata=ACCESS)


class BarrierOut(Schema):
    """A spot that fails for the group."""

    criterion = fields.String(required=True)
    place = fields.String(required=True)


class ZoneOut(Schema):
    """What a group can do in one zone, and what that rests on."""

    access = _access()
    barriers = fields.List(
        fields.Nested(BarrierOut), required=True, metadata={"description": "the most severe first, waived or not"}
    )
    checked = Integer(required=True, metadata={"description": "criteria that were looked at"})
    applicable = Integer(required=True, metadata={"description": "criteria that apply"})


class PassportOut(Schema):
    """The accessibility passport of a facility."""

    facility_id = fields.UUID(required=True)
    site = _by("group", _access())
    zones = _by("group", _by("zone", fields.Nested(ZoneOut)))
    awaiting = _by("audit", fields.String(metadata={"description": "why it does not count"}))
    without_effect = _by("decision", fields.String(metadata={"description": "why it does not apply"}))
    audited_at = Moment(required=True, allow_none=True, metadata={"description": "newest observation; null: none"})
    settled_at = Moment(required=True, allow_none=True, metadata={"description": "null: nothing was ever found"})


class FacilityPageOut(PageOut):
    """A page of facilities."""

    items = fields.List(fields.Nested(FacilityOut), required=True)


class FacilityQuery(PageQuery):
    """Which facilities are wanted."""

    kind = fields.String(validate=WORD)
    operator_id = fields.UUID()
    text = fields.String(
        validate=validate.Length(min=1, max=200),
        metadata={
            "description": "beginnings of words of names and addresses, in Kazakh, Russian or Latin letters"
        },
    )
    active = Boolean()
    sort = fields.String(load_default="name", validate=validate.OneOf(facility_lists.SORTS))


@blp.route("/facilities")
class Facilities(Resource):
    """Facilities the caller may see."""

    @blp.arguments(FacilityQuery, location="query")
    @blp.response(200, FacilityPageOut, example={"items": [OUT_EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List facilities."""
        page = facility_lists.page(g.work.session, g.caller, **query)
        return answer_page(page)

    @blp.arguments(FacilityIn, example={"id": ID, **CLIENT_EXAMPLE})
    @blp.response(201, FacilityOut, example=OUT_EXAMPLE)
    @blp.alt_response(200, schema=FacilityOut, description="The same was created before.", example=OUT_EXAMPLE)
    @blp.alt_response(409, "CONFLICT")
    def post(self, facility: dict[str, Any]) -> Response:
        """Create a facility; sending the same again changes nothing."""
        facility_id, area_code = facility.pop("id"), facility.pop("area_code", None)
        held, new = facilities.create(g.work, g.caller, facility_id, facility, area_code=area_code)  # type: ignore[arg-type]
        backlog.arrived(g.work, [facility_id])
        where = url_for("facilities.OneFacility", facility_id=facility_id)
        return answer_document(facility_lists.document(held), 201 if new else 200, location=where)


@blp.route("/facilities/<uuid:facility_id>")
class OneFacility(Resource):
    """One facility."""

    @blp.response(200, FacilityOut, example=OUT_EXAMPLE)
    def get(self, facility_id: UUID) -> Response:
        """One facility."""
        return answer_document(facility_lists.one(g.work.session, g.caller, facility_id))

    @blp.doc(parameters=[IF_MATCH])
    @blp.arguments(FacilityPatch, example={"catchment": 25000})
    @blp.response(200, FacilityOut, example=OUT_EXAMPLE)
    @blp.alt_response(409, "CONFLICT")
    @blp.alt_response(412, "PRECONDITION_FAILED")
    @blp.alt_response(428, "PRECONDITION_REQUIRED")
    def patch(self, patch: dict[str, Any], facility_id: UUID) -> Response:
        """Change a facility, if nobody else changed it since it was read."""
        area_code = patch.pop("area_code", None)
        held = facilities.change(g.work, g.caller, facility_id, read_version(), patch, area_code=area_code)  # type: ignore[arg-type]
        return answer_document(facility_lists.document(held))


@blp.route("/facilities/<uuid:facility_id>/passport")
class Passport(Resource):
    """The accessibility passport of one facility."""

    @blp.response(200, PassportOut, example=PASSPORT_EXAMPLE)
    def get(self, facility_id: UUID) -> Response:
        """What people of each group can do there, by the latest findings."""
        return answer_json(facility_passports.one(g.work.session, g.caller, facility_id))
