"""What is kept and not understood yet."""

from typing import Any

from flask import Response, g
from marshmallow import fields

from api.fields import Integer, Moment, Schema
from api.openapi import Blueprint
from api.pages import answer_json
from api.resource import Resource
from inspection.intake import backlog_of

blp = Blueprint("intake", __name__, description="What tablets sent, and what became of it.")


class CountedOut(Schema):
    """How many documents of a collection are in a state."""

    state = fields.String(metadata={"description": "kept, waiting or quarantined"})
    collection = fields.String()
    count = Integer()


class BacklogOut(Schema):
    """How far understanding is behind."""

    count = Integer(metadata={"description": "documents that only wait for their turn"})
    oldest = Moment(allow_none=True, metadata={"description": "when the first of them was received"})
    states = fields.List(fields.Nested(CountedOut))


@blp.route("/intake/backlog")
class BacklogView(Resource):
    """The backlog of the caller's regions."""

    @blp.response(200, BacklogOut)
    def get(self) -> Response:
        """How much is not understood yet, in the regions whose journal you may read."""
        held = backlog_of(g.work.session, g.caller)
        states: list[dict[str, Any]] = [
            {"state": state, "collection": collection, "count": count}
            for (state, collection), count in held.states.items()
        ]
        return answer_json({"count": held.count, "oldest": held.oldest, "states": states})
