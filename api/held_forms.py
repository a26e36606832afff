"""What somebody says of mail that is held since a backup was restored."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from api.fields import Schema, Words
from inspection.held_mail import HeldOutcome, Saying

SAID = {"outcome": "discard", "reason": "отправлено до сбоя, есть в журнале почтового сервера"}


class HeldIn(Schema):
    """What becomes of held mail."""

    outcome = fields.String(
        required=True,
        validate=validate.OneOf([outcome.value for outcome in HeldOutcome]),
        metadata={"description": "release: it goes out; discard: it went out before, or shall not"},
    )
    reason = Words(required=True, validate=validate.Length(min=1, max=500))


def saying(given: Mapping[str, Any]) -> Saying:
    """What was said, as the domain takes it."""
    return Saying(HeldOutcome(given["outcome"]), given["reason"])
