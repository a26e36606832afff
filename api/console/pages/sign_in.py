"""Signing in, until the officials' own sign-in is here."""

from flask import Response
from flask_babel import gettext as _

from api.console.blueprint import blp
from api.console.page import draw


@blp.get("/sign-in", endpoint="sign_in")
def sign_in() -> Response:
    """Ask who it is."""
    return draw("refused", 401, heading=_("Sign in"), text="")
