"""Prescriptions: issued on an audit, listed, shown."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from api.disclosing import discloses
from api.fields import Day, Integer, Moment, Schema, Words
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.resource import Resource
from api.schemas import IdOnly
from inspection import prescribing, prescriptions
from inspection.acknowledgements import Receipt, acknowledge, withdraw
from inspection.prescription_states import CaseState, ItemState
from inspection.tables.disclosures import Kind
from inspection.tables.prescription_papers import Channel

CHANNELS = [channel.value for channel in Channel]

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
    case_state = fields.String(
        validate=validate.OneOf([state.value for state in CaseState]),
        metadata={"description": "computed: issued, acknowledged, being_remedied, overdue, or executed"},
    )


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
    item_state = fields.String(
        validate=validate.OneOf([state.value for state in ItemState]),
        metadata={"description": "computed: open, extended, declared, overdue; over: nothing is left to be done"},
    )


class AcknowledgementOut(Schema):
    """That somebody received it: electronically or on paper, which are two facts. `withdrawn_at`: not true."""

    id = fields.UUID()
    channel = fields.String(validate=validate.OneOf(CHANNELS))
    received_by = fields.String()
    position = fields.String(allow_none=True)
    received_on = Day(metadata={"description": "local date of the area"})
    note = fields.String(allow_none=True)
    entered_by = fields.UUID()
    entered_at = Moment()
    withdrawn_by = fields.UUID(allow_none=True)
    withdrawn_at = Moment(allow_none=True)
    withdrawn_why = fields.String(allow_none=True)


class PrescriptionOut(PrescriptionListed):
    """A prescription with its items."""

    items = fields.List(fields.Nested(PrescriptionItemOut))
    acknowledgements = fields.List(fields.Nested(AcknowledgementOut))


class AcknowledgementIn(IdOnly):
    """That somebody received it."""

    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    received_by = Words(
        required=True, validate=validate.Length(min=1, max=200), metadata={"description": "name of the person"}
    )
    position = Words(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=200),
        metadata={"description": "what they are there"},
    )
    received_on = Day(required=True)
    note = Words(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=500),
        metadata={"description": "by which post, or where the signed copy lies"},
    )


class AcknowledgementWithdrawalIn(Schema):
    """Why an acknowledgement is not true."""

    reason = Words(required=True, validate=validate.Length(min=1, max=500))


class PrescriptionPage(PageOut):
    """A page of prescriptions."""

    items = fields.List(fields.Nested(PrescriptionListed), required=True)


class PrescriptionQuery(PageQuery):
    """What the list can be narrowed to."""

    facility = fields.UUID()
    case_state = DelimitedList(
        fields.String(validate=validate.OneOf([state.value for state in CaseState])),
        validate=validate.Length(min=1),
        metadata={
            "description": "only cases that stand so, for example overdue; computed, so a page may be short "
            "or empty and still have a next_cursor"
        },
    )


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
        return answer_json(prescriptions.one(g.work.session, g.caller, issued.id, now=g.work.now), 201)


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
                states={CaseState(state) for state in query.get("case_state", ())},
                cursor=query.get("cursor"),
                limit=query["limit"],
                now=g.work.now,
            )
        )


@blp.route("/prescriptions/<uuid:prescription_id>")
class OnePrescription(Resource):
    """A prescription with its items."""

    @discloses(Kind.PRESCRIPTIONS)
    @blp.response(200, PrescriptionOut)
    def get(self, prescription_id: UUID) -> Response:
        """One prescription."""
        return answer_json(prescriptions.one(g.work.session, g.caller, prescription_id, now=g.work.now))


@blp.route("/prescriptions/<uuid:prescription_id>/acknowledgements")
class Acknowledgements(Resource):
    """Who received a prescription."""

    @blp.arguments(AcknowledgementIn)
    @blp.response(201, PrescriptionOut)
    @blp.alt_response(409, description="The id is taken by another acknowledgement.")
    def post(self, given: dict[str, Any], prescription_id: UUID) -> Response:
        """Write down that somebody received it. Sending the same again changes nothing."""
        said = Receipt(**{**given, "channel": Channel(given["channel"])})
        acknowledge(g.work, g.caller, prescription_id, said)
        return answer_json(prescriptions.one(g.work.session, g.caller, prescription_id, now=g.work.now), 201)


@blp.route("/prescriptions/<uuid:prescription_id>/acknowledgements/<uuid:acknowledgement_id>/withdrawal")
class AcknowledgementWithdrawal(Resource):
    """An acknowledgement that is not true."""

    @blp.arguments(AcknowledgementWithdrawalIn)
    @blp.response(200, PrescriptionOut)
    @blp.alt_response(409, description="It is withdrawn already, with another reason.")
    def put(self, given: dict[str, Any], prescription_id: UUID, acknowledgement_id: UUID) -> Response:
        """Withdraw it with a reason; it stays on record. Saying it again changes nothing."""
        withdraw(g.work, g.caller, prescription_id, acknowledgement_id, given["reason"])
        return answer_json(prescriptions.one(g.work.session, g.caller, prescription_id, now=g.work.now))
