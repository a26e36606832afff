"""Offices (управление / басқарма) of akimats, to which violations are assigned."""

from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from marshmallow import fields, validate

from api.fields import Boolean, Day, Integer, Moment, Schema, Words
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from api.schemas import IdOnly
from api.versions import IF_MATCH, answer_document, read_version
from inspection import offices
from inspection.offices import NAME_LENGTH

blp = Blueprint("offices", __name__, description="Offices of akimats (управление), a register for each region.")

ID = "01990a5d-ac96-774b-bcce-b302099a8090"
CLIENT_EXAMPLE = {
    "name_kk": "Денсаулық сақтау басқармасы",
    "name_ru": "Управление здравоохранения",
    "email": "densaulyk@example.kz",
    "closed_on": None,
}
IN_EXAMPLE = {"id": ID, "area_code": "750000000", **CLIENT_EXAMPLE}
OUT_EXAMPLE = {
    "id": ID,
    "rev": 1,
    "country": "KZ",
    "region_code": "750000000",
    **CLIENT_EXAMPLE,
    "created_at": "2026-02-01T05:00:00Z",
    "updated_at": "2026-02-01T05:00:00Z",
}
NAME = validate.Length(min=1, max=NAME_LENGTH)
CLOSED = {"description": "closed since that day, not in the future; null: open. What it has it keeps"}


class OfficeIn(IdOnly):
    """A new office."""

    area_code = fields.String(
        required=True, validate=validate.Length(min=1, max=16), metadata={"description": "of its region"}
    )
    name_kk = Words(required=True, validate=NAME)
    name_ru = Words(required=True, validate=NAME)
    email = fields.Email(allow_none=True, validate=validate.Length(max=254))
    closed_on = Day(allow_none=True, metadata=CLOSED)


class OfficePatch(Schema):
    """What is to change of an office; what is not named stays."""

    name_kk = Words(validate=NAME)
    name_ru = Words(validate=NAME)
    email = fields.Email(allow_none=True, validate=validate.Length(max=254))
    closed_on = Day(allow_none=True, metadata=CLOSED)


class OfficeOut(Schema):
    """An office as it is held."""

    id = fields.UUID(required=True)
    rev = Integer(required=True, metadata={"description": "one more at every change; also the ETag"})
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    closed_on = Day(required=True, allow_none=True, metadata=CLOSED)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class OfficePage(PageOut):
    """A page of offices, by region and Russian name."""

    items = fields.List(fields.Nested(OfficeOut), required=True)


class OfficeQuery(PageQuery):
    """Which offices are wanted; of a district, those of its region."""

    closed = Boolean(metadata={"description": "only closed ones, or only open ones"})


@blp.route("/offices")
class Offices(Resource):
    """Offices of the regions in which the caller reads anything."""

    @blp.arguments(OfficeQuery, location="query")
    @blp.response(200, OfficePage, example={"items": [OUT_EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List offices."""
        return answer_page(offices.page(g.work.session, g.caller, **query))

    @blp.arguments(OfficeIn, example=IN_EXAMPLE)
    @blp.response(201, OfficeOut, example=OUT_EXAMPLE)
    @blp.alt_response(200, schema=OfficeOut, description="The same was entered before.", example=OUT_EXAMPLE)
    @blp.alt_response(409, description="The id is taken.")
    def post(self, office: dict[str, Any]) -> Response:
        """Enter an office of a region; sending the same again changes nothing."""
        office_id, area_code = office.pop("id"), office.pop("area_code")
        held, new = offices.create(g.work, g.caller, office_id, area_code, office)  # type: ignore[arg-type]
        where = url_for("offices.OneOffice", office_id=office_id)
        return answer_document(offices.document(held), 201 if new else 200, location=where)


@blp.route("/offices/<uuid:office_id>")
class OneOffice(Resource):
    """One office."""

    @blp.response(200, OfficeOut, example=OUT_EXAMPLE)
    def get(self, office_id: UUID) -> Response:
        """One office."""
        return answer_document(offices.one(g.work.session, g.caller, office_id))

    @blp.doc(parameters=[IF_MATCH])
    @blp.arguments(OfficePatch, example={"closed_on": "2026-03-01"})
    @blp.response(200, OfficeOut, example=OUT_EXAMPLE)
    @blp.alt_response(412, "PRECONDITION_FAILED")
    @blp.alt_response(428, "PRECONDITION_REQUIRED")
    def patch(self, patch: dict[str, Any], office_id: UUID) -> Response:
        """Rename or close an office, or open it again, if nobody else changed it since it was read."""
        held = offices.change(g.work, g.caller, office_id, read_version(), patch)  # type: ignore[arg-type]
        return answer_document(offices.document(held))
