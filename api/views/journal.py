"""The journal of changes, for heads of department and administrators."""

from typing import Any

from flask import Response, g
from marshmallow import fields, validate

from api.disclosing import discloses
from api.fields import Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from inspection import journal_reading
from inspection.journal_reading import Wanted
from inspection.tables.disclosures import Kind

blp = Blueprint("journal", __name__, description="What was done, by whom and why.")

EXAMPLE = {
    "number": 4711,
    "at": "2026-03-16T09:00:00Z",
    "actor_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "actor": "Үлгі Басшы",
    "device_id": None,
    "grants_used": "akimat_official:751110000",
    "action": "decision.waive",
    "object_kind": "decision",
    "object_id": "01990a5d-ac96-774b-bcce-b302099a8090",
    "changes": {"until": [None, "2026-06-01"]},
    "reason": "Объект на капитальном ремонте.",
    "request_id": "5f6c1d",
    "hash": "d045754d6d33ec007d23414d0758e2de0d8c099d199aaf55c4222476314603f5",
}
ID = validate.Length(min=1, max=64)


class JournalEntryOut(Schema):
    """One entry. `actor_id` is null for what followed by rule."""

    number = Integer(required=True, metadata={"description": "in this journal, without gaps"})
    at = Moment(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    actor = fields.String(required=True, allow_none=True)
    device_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "the tablet by which it was done"}
    )
    grants_used = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "the grants that let them, `role:area`, the narrowest first; null: none was needed, or "
            "it was before they were kept"
        },
    )
    action = fields.String(required=True)
    object_kind = fields.String(required=True)
    object_id = fields.String(required=True)
    changes = fields.Dict(
        required=True,
        metadata={"description": "field to [from, to]; of what is personal a commitment stands there instead"},
    )
    reason = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    hash = fields.String(required=True, metadata={"description": "SHA-256 over the entry and the hash before it"})


class JournalPage(PageOut):
    """A page of entries, the newest first."""

    items = fields.List(fields.Nested(JournalEntryOut), required=True)


class JournalQuery(PageQuery):
    """Whose journal, and which of its entries."""

    area = fields.String(
        required=True,
        validate=validate.Length(min=1, max=16),
        metadata={"description": "a region, or a country for what concerns all of it"},
    )
    action = fields.String(
        validate=validate.Length(min=1, max=40), metadata={"description": "how it begins, for example `grant.`"}
    )
    object = fields.String(validate=ID, metadata={"description": "id of what it was done to"})
    actor = fields.UUID()
    device = fields.UUID(metadata={"description": "a tablet"})
    since = Moment()
    until = Moment()


@blp.route("/journal")
class JournalEntries(Resource):
    """The journal of a region."""

    @discloses(Kind.JOURNAL)
    @blp.arguments(JournalQuery, location="query")
    @blp.response(200, JournalPage, example={"items": [EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """Entries, the newest first; with a filter a page may be short or empty and still have a next_cursor."""
        wanted = Wanted(
            action=query.get("action"),
            object_id=query.get("object"),
            actor_id=query.get("actor"),
            device_id=query.get("device"),
            since=query.get("since"),
            until=query.get("until"),
        )
        session, cursor = g.work.session, query.get("cursor")
        found = journal_reading.page(session, g.caller, query["area"], wanted, cursor=cursor, limit=query["limit"])
        return answer_page(found)
