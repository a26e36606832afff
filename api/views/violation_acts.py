"""What officials do about violations besides deciding."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate

from api.fields import Day, Integer, Moment, Schema, Words
from api.openapi import Blueprint
from api.pages import answer_json
from api.resource import Resource
from api.schemas import IdAndReason, IdOnly
from inspection import violation_acts
from inspection.tables.violation_acts import ActKind
from inspection.violation_acts import DONE, MOST_SUM, Intent

blp = Blueprint("violation_acts", __name__, description="What officials do about violations besides deciding.")

ID = "01990a5d-ac96-774b-bcce-b302099a8092"
EXAMPLE = {"id": ID, "kind": "ask", "words": "Почему работы не начаты?", "answer_by": "2026-03-20"}
OUT_EXAMPLE = {
    "id": ID,
    "kind": "ask",
    "violation_id": "5a2c8f0e-3c54-5a0f-9b7e-0c9f3f5d2a11",
    "facility_id": "01990a5d-ac96-774b-bcce-b302099a8052",
    "words": "Почему работы не начаты?",
    "office_id": None,
    "year": None,
    "sum": None,
    "answer_by": "2026-03-20",
    "takes_back": None,
    "author_id": "01990a5d-ac96-774b-bcce-b302099a8050",
    "acted_at": "2026-03-10T05:00:00Z",
}


class ViolationActIn(IdOnly):
    """One act about a violation."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf([kind.value for kind in DONE]),
        metadata={
            "description": "assign: an office is to see to it; the last one holds. plan_works: works stand in a "
            "plan; the last note holds. ask: the operator is asked for an explanation, by letter and on the "
            "page of the prescription. None of them changes the state, the dates or the priority."
        },
    )
    words = Words(
        required=True,
        validate=validate.Length(min=1, max=2000),
        metadata={"description": "why; of a question what is asked, which the operator reads"},
    )
    office_id = fields.UUID(allow_none=True, metadata={"description": "of an assignment"})
    year = Integer(allow_none=True, metadata={"description": "of planned works: this year or one of the next ten"})
    sum = Integer(
        allow_none=True,
        validate=validate.Range(min=0, max=MOST_SUM),
        metadata={"description": "of planned works, whole units of the currency; left out: not known"},
    )
    answer_by = Day(allow_none=True, metadata={"description": "of a question: today in the area, or later"})
    rev = Integer(allow_none=True, metadata={"description": "the version you saw, to be told if it has changed"})


class ViolationActOut(Schema):
    """A recorded act."""

    id = fields.UUID()
    kind = fields.String(validate=validate.OneOf(list(ActKind)))
    violation_id = fields.UUID()
    facility_id = fields.UUID()
    words = fields.String()
    office_id = fields.UUID(allow_none=True)
    year = Integer(allow_none=True)
    sum = Integer(allow_none=True, validate=validate.Range(min=0, max=MOST_SUM))
    answer_by = Day(allow_none=True)
    takes_back = fields.UUID(allow_none=True, metadata={"description": "the act that holds no longer"})
    author_id = fields.UUID()
    acted_at = Moment()


@blp.route("/violations/<uuid:violation_id>/acts")
class ViolationActs(Resource):
    """Acts about one violation; they are listed with the violation."""

    @blp.arguments(ViolationActIn, example=EXAMPLE)
    @blp.response(201, ViolationActOut, example=OUT_EXAMPLE)
    @blp.alt_response(409, description="It cannot be done now (`detail` says why), or the id is taken.")
    @blp.alt_response(412, description="The violation has changed since you read it.")
    def post(self, given: dict[str, Any], violation_id: UUID) -> Response:
        """Assign it to an office, note planned works, or ask for an explanation. Sent again it changes nothing."""
        kind, seen = ActKind(given.pop("kind")), given.pop("rev", None)
        intent = Intent(kind=kind, seen_rev=seen, **given)
        return answer_json(violation_acts.act(g.work, g.caller, violation_id, intent), 201)


@blp.route("/violation-acts/<uuid:act_id>/revocation")
class ActRevocation(Resource):
    """The end of an act."""

    @blp.arguments(IdAndReason)
    @blp.response(201, ViolationActOut)
    @blp.alt_response(409, description="There is nothing left to take back, or the id is taken.")
    def post(self, given: dict[str, Any], act_id: UUID) -> Response:
        """Take an act back, from now on: the one before it of its kind holds again."""
        return answer_json(violation_acts.take_back(g.work, g.caller, act_id, given["id"], given["reason"]), 201)
