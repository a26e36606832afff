"""Invitations: made by administrators, opened and accepted by whom they are for."""

from typing import Any
from uuid import UUID

from flask import Response, g, request, session
from flask.views import MethodView
from marshmallow import fields, validate

from api.fields import Moment, Schema
from api.openapi import Blueprint
from api.pages import answer_json
from api.parsing import refuse_query
from api.qr_codes import qr_svg
from api.resource import Resource
from api.signing import csrf
from api.signing.enrolling import accept, link, new_secret, show
from api.signing.entering import limited
from api.signing.journey import Errand, begin_errand
from api.signing.provider import shown_name
from api.views.sign_in import LONGEST, SignedInOut, answer_entered
from api.wiring import wiring
from inspection.access import token_hash
from inspection.signing import invitations
from inspection.signing.invitations import NewInvitation

blp = Blueprint("invitations", __name__, description="How somebody comes to sign in, and back in.")

A_MINUTE = "30 per minute"


class InvitationIn(Schema):
    """A wish to invite somebody."""

    id = fields.UUID(required=True, metadata={"description": "made by the client"})


class InvitationOut(Schema):
    """An invitation. Its secret cannot be shown again."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    secret = fields.String(required=True)
    link = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "for the person, and nobody else; null: nobody said how the server is reached"},
    )
    expires_at = Moment(required=True)


class InvitationSecretIn(Schema):
    """The secret of an invitation."""

    secret = fields.String(required=True, validate=validate.Length(min=1, max=100))


class AcceptanceIn(InvitationSecretIn):
    """A password of one's own, and the code that the app shows."""

    password = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST))
    code = fields.String(required=True, validate=validate.Length(min=1, max=20))


class OpenedInvitationOut(Schema):
    """What an invitation is for, and what the app that makes codes has to know."""

    name = fields.String(required=True)
    language = fields.String(required=True)
    sign_in_name = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "null: without an address of mail by provider only"},
    )
    expires_at = Moment(required=True)
    totp_secret = fields.String(required=True)
    totp_uri = fields.String(required=True, allow_none=True)
    qr = fields.String(required=True, allow_none=True, metadata={"description": "the same as a QR code, in SVG"})
    provider = fields.String(
        required=True, allow_none=True, metadata={"description": "by which one can accept too"}
    )


class AcceptedInvitationOut(SignedInOut):
    """Who is signed in now, and codes to write down: they are not shown again."""

    recovery_codes = fields.List(fields.String(), required=True)


class WayToProviderOut(Schema):
    """Where the browser has to go next."""

    address = fields.String(required=True)


@blp.route("/people/<uuid:person_id>/invitations")
class Invitations(Resource):
    """The invitation of a person, for administrators of all their areas."""

    @blp.arguments(InvitationIn)
    @blp.response(201, InvitationOut)
    @blp.alt_response(409, description="They have no address of mail of their own, it is you, or the id is taken.")
    def post(self, given: dict[str, Any], person_id: UUID) -> Response:
        """Invite somebody, for three days. Accepting it ends all that they signed in with before."""
        secret = new_secret()
        by_password = shown_name(wiring().settings) is None
        wish = NewInvitation(given["id"], person_id, token_hash(secret), by_password)
        made = invitations.make(g.work, g.caller, wish)
        shown = {name: getattr(made, name) for name in ("id", "person_id", "expires_at")}
        return _kept_nowhere(answer_json({**shown, "secret": secret, "link": link(secret)}, 201))

    @blp.response(204)
    def delete(self, person_id: UUID) -> Response:
        """Withdraw the invitation, if there is one."""
        invitations.withdraw(g.work, g.caller, person_id)
        return Response(status=204)


@blp.route("/invitations/opening")
class Opening(MethodView):
    """An invitation before it is accepted. No sign-in: its secret is one."""

    decorators = [limited(A_MINUTE)]  # noqa: RUF012

    @blp.doc(security=[])
    @blp.arguments(InvitationSecretIn)
    @blp.response(200, OpenedInvitationOut)
    @blp.alt_response(410, description="It is not known, was used or withdrawn, or is over.")
    def post(self, given: dict[str, Any]) -> Response:
        """Look at an invitation. Nothing is changed by it."""
        refuse_query(request)
        shown = show(given["secret"])
        said = {
            "name": shown.opened.person,
            "language": shown.opened.language,
            "sign_in_name": shown.opened.sign_in_name,
            "expires_at": shown.opened.expires_at,
            "totp_secret": shown.totp_secret,
            "totp_uri": shown.uri,
            "qr": shown.uri and qr_svg(shown.uri).decode(),
            "provider": shown_name(wiring().settings),
        }
        return _kept_nowhere(answer_json(said))


@blp.route("/invitations/acceptance")
class Acceptance(MethodView):
    """Accepting an invitation with a password and an app. No sign-in: its secret is one."""

    decorators = [limited(A_MINUTE)]  # noqa: RUF012

    @blp.doc(security=[])
    @blp.arguments(AcceptanceIn)
    @blp.response(200, AcceptedInvitationOut)
    @blp.alt_response(409, description="There is no address of mail of one's own to sign in with.")
    @blp.alt_response(410, description="It is not known, was used or withdrawn, or is over.")
    def post(self, given: dict[str, Any]) -> Response:
        """Set a password and prove an app; all sessions before end, and this browser is signed in."""
        refuse_query(request)
        csrf.require_own_page(request)
        entered, codes = accept(request, **given)
        return answer_entered(entered, recovery_codes=codes)


@blp.route("/invitations/provider")
class ByProvider(MethodView):
    """Accepting an invitation by a provider of identities. No sign-in: its secret is one."""

    decorators = [limited(A_MINUTE)]  # noqa: RUF012

    @blp.doc(security=[])
    @blp.arguments(InvitationSecretIn)
    @blp.response(200, WayToProviderOut, example={"address": "/sign-in/oidc"})
    @blp.alt_response(410, description="It is not known, was used or withdrawn, or is over.")
    def post(self, given: dict[str, Any]) -> Response:
        """Remember the invitation in this browser, and where to go; who comes back from there has accepted it."""
        refuse_query(request)
        csrf.require_own_page(request)
        show(given["secret"])
        address = begin_errand(session, Errand.invitation(given["secret"]))
        return _kept_nowhere(answer_json({"address": address}))


def _kept_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
