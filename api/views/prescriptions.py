"""Prescriptions: issued on an audit, listed, shown."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields

from api.fields import Day, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.resource import Resource
from api.schemas import IdOnly
from inspection import prescribing, prescriptions

blp = Blueprint("prescriptions", __name__, description="The numbered documents that fix due dates.")


class PrescriptionListed(Schema):
    """A prescription in a list."""

    id = fields.UUID()
    rev = Integer()
    facility_id = fields.UUID()
    audit_id = fields.UUID()
    operator_id = fields.UUID(allow_none=True)
    country = fields.String()
    region_code = fields.String()
    district_code = fields.String(allow_none=True)
    year = Integer()
    number = Integer()
    number_text = fields.String(metadata={"description": "as it stands on the document"})
    department = fields.String(metadata={"description": "code of the department"})
    issued_at = Moment()
    issued_on = Day(metadata={"description": "local date of the area"})
    issued_by = fields.UUID()


class PrescriptionItemOut(Schema):
    """One violation told. `told_due_on` is the date the document fixed, `due_on` the one that holds now."""

    position = Integer()
    violation_id = fields.UUID()
    criterion = fields.String()
    place = fields.String()
    severity = fields.String()
    state = fields.String()
    remediation_days = Integer()
    told_due_on = Day()
    due_on = Day(allow_none=True)


class PrescriptionOut(PrescriptionListed):
    """A prescription with its items."""

    items = fields.List(fields.Nested(PrescriptionItemOut))


class PrescriptionPage(PageOut):
    """A page of prescriptions."""

    items = fields.List(fields.Nested(PrescriptionListed), required=True)


class PrescriptionQuery(PageQuery):
    """What the list can be narrowed to."""

    facility = fields.UUID()


@blp.route("/audits/<uuid:audit_id>/prescription")
class Issue(Resource):
    """The prescription of one audit."""

    @blp.arguments(IdOnly)
    @blp.response(201, PrescriptionOut)
    @blp.alt_response(409, description="Issued already, or nothing open and untold rests on this audit.")
    def post(self, given: dict[str, Any], audit_id: UUID) -> Response:
        """Issue it: number it and fix the date of every item. Asking again with the same id changes nothing."""
        issued = prescribing.prescribe(g.work, g.caller, audit_id, given["id"])
        g.work.session.flush()
        return answer_json(prescriptions.one(g.work.session, g.caller, issued.id), 201)


@blp.route("/prescriptions")
class Prescriptions(Resource):
    """Prescriptions that were issued."""

    @blp.arguments(PrescriptionQuery, location="query")
    @blp.response(200, PrescriptionPage)
    def get(self, query: dict[str, Any]) -> Response:
        """Prescriptions in your areas, issued last first."""
        return answer_page(
            prescriptions.page(
                g.work.session,
                g.caller,
                area=query.get("area"),
                facility_id=query.get("facility"),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        )


@blp.route("/prescriptions/<uuid:prescription_id>")
class OnePrescription(Resource):
    """A prescription with its items."""

    @blp.response(200, PrescriptionOut)
    def get(self, prescription_id: UUID) -> Response:
        """One prescription."""
        return answer_json(prescriptions.one(g.work.session, g.caller, prescription_id))
