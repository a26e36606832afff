"""Forms that several subjects share."""

from typing import Any

from marshmallow import fields, validate

from api.fields import Day, Moment, Schema, Words
from inspection.history import Decision, DecisionKind


class IdOnly(Schema):
    """The id that the client made for what it asks to be made."""

    id = fields.UUID(required=True, metadata={"description": "made by the client; asking twice makes one"})


class IdAndReason(IdOnly):
    """An id made by the client, and a reason in words."""

    reason = Words(required=True, validate=validate.Length(min=1, max=2000))


class DecisionOut(Schema):
    """A recorded decision."""

    id = fields.UUID()
    kind = fields.String(validate=validate.OneOf([kind.value for kind in DecisionKind]))
    decided_at = Moment()
    author_id = fields.UUID()
    reason = fields.String()
    criterion = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    based_on = fields.UUID(allow_none=True)
    until = Day(allow_none=True)
    revokes = fields.UUID(allow_none=True)


def decision_document(decision: Decision) -> dict[str, Any]:
    """A decision as it is shown."""
    return {
        "id": decision.id,
        "kind": decision.kind.value,
        "decided_at": decision.decided_at,
        "author_id": decision.author,
        "reason": decision.reason,
        "criterion": decision.spot and decision.spot.criterion,
        "place": decision.spot and decision.spot.place,
        "based_on": decision.based_on,
        "until": decision.until,
        "revokes": decision.revokes,
    }
