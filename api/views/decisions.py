"""What officials decide about violations."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate

from api.fields import Day, Integer
from api.openapi import Blueprint
from api.pages import answer_json
from api.resource import Resource
from api.schemas import DecisionOut, IdAndReason, decision_document
from inspection import deciding
from inspection.deciding import Wish
from inspection.history import DecisionKind

blp = Blueprint("decisions", __name__, description="What officials decide about violations.")

ABOUT_VIOLATIONS = ["accept", "extend", "waive", "declare", "recheck"]
EXAMPLE = {
    "id": "01990a5d-ac96-774b-bcce-b302099a8058",
    "kind": "extend",
    "reason": "работы в плане на осень",
    "until": "2026-10-01",
}


class DecisionIn(IdAndReason):
    """One decision about a violation."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(ABOUT_VIOLATIONS),
        metadata={
            "description": "accept: it stands. extend: a later due date. waive: released without a measurement. "
            "declare: the operator says it is remedied; closes nothing. recheck: a follow-up is asked for."
        },
    )
    until = Day(
        allow_none=True,
        metadata={"description": "the new due date, or the last day of the waiver (left out: for good)"},
    )
    based_on = fields.UUID(allow_none=True, metadata={"description": "the audit you had in front of you"})
    rev = Integer(allow_none=True, metadata={"description": "the version you saw, to be told if it has changed"})


@blp.route("/violations/<uuid:violation_id>/decisions")
class Decisions(Resource):
    """Decisions about one violation."""

    @blp.arguments(DecisionIn, example=EXAMPLE)
    @blp.response(201, DecisionOut)
    @blp.alt_response(409, description="It would have no effect (`why` says it), or the id is taken.")
    @blp.alt_response(412, description="The violation has changed since you read it.")
    def post(self, given: dict[str, Any], violation_id: UUID) -> Response:
        """Decide. Sending the same decision again changes nothing."""
        wish = Wish(
            id=given["id"],
            kind=DecisionKind(given["kind"]),
            reason=given["reason"],
            until=given.get("until"),
            based_on=given.get("based_on"),
            seen_rev=given.get("rev"),
        )
        return answer_json(decision_document(deciding.decide(g.work, g.caller, violation_id, wish)), 201)


@blp.route("/decisions/<uuid:decision_id>/revocation")
class Revocation(Resource):
    """The end of a decision."""

    @blp.arguments(IdAndReason)
    @blp.response(201, DecisionOut)
    @blp.alt_response(409, description="There is nothing left to take back, or the id is taken.")
    def post(self, given: dict[str, Any], decision_id: UUID) -> Response:
        """Take a decision back, from now on."""
        decision = deciding.revoke(g.work, g.caller, decision_id, given["id"], given["reason"])
        return answer_json(decision_document(decision), 201)
