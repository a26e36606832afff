"""`/sign-in/oidc`: to a provider of identities and back. What it is for lies in the signed cookie meanwhile."""

from uuid import UUID

from flask import Blueprint, Response, current_app, g, redirect, request, session, url_for

from api.problems import answer_refusal
from api.signing.cookies import session_secret
from api.signing.entering import (
    Entered,
    forget_before,
    limited,
    new_session,
    noted,
    sign_in_by_identity,
    welcome,
)
from api.signing.journey import KEPT, START, Errand, Wanted, take_errand
from api.signing.paths import own_path
from api.signing.provider import CALLBACK, way_there, who_came
from api.wiring import wiring
from api.work import Work
from inspection import access
from inspection.access import OfSession, token_hash
from inspection.errors import InspectionError
from inspection.signing import enrolling, identities
from inspection.signing.identities import Identity
from inspection.signing.refusals import SignInOver
from inspection.signing.sessions import Begun

A_MINUTE = "30 per minute"
NEXT = "next"
# Told as `refused` what went wrong, where there are such pages: the account to who wanted to link an identity.
SIGN_IN_PAGE, ACCOUNT_PAGE = "console.sign_in", "console.mine"

blp = Blueprint("oidc", __name__)


@blp.get(START)
@limited(A_MINUTE)
def leave() -> Response:
    """Go to the provider. `next`: where to go once signed in, a path of ours."""
    if "errand" not in request.args:
        session.pop(KEPT, None)
    session[NEXT] = own_path(request.args.get("next"))
    return _kept_nowhere(way_there(wiring().settings))


@blp.get(CALLBACK)
@limited(A_MINUTE)
def come_back() -> Response:
    """Sign in, link or accept whom the provider vouches for."""
    errand, onward = take_errand(session), own_path(session.pop(NEXT, None))
    g.links = errand is not None and errand.wanted is Wanted.LINKING
    known = who_came(wiring().settings)
    response = _kept_nowhere(redirect(onward, 303))
    if errand is None:
        return welcome(response, sign_in_by_identity(request, known))
    if errand.wanted is Wanted.INVITATION:
        return welcome(response, _accept(errand, known))
    _link(errand, known)
    return response


def _accept(errand: Errand, known: Identity) -> Entered:
    new, secret = new_session(request)

    def unit(work: Work) -> Begun:
        return enrolling.accept_by_identity(noted(work), bytes.fromhex(errand.about), known, new)

    begun = wiring().units.write(unit)
    forget_before()
    return Entered(begun, secret)


def _link(errand: Errand, known: Identity) -> None:
    """Link whoever began this; their session must be the same, and not be over."""
    secret = session_secret(request)
    if secret is None:
        raise SignInOver("this sign-in is over")
    asking = OfSession(token_hash(secret))

    def unit(work: Work) -> None:
        caller = access.sign_in(work.session, asking, now=work.now)
        if caller.session is None or caller.session.id != UUID(errand.about):
            raise SignInOver("this sign-in is over")
        work.journal.acted_by(caller)
        identities.link(noted(work), caller, known)

    wiring().units.write(unit)


@blp.errorhandler(InspectionError)
def refused(error: InspectionError) -> Response:
    """To the page where this began, which says what went wrong; without pages, a problem."""
    if SIGN_IN_PAGE not in current_app.view_functions:
        return answer_refusal(error)
    signed_in = g.get("links", False) and not isinstance(error, SignInOver)
    return _kept_nowhere(redirect(url_for(ACCOUNT_PAGE if signed_in else SIGN_IN_PAGE, refused=error.slug), 303))


def _kept_nowhere(response: object) -> Response:
    assert isinstance(response, Response)  # noqa: S101 - Flask makes no other
    response.headers["Cache-Control"] = "no-store"
    return response
