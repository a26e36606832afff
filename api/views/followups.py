"""The queue of re-checks, and who goes."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import ValidationError, fields, validate

from api.fields import Boolean, Day, Float, Integer, Moment, Schema, Words
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json
from api.resource import Resource
from api.versions import IF_MATCH, answer_document, read_version
from inspection import followup_acts, followups
from inspection.followups import POOL, Sort
from inspection.tables.followups import FollowUp, FollowUpState

blp = Blueprint("followups", __name__, description="Queued re-checks (постконтроль).")

EXAMPLE = {
    "id": "01990a5d-ac96-774b-bcce-b302099a8061",
    "rev": 3,
    "facility_id": "01990a5d-ac96-774b-bcce-b302099a8052",
    "country": "KZ",
    "region_code": "750000000",
    "district_code": "751110000",
    "state": "assigned",
    "items": [
        {
            "violation": "f7b1d5e2-6a53-5c1e-9d1f-0f3a2b7de0c1",
            "criterion": "entrance-door",
            "place": "main",
            "reasons": ["overdue"],
            "due_on": "2026-03-01",
        }
    ],
    "wanted_from": "2026-03-01",
    "assignee_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "planned_on": "2026-03-18",
    "note": None,
    "postponed_until": None,
    "postponed_why": None,
    "cancelled_why": None,
    "opened_at": "2026-03-02T01:30:00Z",
    "closed_at": None,
    "closed_by": None,
    "obstructed": 230.4,
    "placeholder": True,
    "days_overdue": 15,
}
REASON = validate.Length(min=1, max=1000)


class FollowUpItemOut(Schema):
    """One violation to look at again, and why."""

    violation = fields.UUID()
    criterion = fields.String()
    place = fields.String()
    reasons = fields.List(fields.String(metadata={"description": "overdue, declared or asked"}))
    due_on = Day(allow_none=True)


class FollowUpChanged(Schema):
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
    assignee_id = fields.UUID(allow_none=True, metadata={"description": "null: it is in the pool"})
    planned_on = Day(allow_none=True)
    note = fields.String(allow_none=True)
    postponed_until = Day(allow_none=True, metadata={"description": "not due before that day"})
    postponed_why = fields.String(allow_none=True)
    cancelled_why = fields.String(allow_none=True)
    opened_at = Moment()
    closed_at = Moment(allow_none=True)
    closed_by = fields.UUID(
        allow_none=True, metadata={"description": "the audit that did it, or who cancelled it"}
    )


class FollowUpOut(FollowUpChanged):
    """One re-check in the queue."""

    obstructed = Float(
        allow_none=True, metadata={"description": "visits a month at the facility; null: not ranked, not none"}
    )
    placeholder = Boolean(allow_none=True, metadata={"description": "whether that rests on an invented prior"})
    days_overdue = Integer(metadata={"description": "since the first item was due"})


class FollowUpPage(PageOut):
    """A page of re-checks."""

    items = fields.List(fields.Nested(FollowUpOut), required=True)
    placeholder_share = Float(
        required=True,
        allow_none=True,
        metadata={"description": "share of all ranked ones that rest on invented priors"},
    )


class Assignee(fields.UUID):
    """A person, oneself, or nobody."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value in (POOL, "me"):
            return value
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            raise ValidationError("Not a person, `me` or `pool`.") from None


class FollowUpQuery(PageQuery):
    """What the queue can be narrowed to."""

    state = fields.Enum(FollowUpState, by_value=True)
    assignee = Assignee(metadata={"description": "id of a person, `me`, or `pool` for those of nobody"})
    due = Boolean(metadata={"description": "open and not put off past today; false: all others"})
    sort = fields.Enum(
        Sort,
        by_value=fields.String,
        load_default=Sort.WANTED,
        metadata={"description": "`rank`: most obstructed visits first, at one number the longest wanted"},
    )


class AssignmentIn(Schema):
    """Who goes, and when."""

    assignee = fields.UUID(required=True, allow_none=True, metadata={"description": "null: back to the pool"})
    planned_on = Day(load_default=None, allow_none=True)


class PostponementIn(Schema):
    """Until when nobody has to go, and why."""

    until = Day(required=True)
    reason = Words(required=True, validate=REASON)


class CancellationIn(Schema):
    """Why nobody has to go."""

    reason = Words(required=True, validate=REASON)


@blp.route("/followups")
class FollowUps(Resource):
    """Re-checks."""

    @blp.arguments(FollowUpQuery, location="query")
    @blp.response(200, FollowUpPage, example={"items": [EXAMPLE], "next_cursor": None, "placeholder_share": 0.9})
    def get(self, query: dict[str, Any]) -> Response:
        """Re-checks in your areas."""
        if query.get("assignee") == "me":
            query["assignee"] = g.caller.person_id
        page, share = followups.page(g.work.session, g.caller, now=g.work.now, **query)
        return answer_json({"items": page.rows, "next_cursor": page.next_cursor, "placeholder_share": share})


@blp.route("/followups/<uuid:followup_id>/assignment")
class Assignment(Resource):
    """Who goes."""

    @blp.doc(parameters=[IF_MATCH])
    @blp.arguments(AssignmentIn, example={"assignee": EXAMPLE["assignee_id"], "planned_on": "2026-03-18"})
    @blp.response(200, FollowUpChanged)
    @blp.alt_response(409, "CONFLICT")
    @blp.alt_response(412, "PRECONDITION_FAILED")
    @blp.alt_response(428, "PRECONDITION_REQUIRED")
    def put(self, said: dict[str, Any], followup_id: UUID) -> Response:
        """Take a re-check, hand it over, or give it back to the pool of its district."""
        return _answer(followup_acts.assign(g.work, g.caller, followup_id, read_version(), **said))


@blp.route("/followups/<uuid:followup_id>/postponement")
class Postponement(Resource):
    """When it is due at the earliest."""

    @blp.doc(parameters=[IF_MATCH])
    @blp.arguments(PostponementIn, example={"until": "2026-04-20", "reason": "Идёт ремонт крыльца."})
    @blp.response(200, FollowUpChanged)
    @blp.alt_response(409, "CONFLICT")
    @blp.alt_response(412, "PRECONDITION_FAILED")
    @blp.alt_response(428, "PRECONDITION_REQUIRED")
    def put(self, said: dict[str, Any], followup_id: UUID) -> Response:
        """Put a re-check off, with a reason."""
        return _answer(followup_acts.postpone(g.work, g.caller, followup_id, read_version(), **said))


@blp.route("/followups/<uuid:followup_id>/cancellation")
class Cancellation(Resource):
    """That nobody has to go."""

    @blp.doc(parameters=[IF_MATCH])
    @blp.arguments(CancellationIn, example={"reason": "Объект закрыт на снос."})
    @blp.response(200, FollowUpChanged)
    @blp.alt_response(409, "CONFLICT")
    @blp.alt_response(412, "PRECONDITION_FAILED")
    @blp.alt_response(428, "PRECONDITION_REQUIRED")
    def put(self, said: dict[str, Any], followup_id: UUID) -> Response:
        """Cancel a re-check, with a reason; another reason to go queues another one."""
        return _answer(followup_acts.cancel(g.work, g.caller, followup_id, read_version(), **said))


def _answer(held: FollowUp) -> Response:
    return answer_document({name: getattr(held, name) for name in FollowUpChanged().fields})
