"""Fines, entered by hand from their papers."""

from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from marshmallow import fields, validate

from api.fields import Boolean, Day, Integer, Moment, Schema, Words
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from api.schemas import IdOnly
from api.versions import answer_document
from inspection import fines
from inspection.fines import MOST_SUM, NUMBER_LENGTH, Claim, Wanted

blp = Blueprint("fines", __name__, description="Fines (айыппұл / штраф), entered by hand from their papers.")

ID = "01990a5d-ac96-774b-bcce-b302099a8095"
EXAMPLE = {
    "number": "ӘҚ-114/2026",
    "imposed_on": "2026-03-02",
    "sum": 243000,
    "operator_id": "01990a5d-ac96-774b-bcce-b302099a8053",
    "prescription_id": None,
}
IN_EXAMPLE = {"id": ID, **EXAMPLE}
OUT_EXAMPLE = {
    "id": ID,
    "rev": 1,
    "facility_id": "01990a5d-ac96-774b-bcce-b302099a8052",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
    "department_id": "01990a5d-ac96-774b-bcce-b302099a8096",
    **EXAMPLE,
    "currency": "KZT",
    "author_id": "01990a5d-ac96-774b-bcce-b302099a8050",
    "recorded_at": "2026-03-03T05:10:00Z",
    "withdrawn_by": None,
    "withdrawn_at": None,
    "withdrawn_why": None,
}
TAKEN = "The id is taken, or another fine of the department and year has the number: `fine_id` says which."
SUM = {"description": "whole units of the country's currency"}


class FineIn(IdOnly):
    """What the paper of a fine says."""

    number = Words(
        required=True,
        validate=validate.Length(min=1, max=NUMBER_LENGTH),
        metadata={"description": "as on the paper; unique in the department and year"},
    )
    imposed_on = Day(required=True, metadata={"description": "as on the paper; not in the future"})
    sum = Integer(required=True, validate=validate.Range(min=1, max=MOST_SUM), metadata=SUM)
    operator_id = fields.UUID(required=True, metadata={"description": "who was fined"})
    prescription_id = fields.UUID(
        allow_none=True, metadata={"description": "of the facility and operator, if the paper names one"}
    )


class FineOut(Schema):
    """A fine, also one that was taken back."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    facility_id = fields.UUID(required=True)
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    department_id = fields.UUID(required=True, metadata={"description": "whose papers the number runs in"})
    number = fields.String(required=True)
    imposed_on = Day(required=True)
    sum = Integer(required=True, validate=validate.Range(min=1, max=MOST_SUM), metadata=SUM)
    currency = fields.String(required=True, metadata={"description": "ISO 4217"})
    operator_id = fields.UUID(required=True)
    prescription_id = fields.UUID(required=True, allow_none=True)
    author_id = fields.UUID(required=True)
    recorded_at = Moment(required=True)
    withdrawn_by = fields.UUID(required=True, allow_none=True, metadata={"description": "null: it stands"})
    withdrawn_at = Moment(required=True, allow_none=True)
    withdrawn_why = fields.String(required=True, allow_none=True)


class FinePage(PageOut):
    """A page of fines, the newest paper first."""

    items = fields.List(fields.Nested(FineOut), required=True)


class FineQuery(PageQuery):
    """Which fines are wanted."""

    facility = fields.UUID()
    operator_id = fields.UUID()
    prescription = fields.UUID()
    first = Day(data_key="from", metadata={"description": "of this day or later"})
    last = Day(data_key="to", metadata={"description": "of this day or earlier"})
    withdrawn = Boolean(metadata={"description": "only those that were taken back, or only those that stand"})


class FineWithdrawalIn(Schema):
    """Why a fine is taken back."""

    reason = Words(required=True, validate=validate.Length(min=1, max=2000))


@blp.route("/facilities/<uuid:facility_id>/fines")
class FinesOfFacility(Resource):
    """Fines at one facility."""

    @blp.arguments(FineIn, example=IN_EXAMPLE)
    @blp.response(201, FineOut, example=OUT_EXAMPLE)
    @blp.alt_response(200, schema=FineOut, description="The same was entered before.", example=OUT_EXAMPLE)
    @blp.alt_response(409, description=TAKEN)
    def post(self, given: dict[str, Any], facility_id: UUID) -> Response:
        """Enter a fine; sending the same again changes nothing."""
        fine_id = given.pop("id")
        fine, new = fines.enter(g.work, g.caller, facility_id, fine_id, Claim(**given))
        where = url_for("fines.OneFine", fine_id=fine_id)
        return answer_document(fine, 201 if new else 200, location=where)


@blp.route("/fines")
class Fines(Resource):
    """Fines the caller may see."""

    @blp.arguments(FineQuery, location="query")
    @blp.response(200, FinePage, example={"items": [OUT_EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List fines, the newest paper first, also those that were taken back."""
        about = {name: query.pop(name) for name in ("cursor", "limit") if name in query}
        named = {"facility": "facility_id", "prescription": "prescription_id"}
        wanted = Wanted(**{named.get(name, name): value for name, value in query.items()})
        return answer_page(fines.page(g.work.session, g.caller, wanted, **about))


@blp.route("/fines/<uuid:fine_id>")
class OneFine(Resource):
    """One fine."""

    @blp.response(200, FineOut, example=OUT_EXAMPLE)
    def get(self, fine_id: UUID) -> Response:
        """One fine."""
        return answer_document(fines.one(g.work.session, g.caller, fine_id))


@blp.route("/fines/<uuid:fine_id>/withdraw")
class FineWithdrawal(Resource):
    """The end of a fine's record."""

    @blp.arguments(FineWithdrawalIn, example={"reason": "сумма введена с ошибкой"})
    @blp.response(200, FineOut, example=OUT_EXAMPLE)
    @blp.alt_response(409, description="Somebody else has taken it back already.")
    def post(self, given: dict[str, Any], fine_id: UUID) -> Response:
        """Take a fine back that was entered wrongly; a right one is entered anew. Again it changes nothing."""
        return answer_document(fines.withdraw(g.work, g.caller, fine_id, given["reason"]))
