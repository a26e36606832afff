"""The queue of re-checks."""

from typing import Any

from flask import Response, g
from marshmallow import fields

from api.fields import Day, Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from inspection import followups
from inspection.tables.followups import FollowUpState

blp = Blueprint("followups", __name__, description="Queued re-checks (постконтроль).")


class FollowUpItemOut(Schema):
    """One violation to look at again, and why."""

    violation = fields.UUID()
    criterion = fields.String()
    place = fields.String()
    reasons = fields.List(fields.String(metadata={"description": "overdue, declared or asked"}))
    due_on = Day(allow_none=True)


class FollowUpOut(Schema):
    """One re-check of a facility."""

    id = fields.UUID()
    rev = Integer()
    facility_id = fields.UUID()
    country = fields.String()
    region_code = fields.String()
    district_code = fields.String(allow_none=True)
    state = fields.String()
    items = fields.List(fields.Nested(FollowUpItemOut))
    wanted_from = Day()
    assignee_id = fields.UUID(allow_none=True)
    opened_at = Moment()
    closed_at = Moment(allow_none=True)
    closed_by = fields.UUID(allow_none=True)


class FollowUpPage(PageOut):
    """A page of re-checks."""

    items = fields.List(fields.Nested(FollowUpOut), required=True)


class FollowUpQuery(PageQuery):
    """What the queue can be narrowed to."""

    state = fields.Enum(FollowUpState, by_value=True)


@blp.route("/followups")
class FollowUps(Resource):
    """Re-checks."""

    @blp.arguments(FollowUpQuery, location="query")
    @blp.response(200, FollowUpPage)
    def get(self, query: dict[str, Any]) -> Response:
        """Re-checks in your areas, the longest wanted first."""
        return answer_page(
            followups.page(
                g.work.session,
                g.caller,
                area=query.get("area"),
                state=query.get("state"),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        )
