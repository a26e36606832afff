"""Another app that makes one's codes, taken once a code proves it; until then the one before is good."""

from base64 import b64encode

from flask import Response, g, request
from flask_babel import gettext as _

from api.console.blueprint import blp, page
from api.console.page import Page, draw, go, write, wrong_fields
from api.console.pages.mine import REFUSALS, Proven, again, at, by
from api.keys import keys
from api.qr_codes import qr_svg
from api.signing.enrolling import new_app_secret
from api.signing.sealing import KeySealer
from api.wiring import wiring
from inspection.errors import DoesNotApply, InvalidInput
from inspection.signing import changing, totp


class AnotherApp(Proven):
    """The beginning: the key of another app."""

    def post(self) -> Response:
        """Show the key, once and for a quarter of an hour."""
        try:
            caller, secret = self.proven(password=request.form.get("password", "")), new_app_secret()
            sealed = KeySealer(keys(wiring().settings)).seal(secret)
            name = wiring().units.write(lambda work: changing.show_app(by(work), caller, sealed))
        except REFUSALS as error:
            return again(at("app_password", error))
        qr = b64encode(qr_svg(totp.uri(secret, name))).decode()
        return draw("my_app", secret=secret, qr=qr, wrong={})


@page("/me/app/proof", "mine_app_proof")
class ProveApp(Page):
    """The code of the other app."""

    of_tablets = False

    def post(self) -> Response:
        """Take the other app in place of the one before. All other sessions end."""
        code = request.form.get("code", "").replace(" ", "")[:20]
        try:
            write(lambda work: changing.prove_app(work, g.caller, code, KeySealer(keys(wiring().settings))))
        except InvalidInput as error:
            return draw("my_app", 422, secret=None, qr=None, wrong=wrong_fields(error))
        except DoesNotApply:
            return again({"app_password": _("It took longer than a quarter of an hour. Begin again.")})
        return go("mine", done="app")


blp.add_url_rule("/me/app", view_func=AnotherApp.as_view("mine_app"))
