"""What people change of what they sign in with: each asks once more whether it is them."""

from typing import Any
from uuid import UUID

from flask import Response, g, request, session
from flask.views import MethodView
from marshmallow import ValidationError, fields, validate, validates_schema

from api.fields import Moment, Schema
from api.keys import keys
from api.openapi import Blueprint
from api.pages import answer_json
from api.parsing import refuse_query
from api.qr_codes import qr_svg
from api.resource import NOT_WITH_A_TABLET, Resource, credential
from api.signing import hashing
from api.signing.enrolling import new_app_secret, new_recovery_codes
from api.signing.entering import noted
from api.signing.journey import Errand, begin_errand
from api.signing.proving import prove
from api.signing.sealing import KeySealer
from api.views.invitations import WayToProviderOut
from api.views.sign_in import LONGEST
from api.wiring import wiring
from api.work import Work
from inspection import access
from inspection.access import Caller
from inspection.errors import Forbidden, InvalidInput
from inspection.signing import changing, identities, passwords, recovery, totp
from inspection.signing.names import sign_in_name
from inspection.tables.people import Person

blp = Blueprint("own_sign_in", __name__, description="What you sign in with.")

PASSWORD: dict[str, Any] = {"validate": validate.Length(min=1, max=LONGEST)}
CODE: dict[str, Any] = {"validate": validate.Length(min=1, max=20)}
ONE_OF_BOTH = "Give the password or the code."
IDENTITY = {
    "id": "01990a5d-ac96-774b-bcce-b302099a8095",
    "issuer": "https://id.example.kz",
    "linked_at": "2026-03-16T04:00:00Z",
}


class ProofIn(Schema):
    """That it is still you: your password, or the code that your app shows."""

    password = fields.String(load_default=None, allow_none=True, **PASSWORD)
    code = fields.String(load_default=None, allow_none=True, **CODE)

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("password") is None) == (data.get("code") is None):
            raise ValidationError(ONE_OF_BOTH, "password")


class PasswordIn(Schema):
    """The password of now and the next one."""

    password = fields.String(required=True, **PASSWORD)
    new_password = fields.String(required=True, **PASSWORD)


class OnlyPasswordIn(Schema):
    """The password of now."""

    password = fields.String(required=True, **PASSWORD)


class AppCodeIn(Schema):
    """The code that the other app shows."""

    code = fields.String(required=True, **CODE)


class AppOut(Schema):
    """What another app has to know; it is taken once a code proves it."""

    totp_secret = fields.String(required=True)
    totp_uri = fields.String(required=True)
    qr = fields.String(required=True, metadata={"description": "the same as a QR code, in SVG"})


class RecoveryCodesOut(Schema):
    """Codes to write down: they are not shown again, and those of before are good no longer."""

    recovery_codes = fields.List(fields.String(), required=True)


class IdentityOut(Schema):
    """An identity of yours elsewhere."""

    id = fields.UUID(required=True)
    issuer = fields.String(required=True)
    linked_at = Moment(required=True)


class IdentitiesOut(Schema):
    """Identities by which you can sign in."""

    items = fields.List(fields.Nested(IdentityOut), required=True)


class Proven(MethodView):
    """Base of views that ask once more who it is: hashing takes long, so it comes before the unit that changes."""

    any_query = False  # pages pass over what their addresses carry

    def proven(self, **proof: str | None) -> Caller:
        """The caller, who has shown that it is them. Raises as `prove` does, Forbidden for a tablet."""
        if not self.any_query:
            refuse_query(request)
        token = credential(request)
        g.caller = wiring().units.look(lambda work: access.sign_in(work.session, token, now=work.now))
        if g.caller.tablet is not None:
            raise Forbidden(NOT_WITH_A_TABLET)
        prove(g.caller, **proof)
        caller: Caller = g.caller
        return caller


@blp.route("/me/password")
class MyPassword(Proven):
    """One's password."""

    @blp.arguments(PasswordIn)
    @blp.response(204)
    @blp.alt_response(409, description="There is no password; an administrator can invite.")
    def put(self, given: dict[str, Any]) -> Response:
        """Take another password. All other sessions end."""
        caller = self.proven(password=given["password"])
        about = wiring().units.look(lambda work: _about(work, caller))
        if faults := list(passwords.faults_of(given["new_password"], about, "/new_password")):
            raise InvalidInput(faults)
        with hashing.turns.turn(known=True):
            password_hash = hashing.hashed(given["new_password"])
        wiring().units.write(lambda work: changing.change_password(_by(work, caller), caller, password_hash))
        return Response(status=204)


@blp.route("/me/totp")
class MyApp(Proven):
    """The app that makes one's codes."""

    @blp.arguments(OnlyPasswordIn)
    @blp.response(200, AppOut)
    @blp.alt_response(409, description="There is no password; an administrator can invite.")
    def post(self, given: dict[str, Any]) -> Response:
        """Begin with another app, within a quarter of an hour. Until a code proves it the one before is good."""
        caller, secret = self.proven(password=given["password"]), new_app_secret()
        sealed = KeySealer(keys(wiring().settings)).seal(secret)
        name = wiring().units.write(lambda work: changing.show_app(_by(work, caller), caller, sealed))
        uri = totp.uri(secret, name)
        return _kept_nowhere({"totp_secret": secret, "totp_uri": uri, "qr": qr_svg(uri).decode()})


@blp.route("/me/totp/confirmation")
class MyAppProven(Resource):
    """The other app, proven."""

    of_tablets = False

    @blp.arguments(AppCodeIn)
    @blp.response(204)
    @blp.alt_response(409, description="No other app was begun lately.")
    def post(self, given: dict[str, Any]) -> Response:
        """Take the other app: from now on only its codes are good. All other sessions end."""
        changing.prove_app(g.work, g.caller, given["code"], KeySealer(keys(wiring().settings)))
        return Response(status=204)


@blp.route("/me/recovery-codes")
class MyRecoveryCodes(Proven):
    """Codes for the day on which the app is lost."""

    @blp.arguments(ProofIn)
    @blp.response(200, RecoveryCodesOut)
    @blp.alt_response(409, description="There is no password; an administrator can invite.")
    def post(self, given: dict[str, Any]) -> Response:
        """Make ten others."""
        caller, codes = self.proven(**given), new_recovery_codes()
        wiring().units.write(lambda work: changing.replace_recovery_codes(_by(work, caller), caller, codes))
        return _kept_nowhere({"recovery_codes": [recovery.spelled(code) for code in codes]})


@blp.route("/me/identities")
class MyIdentities(Proven):
    """Identities elsewhere by which one can sign in."""

    @blp.response(200, IdentitiesOut, example={"items": [IDENTITY]})
    def get(self) -> Response:
        """List them, the first first."""
        return MyIdentityList().dispatch_request()

    @blp.arguments(ProofIn)
    @blp.response(200, WayToProviderOut, example={"address": "/sign-in/oidc"})
    @blp.alt_response(409, description="There is no password; an administrator can invite.")
    def post(self, given: dict[str, Any]) -> Response:
        """Begin to link another: whom the provider signs in next in this browser is you from then on."""
        caller = self.proven(**given)
        if caller.session is None:
            raise Forbidden("this is done in a browser that is signed in")
        return _kept_nowhere({"address": begin_errand(session, Errand.linking(caller.session.id))})


class MyIdentityList(Resource):
    """The list."""

    def get(self) -> Response:
        """All of them."""
        return answer_json({"items": identities.linked(g.work.session, g.caller)})


@blp.route("/me/identities/<uuid:identity_id>")
class MyIdentity(Resource):
    """An identity elsewhere."""

    of_tablets = False

    @blp.response(204)
    def delete(self, identity_id: UUID) -> Response:
        """Sign in by it no longer."""
        identities.unlink(g.work, g.caller, identity_id)
        return Response(status=204)


def _about(work: Work, caller: Caller) -> tuple[str, ...]:
    person = work.session.get_one(Person, caller.person_id)
    return person.name, sign_in_name(person.email or "")


def _by(work: Work, caller: Caller) -> Work:
    work.journal.acted_by(caller)
    return noted(work)


def _kept_nowhere(document: dict[str, Any]) -> Response:
    response = answer_json(document)
    response.headers["Cache-Control"] = "no-store"
    return response
