"""Cases in which something that was told is no longer true."""

from typing import Any

from flask import Response, g
from marshmallow import fields, validate

from api.fields import Boolean, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from inspection import reviews
from inspection.telling import REVIEWS

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
