"""Where a facility lies: the fixes of its visits, and the questions that a person decides."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate

from api.fields import Boolean, Float, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.resource import Resource
from inspection import facility_positions, position_questions
from inspection.position_questions import Decision
from inspection.tables.positions import About, QuestionState

blp = Blueprint("position_questions", __name__, description="Where facilities lie, and how sure that is.")


class PositionFixOut(Schema):
    """One measured position, and whether it counts."""

    audit_id = fields.UUID(required=True)
    source = fields.String(required=True)
    lat = Float(required=True)
    lon = Float(required=True)
    accuracy_m = Float(required=True, allow_none=True)
    at = fields.String(required=True, allow_none=True)
    counts = Boolean(required=True)
    why_not = fields.String(required=True, allow_none=True)


class PositionQuestionListed(Schema):
    """A question about where a facility lies, without its fixes."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    facility_id = fields.UUID(required=True)
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    about = fields.String(required=True, validate=validate.OneOf(list(About)))
    state = fields.String(required=True, validate=validate.OneOf(list(QuestionState)))
    held_lat = Float(required=True, allow_none=True)
    held_lon = Float(required=True, allow_none=True)
    held_accuracy_m = Float(required=True, allow_none=True)
    held_area = fields.String(required=True)
    proposed_lat = Float(required=True, allow_none=True)
    proposed_lon = Float(required=True, allow_none=True)
    proposed_radius_m = Float(required=True, allow_none=True)
    proposed_area = fields.String(required=True, allow_none=True)
    distance_m = Float(required=True, allow_none=True)
    why = fields.String(required=True)
    visits = fields.List(fields.UUID(), required=True)
    opened_at = Moment(required=True)
    closed_at = Moment(required=True, allow_none=True)
    decided_by = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class PositionQuestionOut(PositionQuestionListed):
    """A question with its fixes."""

    fixes = fields.List(fields.Nested(PositionFixOut), required=True)


class PositionQuestionPage(PageOut):
    """A page of questions."""

    items = fields.List(fields.Nested(PositionQuestionListed), required=True)


class PositionQuestionQuery(PageQuery):
    """Which questions are wanted."""

    open = Boolean()
    facility_id = fields.UUID()


class PositionDecisionIn(Schema):
    """What a person says."""

    decision = fields.String(required=True, validate=validate.OneOf(list(Decision)))
    reason = fields.String(required=True, validate=validate.Length(min=1, max=2000))


class TogetherOut(Schema):
    """What all fixes say together."""

    lat = Float(required=True)
    lon = Float(required=True)
    radius_m = Float(required=True)
    good = Boolean(required=True)


class FixesOut(Schema):
    """Every fix of a facility, and the areas it could lie in."""

    facility_id = fields.UUID(required=True)
    together = fields.Nested(TogetherOut, required=True, allow_none=True)
    candidates = fields.List(fields.String(), required=True)
    fixes = fields.List(fields.Nested(PositionFixOut), required=True)


@blp.route("/position-questions")
class Questions(Resource):
    """Questions the caller may see."""

    @blp.arguments(PositionQuestionQuery, location="query")
    @blp.response(200, PositionQuestionPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List questions, open ones first, the oldest first."""
        return answer_page(position_questions.page(g.work.session, g.caller, **query))


@blp.route("/position-questions/<uuid:question_id>")
class OneQuestion(Resource):
    """One question."""

    @blp.response(200, PositionQuestionOut)
    def get(self, question_id: UUID) -> Response:
        """One question with its fixes."""
        return answer_json(_shown(position_questions.one(g.work.session, g.caller, question_id)))


@blp.route("/position-questions/<uuid:question_id>/decision")
class Decide(Resource):
    """What a person decides."""

    @blp.arguments(PositionDecisionIn)
    @blp.response(200, PositionQuestionOut)
    @blp.alt_response(409, "CONFLICT")
    def post(self, given: dict[str, Any], question_id: UUID) -> Response:
        """Keep the facility where it is, or move it to what is proposed. The same again changes nothing."""
        said = Decision(given["decision"])
        asked = position_questions.decide(g.work, g.caller, question_id, said, given["reason"])
        return answer_json(_shown(asked))


@blp.route("/facilities/<uuid:facility_id>/fixes")
class FixesOf(Resource):
    """Every fix of one facility."""

    @blp.response(200, FixesOut)
    def get(self, facility_id: UUID) -> Response:
        """The fixes of all visits, what they say together, why some do not count, and candidate areas."""
        return answer_json(facility_positions.fixes_of(g.work.session, g.caller, facility_id, now=g.work.now))


def _shown(asked: Any) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in PositionQuestionOut._declared_fields}
