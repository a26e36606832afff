"""Cases in which something that was told is no longer true."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate

from api.fields import Boolean, Day, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.resource import Resource
from api.schemas import IdAndReason
from inspection import reviews
from inspection.notices.correcting import correct
from inspection.telling import REVIEWS, Say

blp = Blueprint("reviews", __name__, description="What was told and is no longer true, for a person to look at.")

EXAMPLE = {
    "id": "01990a5d-ac96-774b-bcce-b302099a8059",
    "rev": 1,
    "facility_id": "01990a5d-ac96-774b-bcce-b302099a8052",
    "violation_id": "5a2c8f0e-3c54-5a0f-9b7e-0c9f3f5d2a11",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
    "criterion": "entrance-ramp-slope",
    "place": "main",
    "why": "vanished",
    "stood_at": "2026-02-02T05:10:00Z",
    "opened_at": "2026-02-20T06:00:00Z",
    "closed_at": None,
}
WHY = {
    "description": "reopened: told as over, and open. vanished: told, and it never stood. "
    "due_changed: another date holds than the one told"
}


class ReviewOut(Schema):
    """One case: about which violation, and why."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    facility_id = fields.UUID(required=True)
    violation_id = fields.UUID(required=True)
    country = fields.String(required=True)
    region_code = fields.String(required=True)
    district_code = fields.String(required=True, allow_none=True)
    criterion = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    why = fields.String(required=True, validate=validate.OneOf(sorted(REVIEWS)), metadata=WHY)
    stood_at = Moment(required=True, metadata={"description": "the observation on which the told item rested"})
    opened_at = Moment(required=True)
    closed_at = Moment(
        required=True, allow_none=True, metadata={"description": "since then what was told is true again"}
    )


class ReviewPage(PageOut):
    """A page of cases."""

    items = fields.List(fields.Nested(ReviewOut), required=True)


class ReviewQuery(PageQuery):
    """Which cases are wanted."""

    open = Boolean(metadata={"description": "only open cases, or only closed ones; both if nothing is said"})


@blp.route("/reviews")
class Reviews(Resource):
    """Review cases the caller may see."""

    @blp.arguments(ReviewQuery, location="query")
    @blp.response(200, ReviewPage, example={"items": [EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List review cases, open ones first, the oldest first."""
        return answer_page(reviews.page(g.work.session, g.caller, **query))


class CorrectionIn(IdAndReason):
    """What holds instead of what was told."""

    due_on = Day(
        allow_none=True,
        metadata={"description": "the new date of an item that stands again; other cases have theirs already"},
    )


class CorrectionOut(Schema):
    """What the operator is told now."""

    letter = fields.UUID(required=True)
    criterion = fields.String(required=True)
    place = fields.String(required=True)
    say = fields.String(required=True, validate=validate.OneOf(list(Say)))
    due_on = Day(required=True, allow_none=True, metadata={"description": "null: the item is withdrawn"})
    told_at = Moment(required=True)


CORRECTED_EXAMPLE = {
    "letter": "01990a5d-ac96-774b-bcce-b302099a8061",
    "criterion": "entrance-ramp-slope",
    "place": "main",
    "say": "corrected",
    "due_on": None,
    "told_at": "2026-02-21T06:00:00Z",
}


@blp.route("/reviews/<uuid:case_id>/correction")
class Correction(Resource):
    """The open end of a case."""

    @blp.arguments(
        CorrectionIn,
        example={"id": CORRECTED_EXAMPLE["letter"], "reason": "измерение исправлено, пандус соответствует норме"},
    )
    @blp.response(201, CorrectionOut, example=CORRECTED_EXAMPLE)
    @blp.alt_response(409, description="What was told is true again, or a prescription is needed (`detail`).")
    def post(self, given: dict[str, Any], case_id: UUID) -> Response:
        """Write to the operator what holds instead. Asking again with the same id changes nothing."""
        entry = correct(
            g.work,
            g.caller,
            case_id,
            letter=given["id"],
            reason=given["reason"],
            due_on=given.get("due_on"),
        )
        spot = {"criterion": entry.spot.criterion, "place": entry.spot.place}
        said = {"say": entry.say.value, "due_on": entry.due_on, "told_at": entry.told_at}
        return answer_json({"letter": entry.by, **spot, **said}, 201)
