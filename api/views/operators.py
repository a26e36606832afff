"""Organisations that answer for facilities."""

from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from marshmallow import fields, validate

from api.disclosing import discloses
from api.fields import Boolean, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from api.versions import IF_MATCH, answer_document, read_version
from inspection import operators
from inspection.operators import NAME_LENGTH
from inspection.tables.disclosures import Kind
from inspection.tables.operators import Ownership, SizeClass

blp = Blueprint("operators", __name__, description="Organisations that answer for facilities (субъект контроля).")

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
CLIENT_EXAMPLE = {
    "tax_id": "490140000012",
    "name_kk": "«Мысал емханасы» КМК",
    "name_ru": "КГП «Поликлиника-пример»",
    "ownership": "state",
    "size_class": "medium",
    "notice_email": "kense@example.kz",
    "notice_address": None,
    "notice_language": "kk",
}
IN_EXAMPLE = {"id": ID, "area_code": "750000000", **CLIENT_EXAMPLE}
OUT_EXAMPLE = {
    "id": ID,
    "rev": 1,
    "home_region": "750000000",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": None,
    **CLIENT_EXAMPLE,
    "notice_email_failed_at": None,
    "demo": False,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
}
NAME = validate.Length(min=1, max=NAME_LENGTH)
TAX_ID = {"description": "BIN or IIN with its check digit, in Kyrgyzstan INN; unique in a region"}


FAILED = {
    "description": "when a mail server said that notice_email does not exist: letters are then delivered by hand, "
    "until somebody writes the address anew, though it be the same; left out like notice_email"
}
CONTACT = {"description": "left out where neither the operator nor a facility of it lies in your areas"}
NUMBER_TAKEN = "The id is taken, or another operator of the region has the number: `operator_id` says which."


class _OperatorFields(Schema):
    tax_id = fields.String(allow_none=True, validate=validate.Length(max=40), metadata=TAX_ID)
    ownership = fields.String(validate=validate.OneOf(list(Ownership)))
    size_class = fields.String(validate=validate.OneOf(list(SizeClass)))
    notice_email = fields.Email(allow_none=True, validate=validate.Length(max=254))
    notice_address = fields.String(allow_none=True, validate=validate.Length(max=NAME_LENGTH))
    notice_language = fields.String(validate=validate.OneOf(["kk", "ky", "ru"]))


class OperatorIn(_OperatorFields):
    """A new operator."""

    id = fields.UUID(required=True, metadata={"description": "made by the client"})
    area_code = fields.String(
        required=True,
        validate=validate.Length(min=1, max=14),
        metadata={"description": "region, or district of its seat"},
    )
    name_kk = fields.String(required=True, validate=NAME)
    name_ru = fields.String(required=True, validate=NAME)


class OperatorPatch(_OperatorFields):
    """What is to change of an operator; what is not named stays."""

    name_kk = fields.String(validate=NAME)
    name_ru = fields.String(validate=NAME)


class OperatorOut(Schema):
    """An operator as it is held."""

    id = fields.UUID(required=True)
    rev = Integer(required=True, metadata={"description": "one more at every change; also the ETag"})
    home_region = fields.String(required=True)
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    tax_id = fields.String(required=True, allow_none=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)
    ownership = fields.String(required=True, validate=validate.OneOf(list(Ownership)))
    size_class = fields.String(required=True, validate=validate.OneOf(list(SizeClass)))
    notice_email = fields.String(allow_none=True, metadata=CONTACT)
    notice_address = fields.String(allow_none=True, metadata=CONTACT)
    notice_language = fields.String(required=True)
    notice_email_failed_at = Moment(allow_none=True, metadata=FAILED)
    demo = Boolean(required=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class OperatorPageOut(PageOut):
    """A page of operators, by Russian name."""

    items = fields.List(fields.Nested(OperatorOut), required=True)


class OperatorQuery(PageQuery):
    """Which operators are wanted."""

    tax_id = fields.String(validate=validate.Length(min=1, max=14))
    text = fields.String(validate=validate.Length(min=1, max=200), metadata={"description": "a part of a name"})


@blp.route("/operators")
class Operators(Resource):
    """Operators the caller may see: all of a region in which they may edit facilities, if only in a district."""

    @discloses(Kind.OPERATORS)
    @blp.arguments(OperatorQuery, location="query")
    @blp.response(200, OperatorPageOut, example={"items": [OUT_EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List operators."""
        page = operators.page(g.work.session, g.caller, **query)
        return answer_page(page)

    @discloses(Kind.OPERATORS)
    @blp.arguments(OperatorIn, example=IN_EXAMPLE)
    @blp.response(201, OperatorOut, example=OUT_EXAMPLE)
    @blp.alt_response(200, schema=OperatorOut, description="The same was created before.", example=OUT_EXAMPLE)
    @blp.alt_response(409, description=NUMBER_TAKEN)
    def post(self, operator: dict[str, Any]) -> Response:
        """Create an operator; sending the same again changes nothing.

        Where the region has an operator with this number already, link that one instead: the refusal names its id.
        """
        operator_id, area_code = operator.pop("id"), operator.pop("area_code")
        held, new = operators.create(g.work, g.caller, operator_id, area_code, operator)  # type: ignore[arg-type]
        where = url_for("operators.OneOperator", operator_id=operator_id)
        return answer_document(operators.document(held), 201 if new else 200, location=where)


@blp.route("/operators/<uuid:operator_id>")
class OneOperator(Resource):
    """One operator."""

    @discloses(Kind.OPERATORS)
    @blp.response(200, OperatorOut, example=OUT_EXAMPLE)
    def get(self, operator_id: UUID) -> Response:
        """One operator."""
        return answer_document(operators.one(g.work.session, g.caller, operator_id))

    @discloses(Kind.OPERATORS)
    @blp.doc(parameters=[IF_MATCH])
    @blp.arguments(OperatorPatch, example={"ownership": "private"})
    @blp.response(200, OperatorOut, example=OUT_EXAMPLE)
    @blp.alt_response(409, description=NUMBER_TAKEN)
    @blp.alt_response(412, "PRECONDITION_FAILED")
    @blp.alt_response(428, "PRECONDITION_REQUIRED")
    def patch(self, patch: dict[str, Any], operator_id: UUID) -> Response:
        """Change an operator, if nobody else changed it since it was read."""
        held = operators.change(g.work, g.caller, operator_id, read_version(), patch)  # type: ignore[arg-type]
        return answer_document(operators.document(held))
