"""One's identities at a provider, by which one can sign in instead of a password and a code."""

from flask import Response, g, request, session, url_for

from api.console.blueprint import blp, page
from api.console.page import Page, draw, go, id_in, write
from api.console.pages.mine import REFUSALS, Proven, again, at
from api.signing.journey import Errand, begin_errand
from api.signing.provider import shown_name
from api.wiring import wiring
from inspection.errors import DoesNotApply
from inspection.signing import identities


class LinkIdentity(Proven):
    """The way to the provider."""

    def post(self) -> Response:
        """Whom the provider signs in next in this browser is the caller from then on."""
        try:
            caller = self.proven(password=request.form.get("password", ""))
            if caller.session is None:
                raise DoesNotApply("this is done in a browser that is signed in")
        except REFUSALS as error:
            return again(at("identity_password", error))
        way = begin_errand(session, Errand.linking(caller.session.id), url_for("console.mine", done="linked"))
        return draw("to_provider", way=way, provider=shown_name(wiring().settings))


@page("/me/identities/end", "mine_identity_end")
class UnlinkIdentity(Page):
    """The end of a link."""

    of_tablets = False

    def post(self) -> Response:
        """Sign in by this identity no longer."""
        chosen = id_in("identity")
        write(lambda work: identities.unlink(work, g.caller, chosen))
        return go("mine", done="unlinked")


blp.add_url_rule("/me/identities", view_func=LinkIdentity.as_view("mine_identities"))
