"""Signing in and out by a browser, and where one is signed in."""

from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask.views import MethodView
from marshmallow import fields, validate

from api.disclosing import discloses
from api.fields import Boolean, Moment, Schema
from api.openapi import Blueprint
from api.pages import answer_json
from api.parsing import refuse_query
from api.resource import Resource
from api.signing import cookies, csrf
from api.signing.entering import Attempt, Entered, limited, sign_in, welcome
from api.wiring import wiring
from inspection import access
from inspection.access import Caller, OfSession, token_hash
from inspection.signing import sessions
from inspection.tables.disclosures import Kind
from inspection.tables.signing import Method

blp = Blueprint("sign_in", __name__, description="Browsers in which people are signed in.")

A_MINUTE = "60 per minute"  # of a device that was signed in on before, or of a network
LONGEST = 1000  # characters that are read of a password

SIGN_IN = {
    "id": "01990a5d-ac96-774b-bcce-b302099a8090",
    "method": "password",
    "agent": "Firefox 145, Windows",
    "address": "192.0.2.7",
    "begun_at": "2026-03-16T04:00:00Z",
    "seen_at": "2026-03-16T05:55:00Z",
    "ends_at": "2026-03-16T16:00:00Z",
    "this": True,
}


class SignInIn(Schema):
    """Who wants to sign in: with the code that their app shows now, or with one of their recovery codes."""

    email = fields.String(required=True, validate=validate.Length(min=1, max=254))
    password = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST))
    code = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=20))
    recovery_code = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=40))


class SignedInOut(Schema):
    """Who is signed in now. The cookie came with the answer."""

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True)
    ends_at = Moment(required=True)
    csrf_token = fields.String(
        required=True, metadata={"description": "for the header X-CSRF-Token of requests that change something"}
    )


class SignInOut(Schema):
    """A browser in which somebody is signed in."""

    id = fields.UUID(required=True)
    method = fields.String(required=True, validate=validate.OneOf(list(Method)))
    agent = fields.String(required=True, metadata={"description": "browser and system, as it says"})
    address = fields.String(required=True, allow_none=True, metadata={"description": "of its network, if known"})
    begun_at = Moment(required=True)
    seen_at = Moment(required=True, metadata={"description": "to some minutes"})
    ends_at = Moment(required=True, metadata={"description": "at the latest"})
    this = Boolean(required=True, metadata={"description": "the one that asks"})


class SignInsOut(Schema):
    """Browsers in which somebody is signed in, the last first."""

    items = fields.List(fields.Nested(SignInOut), required=True)


class CsrfOut(Schema):
    """What requests that change something send along, where they are sent by a browser."""

    csrf_token = fields.String(required=True)


@blp.route("/sign-in")
class SignIn(MethodView):
    """Signing in by password and code. No sign-in: the password is the secret."""

    decorators = [limited(A_MINUTE, methods=["POST"])]  # noqa: RUF012

    @blp.doc(security=[])
    @blp.arguments(SignInIn)
    @blp.response(200, SignedInOut)
    @blp.alt_response(429, description="Too many attempts; `Retry-After` says how long to wait.")
    def post(self, given: dict[str, Any]) -> Response:
        """Sign in. Whatever is wrong, the answer is the same."""
        refuse_query(request)
        csrf.require_own_page(request)
        return answer_entered(sign_in(request, Attempt(**given)))

    @blp.response(204)
    def delete(self) -> Response:
        """Sign out: the session ends, and the browser forgets it. By a token there is nothing to end."""
        return SigningOut().dispatch_request()


class SigningOut(Resource):
    """The end of the session that asks."""

    def delete(self) -> Response:
        """End it."""
        sessions.sign_out(g.work, g.caller)
        response = Response(status=204)
        cookies.take_session(response)
        return response


@blp.route("/me/csrf")
class Csrf(Resource):
    """The token against forged requests."""

    @blp.response(200, CsrfOut)
    def get(self) -> Response:
        """The token of this session. It is good as long as the session is."""
        response = answer_json({"csrf_token": csrf.csrf_token(request)})
        response.headers["Cache-Control"] = "no-store"
        return response


@blp.route("/me/sign-ins")
class MySignIns(Resource):
    """Where one is signed in."""

    of_tablets = False

    @blp.response(200, SignInsOut, example={"items": [SIGN_IN]})
    def get(self) -> Response:
        """Browsers in which you are signed in, the last first."""
        return _listed(sessions.live(g.work.session, g.caller.person_id, g.work.now), g.caller)

    @blp.response(204)
    def delete(self) -> Response:
        """End all sessions but this one."""
        sessions.end_others(g.work, g.caller)
        return Response(status=204)


@blp.route("/me/sign-ins/<uuid:sign_in_id>")
class MySignIn(Resource):
    """One browser in which one is signed in."""

    of_tablets = False

    @blp.response(204)
    def delete(self, sign_in_id: UUID) -> Response:
        """End it."""
        sessions.end_one(g.work, g.caller, sign_in_id)
        return Response(status=204)


@blp.route("/people/<uuid:person_id>/sign-ins")
class SignInsOfPerson(Resource):
    """Where somebody is signed in, for administrators of all their areas."""

    @discloses(Kind.PEOPLE)
    @blp.response(200, SignInsOut, example={"items": [{**SIGN_IN, "this": False}]})
    def get(self, person_id: UUID) -> Response:
        """Browsers in which they are signed in, the last first."""
        return _listed(sessions.live_of(g.work, g.caller, person_id), g.caller)

    @blp.response(204)
    def delete(self, person_id: UUID) -> Response:
        """End all their sessions. They can sign in again; an invitation ends what they sign in with."""
        sessions.end_all_of(g.work, g.caller, person_id)
        return Response(status=204)


def answer_entered(entered: Entered, **further: Any) -> Response:
    """Who is signed in now, with the cookies. further: other members of the answer."""
    session = OfSession(token_hash(entered.secret))
    who = g.caller = wiring().units.look(lambda work: access.sign_in(work.session, session, now=work.now))
    said = {
        "person_id": who.person_id,
        "name": who.name,
        "language": who.language,
        "ends_at": entered.begun.ends_at,
        "csrf_token": csrf.bind(entered.secret),
    }
    return welcome(answer_json({**said, **further}), entered)


def _listed(rows: Any, caller: Caller) -> Response:
    this = None if caller.session is None else caller.session.id
    return answer_json({"items": [{**row, "this": row["id"] == this} for row in rows]})
