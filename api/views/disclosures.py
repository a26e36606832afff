"""Who was shown what, for heads of department and administrators."""

from typing import Any

from flask import Response, g
from marshmallow import fields, validate

from api.disclosing import discloses
from api.fields import Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_page
from api.resource import Resource
from inspection import disclosure_reading
from inspection.disclosure_reading import Wanted
from inspection.tables.disclosures import Kind

blp = Blueprint("disclosures", __name__, description="Who was shown or given what: exports, and what is personal.")

EXAMPLE = {
    "number": 815,
    "at": "2026-03-16T09:00:00Z",
    "actor_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "actor": "Үлгі Басшы",
    "device_id": None,
    "grants_used": "head_of_department:750000000",
    "kind": "report",
    "object_id": None,
    "asked": {"from": "2026-01-01", "to": "2026-06-30", "by": "district"},
    "shown": None,
    "reason": None,
    "request_id": "5f6c1d",
    "hash": "d045754d6d33ec007d23414d0758e2de0d8c099d199aaf55c4222476314603f5",
}
KINDS = [kind.value for kind in Kind]


class DisclosureOut(Schema):
    """One answer that was given. `actor_id` is null for a command on the server itself."""

    number = Integer(required=True, metadata={"description": "in this region, without gaps"})
    at = Moment(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    actor = fields.String(required=True, allow_none=True)
    device_id = fields.UUID(required=True, allow_none=True, metadata={"description": "the tablet that asked"})
    grants_used = fields.String(
        required=True, allow_none=True, metadata={"description": "the grants that let them, `role:area`"}
    )
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    object_id = fields.String(required=True, allow_none=True, metadata={"description": "null: a list"})
    asked = fields.Dict(
        required=True, metadata={"description": "the filters; null: one was used whose value is not kept"}
    )
    shown = Integer(
        required=True, allow_none=True, metadata={"description": "rows; null: not counted, or one object"}
    )
    reason = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    hash = fields.String(required=True, metadata={"description": "SHA-256 over the entry and the hash before it"})


class DisclosurePage(PageOut):
    """A page of disclosures, the newest first."""

    items = fields.List(fields.Nested(DisclosureOut), required=True)


class DisclosureQuery(PageQuery):
    """Of which region, and which of its entries."""

    area = fields.String(
        required=True,
        validate=validate.Length(min=1, max=16),
        metadata={"description": "a region, or a country for what concerned all of it"},
    )
    kind = fields.Enum(Kind, by_value=fields.String)
    object = fields.String(
        validate=validate.Length(min=1, max=120), metadata={"description": "id of what was shown"}
    )
    actor = fields.UUID()
    device = fields.UUID(metadata={"description": "a tablet"})
    since = Moment()
    until = Moment()


@blp.route("/disclosures")
class Disclosures(Resource):
    """Who was shown what in a region."""

    @discloses(Kind.DISCLOSURES)
    @blp.arguments(DisclosureQuery, location="query")
    @blp.response(200, DisclosurePage, example={"items": [EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """Entries, the newest first; with a filter a page may be short or empty and still have a next_cursor.

        This reading is recorded too, and stands on the next one.
        """
        names = {"kind": "kind", "object": "object_id", "actor": "actor_id", "device": "device_id"}
        ids = {column: query.get(name) for name, column in names.items()}
        wanted = Wanted(**ids, since=query.get("since"), until=query.get("until"))
        session, cursor = g.work.session, query.get("cursor")
        page = disclosure_reading.page(
            session, g.caller, query["area"], wanted, cursor=cursor, limit=query["limit"]
        )
        return answer_page(page)
