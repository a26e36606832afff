"""Signing in and out; a form that was sent too late is kept and can be sent again."""

import json
from collections.abc import Sequence
from typing import Any

from flask import Response, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_limiter.errors import RateLimitExceeded

from api.console.blueprint import blp, page
from api.console.languages import language
from api.console.page import Page, draw, own_path, write, wrong_fields
from api.console.tongues import MARK, MOST_KEPT
from api.problems import KINDS
from api.signing import cookies, csrf
from api.signing.csrf import CrossSite
from api.signing.entering import Attempt, limited, sign_in, welcome
from api.signing.hashing import Crowded
from api.signing.provider import shown_name
from api.views.sign_in import A_MINUTE, LONGEST
from api.wiring import wiring
from inspection.errors import InspectionError
from inspection.signing import sessions
from inspection.signing.refusals import TooManyAttempts, WrongSignIn

Pairs = Sequence[tuple[str, str]]


@blp.get("/sign-in", endpoint="sign_in")
def show() -> Response:
    """Ask who it is. next: where to go then."""
    return form(next_page=request.args.get("next", ""), wrong=led_back(request.args.get("refused", "")))


@blp.post("/sign-in", endpoint="sign_in_now")
@limited(A_MINUTE)
def enter() -> Response:
    """Sign in; whatever is wrong, it is said in one sentence."""
    given = request.form
    typed = {"next_page": given.get("next", ""), "email": given.get("email", ""), "kept": given.get("kept", "")}
    try:
        csrf.require_token(request, cookies.session_secret(request))
        if MARK in given:  # nobody signs in by that, and no attempt is counted
            return form(status=200, **typed)
        entered = sign_in(request, _attempt())
    except CrossSite:
        return form(wrong=_("This page was open for too long. Sign in once more."), status=403, **typed)
    except WrongSignIn as error:
        return form(wrong=wrong_fields(error)[""], status=401, **typed)
    except (TooManyAttempts, Crowded) as error:
        return _later(error, typed)
    if typed["kept"]:
        return welcome(send_again(typed["kept"], csrf.bind(entered.secret)), entered)
    response = redirect(own_path(typed["next_page"]) or url_for("console.overview"), 303)
    assert isinstance(response, Response)  # noqa: S101 - Flask makes no other
    return welcome(response, entered)


@page("/sign-out", "sign_out")
class SignOut(Page):
    """The end of a session."""

    def post(self) -> Response:
        """End the session of this browser."""
        write(lambda work: sessions.sign_out(work, g.caller))
        response = redirect(url_for("console.sign_in"), 303)
        assert isinstance(response, Response)  # noqa: S101 - Flask makes no other
        cookies.take_session(response)
        return response


def form(*, next_page: str = "", email: str = "", kept: str = "", wrong: str = "", status: int = 200) -> Response:
    """The form. kept: what was sent too late, as `keep` spells it."""
    fields = [("next", own_path(next_page) or ""), ("email", email), ("kept", kept)]
    again: dict[str, Any] = {}
    if request.method == "POST":
        again = {"here": url_for("console.sign_in_now"), "kept_fields": fields}
    return draw(
        "sign_in",
        status,
        **again,
        next_page=own_path(next_page) or "",
        email=email,
        kept=kept,
        wrong=wrong,
        provider=shown_name(wiring().settings),
    )


def led_back(slug: str) -> str:
    """Why a provider of identities led back here, in the reader's language."""
    kind = KINDS.get(slug)
    return "" if kind is None else wiring().phrasebook.say(kind.title, language())


def keep() -> str:
    """The form that has just been sent, to be sent again after signing in; nothing of another site's."""
    try:
        csrf.require_own_page(request)
    except CrossSite:
        return ""
    pairs = [pair for pair in request.form.items(multi=True) if pair[0] not in (csrf.FIELD, MARK)]
    if any("password" in name for name, _ in pairs):  # that is not shown again, not even to who typed it
        return ""
    said = json.dumps([request.path, pairs], ensure_ascii=False)
    return said if len(said) <= MOST_KEPT else ""


@blp.errorhandler(RateLimitExceeded)
def too_often(_error: RateLimitExceeded) -> Response:
    """More requests than a person makes."""
    heading, text = _("Too many requests"), _("Wait a minute before the next one.")
    response = draw("refused", 429, heading=heading, text=text)
    response.headers["Retry-After"] = "60"
    return response


def _attempt() -> Attempt:
    given, code = request.form, request.form.get("code", "").replace(" ", "")
    by_app = code.isdigit()
    return Attempt(
        given.get("email", "")[:254],
        given.get("password", "")[:LONGEST],
        code=code[:20] if by_app else None,
        recovery_code=None if by_app or not code else code[:40],
    )


def _later(error: InspectionError, typed: dict[str, Any]) -> Response:
    seconds = int(error.members.get("retry_after", 5))
    said = _("Too many attempts. Try again in %(seconds)s seconds.", seconds=seconds)
    response = form(wrong=said, status=429, **typed)
    response.headers["Retry-After"] = str(seconds)
    return response


def send_again(kept: str, token: str, status: int = 200) -> Response:
    """The form that was sent too late, to be sent by a button. token: of the session that is now."""
    try:
        path, pairs = json.loads(kept[: MOST_KEPT + 1])
        pairs = [(str(name), str(value)) for name, value in pairs]
    except (ValueError, TypeError, RecursionError):  # the last for what nobody's page has made
        path, pairs = "", []
    address = own_path(str(path)) or url_for("console.overview")
    # Without another language: a way to it would lose what was typed.
    return draw("send_again", status, path=address, pairs=pairs, token=token, languages=[])
