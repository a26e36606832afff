"""Who am I: the caller as the server sees them."""

from typing import Any

from flask import g
from marshmallow import fields, validate

from api.fields import Integer, Schema
from api.openapi import Blueprint
from api.resource import Resource
from inspection.access import Caller, roles_of
from inspection.digests import wishes
from inspection.tables.people import DigestWish

blp = Blueprint("me", __name__, description="The person who is signed in.")

EXAMPLE = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "name": "Үлгі Инспектор",
    "language": "kk",
    "digest": "weekly",
    "roles": ["inspector"],
    "areas": [{"code": "750000000", "level": 1, "role": "inspector"}],
}


class GrantOut(Schema):
    """A role in an area and everything below it."""

    code = fields.String(metadata={"description": "KATO or SOATE code, or the two letters of a country"})
    level = Integer(metadata={"description": "0 country, 1 region, 2 district"})
    role = fields.String()


class MeIn(Schema):
    """What people choose for themselves."""

    digest = fields.Enum(
        DigestWish,
        required=True,
        by_value=fields.String,
        metadata={"description": "whether a weekly digest of your areas comes by mail, if you are an official"},
    )


class MeOut(Schema):
    """The caller and the grants in force now."""

    id = fields.UUID()
    name = fields.String()
    language = fields.String()
    digest = fields.String(validate=validate.OneOf(list(DigestWish)))
    roles = fields.List(fields.String())
    areas = fields.List(fields.Nested(GrantOut))


@blp.route("/me")
class Me(Resource):
    """The person behind the token."""

    @blp.response(200, MeOut, example=EXAMPLE)
    def get(self) -> dict[str, Any]:
        """Who is signed in, and what they may do where."""
        return _shown()

    @blp.arguments(MeIn, example={"digest": "never"})
    @blp.response(200, MeOut, example=EXAMPLE | {"digest": "never"})
    def patch(self, said: dict[str, Any]) -> dict[str, Any]:
        """Choose whether the weekly digest comes. Saying it again changes nothing."""
        wishes.set_wish(g.work, g.caller, said["digest"])
        return _shown()


def _shown() -> dict[str, Any]:
    caller: Caller = g.caller
    return {
        "id": caller.person_id,
        "name": caller.name,
        "language": caller.language,
        "digest": wishes.wish_of(g.work.session, caller),
        "roles": roles_of(caller.grants),
        "areas": [{"code": held.area_code, "level": held.level, "role": held.role} for held in caller.grants],
    }
