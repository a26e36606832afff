"""Evidence of visits by people with disabilities, from people and their papers."""

from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from marshmallow import fields, validate

from api.fields import Boolean, Day, Float, Integer, Moment, Query, Schema, Words
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from api.schemas import IdOnly
from api.versions import answer_document
from inspection import use_records
from inspection.tables.use_records import UseSource
from inspection.use_claims import ARGUMENT_LENGTH, MOST, REFERENCE_LENGTH, TEXT_LENGTH, Claim

blp = Blueprint("use_records", __name__, description="Evidence of visits by people with disabilities.")

ID = "01990a5d-ac96-774b-bcce-b302099a8061"
EXAMPLE = {
    "source": "tickets",
    "visits": 1500,
    "clients": None,
    "groups": {"wheelchair": 120, "mobility": 640},
    "period_from": "2026-01-01",
    "period_to": "2026-03-01",
    "completeness": 0.9,
    "source_text": "Журнал электронной очереди, итог за январь и февраль",
    "reference": "исх. 14-2",
    "argument": None,
}
IN_EXAMPLE = {"id": ID, **EXAMPLE}
OUT_EXAMPLE = {
    "id": ID,
    "rev": 1,
    "facility_id": "01990a5d-ac96-774b-bcce-b302099a8052",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
    **EXAMPLE,
    "attested_zero": False,
    "signed_on": None,
    "audit_id": None,
    "author_id": "01990a5d-ac96-774b-bcce-b302099a8050",
    "recorded_at": "2026-03-02T05:10:00Z",
    "countersigned_by": None,
    "countersigned_at": None,
    "withdrawn_by": None,
    "withdrawn_at": None,
    "withdrawn_why": None,
    "demo": False,
}
SOURCE = {
    "description": "counted, tickets (of an electronic queue), observed: visits over a period. register: clients, "
    "who are no visits. complaint: one visit on one day, without who complained. statement: nobody comes; it "
    "counts once a head of department has countersigned it, for a year at most, and until somebody comes"
}
FROM = {"description": "first day of counting; the day of the visit, of the register, of the statement"}
TO = {"description": "the day after the last one counted; of a statement, the last day on which it holds"}
COUNT = validate.Range(min=0, max=MOST)
SHARE = validate.Range(min=0, max=1, min_inclusive=False)
SPLIT = {"description": "by group; a group that is left out was not told apart, and is not 0"}
WHY_NOT_DESCRIPTION = "It does not apply: `detail` says why."


class GroupCounts(Schema):
    """Visits or clients by group; they sum to no more than all together."""

    wheelchair = Integer(validate=COUNT)
    mobility = Integer(validate=COUNT)
    vision = Integer(validate=COUNT)
    hearing = Integer(validate=COUNT)
    cognitive = Integer(validate=COUNT)


class UseRecordIn(IdOnly):
    """One piece of evidence."""

    source = fields.String(required=True, validate=validate.OneOf(list(UseSource)), metadata=SOURCE)
    visits = Integer(allow_none=True, validate=COUNT, metadata={"description": "by people with disabilities"})
    clients = Integer(allow_none=True, validate=COUNT, metadata={"description": "of a register only"})
    groups = fields.Nested(GroupCounts, allow_none=True, metadata=SPLIT)
    period_from = Day(required=True, metadata=FROM)
    period_to = Day(allow_none=True, metadata=TO)
    completeness = Float(
        allow_none=True, validate=SHARE, metadata={"description": "share of visits that were counted; 1"}
    )
    source_text = Words(
        allow_none=True,
        validate=validate.Length(max=TEXT_LENGTH),
        metadata={"description": "where it was read; never who complained"},
    )
    reference = Words(
        allow_none=True,
        validate=validate.Length(max=REFERENCE_LENGTH),
        metadata={"description": "number of the document or case"},
    )
    argument = Words(
        allow_none=True,
        validate=validate.Length(max=ARGUMENT_LENGTH),
        metadata={"description": "why nobody lives around who would come; a blocked site is not believed without"},
    )


class UseRecordOut(Schema):
    """A record, also one that is withdrawn."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    facility_id = fields.UUID(required=True)
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    source = fields.String(required=True, validate=validate.OneOf(list(UseSource)))
    visits = Integer(required=True, allow_none=True)
    clients = Integer(required=True, allow_none=True)
    groups = fields.Nested(GroupCounts, required=True, allow_none=True)
    period_from = Day(required=True)
    period_to = Day(required=True, metadata=TO)
    completeness = Float(required=True)
    attested_zero = Boolean(required=True)
    source_text = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    argument = fields.String(required=True, allow_none=True)
    signed_on = Day(required=True, allow_none=True, metadata={"description": "of an attested zero"})
    audit_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "the audit that brought it home"}
    )
    author_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "null: whoever runs the service"}
    )
    recorded_at = Moment(required=True)
    countersigned_by = fields.UUID(required=True, allow_none=True)
    countersigned_at = Moment(required=True, allow_none=True)
    withdrawn_by = fields.UUID(required=True, allow_none=True, metadata={"description": "null: it stands"})
    withdrawn_at = Moment(required=True, allow_none=True)
    withdrawn_why = fields.String(required=True, allow_none=True)
    demo = Boolean(required=True)


class UseRecordPage(PageOut):
    """A page of records."""

    items = fields.List(fields.Nested(UseRecordOut), required=True)


class UseRecordQuery(Query):
    """Which records of the facility are wanted."""

    cursor = PageQuery._declared_fields["cursor"]
    limit = PageQuery._declared_fields["limit"]


class WithdrawalIn(Schema):
    """Why a record is withdrawn."""

    reason = Words(required=True, validate=validate.Length(min=1, max=2000))


@blp.route("/facilities/<uuid:facility_id>/use-records")
class UseRecords(Resource):
    """What is known of the use of one facility."""

    @blp.arguments(UseRecordQuery, location="query")
    @blp.response(200, UseRecordPage, example={"items": [OUT_EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any], facility_id: UUID) -> Response:
        """The records of a facility, the newest first, with who entered them and where from."""
        return answer_page(use_records.page(g.work.session, g.caller, facility_id, **query))

    @blp.arguments(UseRecordIn, example=IN_EXAMPLE)
    @blp.response(201, UseRecordOut, example=OUT_EXAMPLE)
    @blp.alt_response(200, schema=UseRecordOut, description="The same was entered before.", example=OUT_EXAMPLE)
    @blp.alt_response(409, "CONFLICT")
    def post(self, given: dict[str, Any], facility_id: UUID) -> Response:
        """Enter a record; sending the same again changes nothing. It counts from the next run of the ranks on."""
        record_id, source = given.pop("id"), UseSource(given.pop("source"))
        claim = Claim(source=source, **given)
        record, new = use_records.enter(g.work, g.caller, facility_id, record_id, claim)
        where = url_for("use_records.OneUseRecord", record_id=record_id)
        return answer_document(record, 201 if new else 200, location=where)


@blp.route("/use-records/<uuid:record_id>")
class OneUseRecord(Resource):
    """One record."""

    @blp.response(200, UseRecordOut, example=OUT_EXAMPLE)
    def get(self, record_id: UUID) -> Response:
        """One record."""
        return answer_document(use_records.one(g.work.session, g.caller, record_id))


@blp.route("/use-records/<uuid:record_id>/countersign")
class Countersign(Resource):
    """The second signature."""

    @blp.response(200, UseRecordOut, example=OUT_EXAMPLE)
    @blp.alt_response(409, description=WHY_NOT_DESCRIPTION)
    def post(self, record_id: UUID) -> Response:
        """Countersign a statement of somebody else that nobody comes. Doing it again changes nothing."""
        return answer_document(use_records.countersign(g.work, g.caller, record_id))


@blp.route("/use-records/<uuid:record_id>/withdraw")
class Withdraw(Resource):
    """The end of a record."""

    @blp.arguments(WithdrawalIn, example={"reason": "посчитаны все посетители"})
    @blp.response(200, UseRecordOut, example=OUT_EXAMPLE)
    @blp.alt_response(409, description=WHY_NOT_DESCRIPTION)
    def post(self, given: dict[str, Any], record_id: UUID) -> Response:
        """Withdraw a record that was wrong; a right one is entered anew. The same again changes nothing."""
        return answer_document(use_records.withdraw(g.work, g.caller, record_id, given["reason"]))
