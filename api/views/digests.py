"""Weekly digests: whose went out, and whose nobody could deliver."""

from typing import Any
from uuid import UUID

from flask import Response, g
from marshmallow import fields, validate
from webargs.fields import DelimitedList

from api.disclosing import discloses
from api.fields import Day, Integer, Moment, Schema
from api.held_forms import SAID, HeldIn, saying
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.resource import Resource
from inspection.digests import holding, reading
from inspection.tables.disclosures import Kind
from inspection.tables.outgoing import MailState

blp = Blueprint("digests", __name__, description="What officials hear once a week about their areas.")

EXAMPLE = {
    "id": "3f1c8a52-6f0e-5c0b-8a55-7a6d2a0f9d11",
    "rev": 2,
    "recipient": "person:01990a5d-ac96-774b-bcce-b302099a8053",
    "week": "2026-03-16",
    "areas": ["750000000"],
    "state": "failed",
    "attempts": 1,
    "queued_at": "2026-03-16T03:00:00Z",
    "sent_at": None,
    "answer": "550 no such user",
}
STATES = [state.value for state in MailState]


class DigestOut(Schema):
    """One digest. Its recipient is named by id, never by address."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    recipient = fields.String(required=True, metadata={"description": "person:<id>"})
    week = Day(required=True, metadata={"description": "its Monday"})
    areas = fields.List(
        fields.String(), required=True, metadata={"description": "codes of those of its areas that you may see"}
    )
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={"description": "held: a backup was restored, and somebody has to say whether it went out"},
    )
    attempts = Integer(required=True)
    queued_at = Moment(required=True)
    sent_at = Moment(required=True, allow_none=True)
    answer = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the mail server's last word, or why it was not sent"},
    )


class DigestPage(PageOut):
    """A page of digests."""

    items = fields.List(fields.Nested(DigestOut), required=True)


class DigestQuery(PageQuery):
    """Which digests are wanted."""

    state = DelimitedList(fields.String(validate=validate.OneOf(STATES)))


class HeldDigestOut(Schema):
    """What became of a held digest."""

    id = fields.UUID(required=True)
    rev = Integer(required=True)
    state = fields.String(required=True)


@blp.route("/digests")
class Digests(Resource):
    """Weekly digests of officials."""

    @discloses(Kind.DIGESTS)
    @blp.arguments(DigestQuery, location="query")
    @blp.response(200, DigestPage, example={"items": [EXAMPLE], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """Your own, and those about areas whose journal you may read, the newest first."""
        return answer_page(
            reading.page(
                g.work.session,
                g.caller,
                area=query.get("area"),
                state=[MailState(name) for name in query.get("state", ())],
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        )


@blp.route("/digests/<uuid:digest_id>/hold")
class HeldDigest(Resource):
    """A digest that may have gone out before a backup was restored."""

    @blp.arguments(HeldIn, example=SAID)
    @blp.response(200, HeldDigestOut, example={"id": EXAMPLE["id"], "rev": 2, "state": "cancelled"})
    @blp.alt_response(409, description="It is not held.")
    def put(self, given: dict[str, Any], digest_id: UUID) -> Response:
        """Let it go out, or say that it did."""
        digest = holding.settle_digest(g.work, g.caller, digest_id, saying(given))
        return answer_json({name: getattr(digest, name) for name in ("id", "rev", "state")})
