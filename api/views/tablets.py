"""Tablets: pairing one with a person, the tokens by which it asks, and which there are."""

from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask.views import MethodView
from marshmallow import fields, validate

from api.disclosing import discloses
from api.fields import Boolean, Integer, Moment, Schema, Words
from api.keys import Keys, keys
from api.limits import RENEWALS, limiter, take
from api.openapi import Blueprint
from api.pages import PageOut, PageQuery, answer_json, answer_page
from api.pairing_codes import code_hash, new_code
from api.parsing import refuse_query
from api.resource import Resource
from api.tablet_tokens import ACCESS_LASTS, access_token, read_refresh, refresh_token
from api.wiring import wiring
from api.work import Work
from inspection import tablet_lists
from inspection.tables.disclosures import Kind
from inspection.tablet_access import Access, Report, pair, renew

blp = Blueprint("tablets", __name__, description="Tablets of inspectors.")

GUESSES = "600 per minute"  # of all pairing codes together

TABLET = {
    "id": "01990a5d-ac96-774b-bcce-b302099a8070",
    "person_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "person": "Үлгі Инспектор",
    "region_code": "750000000",
    "enrolled_at": "2026-03-16T09:00:00Z",
    "stopped_at": None,
    "stolen": False,
    "renewed_at": "2026-04-02T04:10:00Z",
    "app_version": "2.4.0",
    "unsent": 0,
}


class PairingIn(Schema):
    """A wish to enrol a tablet of a person."""

    id = fields.UUID(required=True, metadata={"description": "made by the client"})
    region = fields.String(required=True, validate=validate.Length(min=1, max=16))


class PairingOut(Schema):
    """A code to be typed into the tablet, or shown to it. It cannot be shown again."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    region_code = fields.String(required=True)
    code = fields.String(required=True)
    link = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "address of the server and code for the app; null: nobody said how it is reached"
        },
    )
    qr = fields.String(required=True, allow_none=True, metadata={"description": "the link as a QR code, in SVG"})
    expires_at = Moment(required=True)


class ReportIn(Schema):
    """What a tablet says of itself."""

    app_version = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=40))
    unsent = Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "documents that wait on it"},
    )


class PairIn(ReportIn):
    """A tablet that was shown a code."""

    code = fields.String(required=True, validate=validate.Length(min=1, max=40))
    device = fields.UUID(required=True, metadata={"description": "made by the tablet, and kept by it"})


class RenewalIn(ReportIn):
    """A tablet that wants to go on."""

    refresh_token = fields.String(required=True, validate=validate.Length(min=1, max=200))


class TokensOut(Schema):
    """What a tablet asks by. `refresh_token` takes the place of the one before; asking again gives the same."""

    device = fields.UUID(required=True)
    region_code = fields.String(required=True)
    refresh_token = fields.String(required=True)
    access_token = fields.String(required=True)
    expires_at = Moment(required=True, metadata={"description": "of the access token"})
    stopped = Boolean(
        required=True,
        metadata={"description": "it may send what it holds, for a person to look at, and is given nothing"},
    )


class TabletOut(Schema):
    """A tablet. `unsent` and `app_version` are what it said of itself at `renewed_at`."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    person = fields.String(required=True)
    region_code = fields.String(required=True)
    enrolled_at = Moment(required=True)
    stopped_at = Moment(required=True, allow_none=True)
    stolen = Boolean(required=True, metadata={"description": "stopped because an old token of it was used again"})
    renewed_at = Moment(required=True, allow_none=True)
    app_version = fields.String(required=True, allow_none=True)
    unsent = Integer(required=True, allow_none=True)


class TabletPage(PageOut):
    """A page of tablets, enrolled last first."""

    items = fields.List(fields.Nested(TabletOut), required=True)


class TabletQuery(PageQuery):
    """Which tablets are wanted; `area` is a region."""

    person = fields.UUID()
    stopped = Boolean()


class StopIn(Schema):
    """Why a tablet is stopped."""

    reason = Words(required=True, validate=validate.Length(min=1, max=500))


@blp.route("/people/<uuid:person_id>/pairings")
class Pairings(Resource):
    """Codes by which a tablet is enrolled."""

    @blp.arguments(PairingIn)
    @blp.response(201, PairingOut)
    def post(self, given: dict[str, Any], person_id: UUID) -> Response:
        """Make a code for one tablet of a person. It lasts a quarter of an hour and is good for one tablet."""
        return answer_json(new_code(g.work, g.caller, given["id"], person_id, given["region"]), 201)


@blp.route("/tablets")
class Tablets(Resource):
    """Tablets you may enrol, and your own."""

    @discloses(Kind.TABLETS)
    @blp.arguments(TabletQuery, location="query")
    @blp.response(200, TabletPage, example={"items": [TABLET], "next_cursor": None})
    def get(self, query: dict[str, Any]) -> Response:
        """List tablets, enrolled last first."""
        return answer_page(
            tablet_lists.page(
                g.work.session,
                g.caller,
                region=query.get("area"),
                person_id=query.get("person"),
                stopped=query.get("stopped"),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        )


@blp.route("/tablets/<uuid:tablet_id>")
class OneTablet(Resource):
    """A tablet."""

    @discloses(Kind.TABLETS)
    @blp.response(200, TabletOut, example=TABLET)
    def get(self, tablet_id: UUID) -> Response:
        """When it was last heard of, and what it said then."""
        return answer_json(tablet_lists.one(g.work.session, g.caller, tablet_id))


@blp.route("/tablets/<uuid:tablet_id>/stop")
class StoppedTablet(Resource):
    """The end of a tablet."""

    @discloses(Kind.TABLETS)
    @blp.arguments(StopIn)
    @blp.response(200, TabletOut, example={**TABLET, "stopped_at": "2026-04-03T09:00:00Z"})
    def put(self, given: dict[str, Any], tablet_id: UUID) -> Response:
        """Stop a tablet that was lost: it is given nothing, and what it still sends waits for a person."""
        return answer_json(tablet_lists.stop(g.work, g.caller, tablet_id, given["reason"]))


@blp.route("/tablet-tokens/pairing")
class Paired(MethodView):
    """The first tokens of a tablet. No sign-in: the code is the secret."""

    decorators = [limiter.limit(GUESSES, key_func=lambda: "pairing")]  # noqa: RUF012

    @blp.doc(security=[])
    @blp.arguments(PairIn)
    @blp.response(200, TokensOut)
    def post(self, given: dict[str, Any]) -> Response:
        """Enrol the tablet that was shown a code. Asking again with the same code and id gives the same tokens."""
        refuse_query(request)
        code = code_hash(_keys(), given["code"])
        report = Report(given["app_version"], given["unsent"])
        return _tokens(wiring().units.write(lambda work: pair(_noted(work), code, given["device"], report)))


@blp.route("/tablet-tokens")
class Renewed(MethodView):
    """The next tokens of a tablet. No sign-in: the refresh token is the secret."""

    @blp.doc(security=[])
    @blp.arguments(RenewalIn)
    @blp.response(200, TokensOut)
    def post(self, given: dict[str, Any]) -> Response:
        """Go on with a new refresh token.

        One that was used before is good once more, as an answer may be lost. An older one was copied: the tablet
        is stopped.
        """
        refuse_query(request)
        said = read_refresh(_keys(), given["refresh_token"])
        take(RENEWALS, str(said.device_id))
        report = Report(given["app_version"], given["unsent"])

        def unit(work: Work) -> Access:
            return renew(_noted(work), said.device_id, said.generation, report)

        return _tokens(wiring().units.write(unit))


def _tokens(access: Access) -> Response:
    until = wiring().units.now() + ACCESS_LASTS
    response = answer_json(
        {
            "device": access.device_id,
            "region_code": access.region_code,
            "refresh_token": refresh_token(_keys(), access.device_id, access.generation),
            "access_token": access_token(_keys(), access.device_id, until),
            "expires_at": until.replace(microsecond=0),
            "stopped": access.stopped,
        }
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _noted(work: Work) -> Work:
    work.journal.request_id = g.get("request_id")
    return work


def _keys() -> Keys:
    return keys(wiring().settings)
