"""Accepting an invitation: a password of one's own, an app for codes, and codes for the day the app is lost.

The secret stands behind the # of the link, which a browser sends to nobody: a script puts it into the form, or
the person does.
"""

from base64 import b64encode

from flask import Response, request, session
from flask_babel import gettext as _

from api.console.blueprint import blp
from api.console.page import draw, wrong_fields
from api.qr_codes import qr_svg
from api.signing import cookies, csrf
from api.signing.csrf import CrossSite
from api.signing.enrolling import Shown, accept, show
from api.signing.entering import limited, welcome
from api.signing.hashing import Crowded
from api.signing.journey import Errand, begin_errand
from api.signing.provider import shown_name
from api.views.sign_in import A_MINUTE, LONGEST
from api.wiring import wiring
from inspection.errors import DoesNotApply, InvalidInput
from inspection.signing.refusals import InvitationOver


@blp.get("/invitation", endpoint="invitation")
def ask() -> Response:
    """Ask for the secret."""
    return draw("invitation", shown=None, secret="", wrong={})


@blp.post("/invitation", endpoint="invitation_now")
@limited(A_MINUTE)
def take() -> Response:
    """With the secret alone: show what it is for. With a password and a code, or by a provider: accept it."""
    given = request.form
    secret, password, code = (
        given.get("secret", "").strip()[:100],
        given.get("password", ""),
        given.get("code", ""),
    )
    try:
        csrf.require_token(request, cookies.session_secret(request))
        shown = show(secret)
        if given.get("by") == "provider":
            return _to_the_provider(secret)
        if "password" not in given:
            return _page(shown, secret, {})
        entered, codes = accept(request, secret, password[:LONGEST], code.replace(" ", "")[:20])
    except CrossSite:
        wrong = {"secret": _("This page was open for too long. Try once more.")}
        return draw("invitation", 403, shown=None, secret=secret, wrong=wrong)
    except InvitationOver as error:
        return draw("invitation", 410, shown=None, secret="", wrong={"secret": wrong_fields(error)[""]})
    except (InvalidInput, DoesNotApply, Crowded) as error:
        return _page(shown, secret, wrong_fields(error), 422)
    return welcome(draw("recovery_codes", codes=codes, token=csrf.bind(entered.secret)), entered)


def _to_the_provider(secret: str) -> Response:
    """The way there; who comes back has accepted."""
    way = begin_errand(session, Errand.invitation(secret))
    return draw("to_provider", way=way, provider=shown_name(wiring().settings))


def _page(shown: Shown, secret: str, wrong: dict[str, str], status: int = 200) -> Response:
    code = shown.uri and b64encode(qr_svg(shown.uri)).decode()
    provider = shown_name(wiring().settings)
    return draw("invitation", status, shown=shown, secret=secret, wrong=wrong, qr=code, provider=provider)
