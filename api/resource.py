"""Base of every view: one unit of work per request, and who is asking.

The pattern of a view (`api/views/<subject>.py`; `create_app` finds every module there by itself):

    blp = Blueprint("facilities", __name__, description="Places that are audited.")

    @blp.route("/facilities/<uuid:facility_id>")
    class OneFacility(Resource):
        @blp.arguments(FacilityPatch)                 # a fields.Schema: the JSON body
        @blp.arguments(Expansion, location="query")   # a fields.Query: at most one per view
        @blp.response(200, FacilityOut, example=...)
        def patch(self, patch, expansion, facility_id): ...

What exports, or shows something about people, also says `@discloses(...)` (`api/disclosing.py`).
`g.work` is the unit (`g.work.session`, `g.work.now`, `g.work.new_id()`), `g.caller` who signed in. GET and HEAD
run in a unit that cannot write. A unit may be run again, so a view changes nothing outside it; its answer is
complete when the unit ends, so it returns plain values for the schema or a finished Response, never a stream.
"""

from typing import Any

from flask import Request, Response, current_app, g, request
from flask.views import MethodView

from api.disclosing import recorded
from api.keys import keys
from api.parsing import refuse_query
from api.signing.cookies import session_secret
from api.signing.csrf import require_token
from api.tablet_tokens import is_of_tablet, read_access
from api.wiring import wiring
from api.work import Work
from inspection import access
from inspection.access import Bearer, Credential, OfSession
from inspection.errors import Forbidden, NotFound, Unauthenticated

READING = frozenset({"GET", "HEAD"})
NOT_WITH_A_TABLET = "this is not done with a tablet"


class Resource(MethodView):
    """A view whose methods run inside a unit of work, for a caller who is signed in.

    any_query: parameters that it does not declare are passed over instead of refused. own_units: what it changes
    it changes in units that it opens itself, so the one around it only reads. of_tablets: a tablet too may change
    what this is about; how a person signs in is no business of it, as it may lie in other hands.
    """

    any_query = False
    own_units = False
    of_tablets = True

    def dispatch_request(self, **path: Any) -> Response:
        """Run the method and build its answer within one unit."""
        if any("\0" in value for value in path.values() if isinstance(value, str)):
            raise NotFound("there is no such object")  # PostgreSQL refuses U+0000, SQLite keeps it
        token = credential(request)
        reads = self.own_units or request.method in READING
        if request.method not in READING:
            request.get_data()  # before the unit: a slow upload must not hold the database's lock
        run_method = super().dispatch_request

        def unit(work: Work) -> Response:
            g.work = work
            g.caller = access.sign_in(work.session, token, now=work.now)
            work.journal.acted_by(g.caller)
            work.journal.request_id = g.get("request_id")
            if not (self.of_tablets or request.method in READING or g.caller.tablet is None):
                raise Forbidden(NOT_WITH_A_TABLET)
            if not self.any_query and not _declares_query(self):
                refuse_query(request)
            response = current_app.make_response(run_method(**path))
            if response.is_streamed:
                raise TypeError("a view's answer must be complete when its unit of work ends")
            return response

        try:
            answer = wiring().units.look(unit) if reads else wiring().units.write(unit)
        finally:
            g.pop("work", None)
        return recorded(self, path, answer)


def credential(request: Request) -> Credential:
    """By what a request asks: what its Authorization header holds, else the session of its browser.

    Raises Unauthenticated without either, CrossSite for one that would change something, asks by a cookie, and
    does not come from a page of that session.
    """
    if "Authorization" in request.headers:
        return bearer_token(request)
    secret = session_secret(request)
    if secret is None:
        return bearer_token(request)  # which says what is missing
    if request.method not in READING:
        require_token(request, secret)
    return OfSession(access.token_hash(secret))


def bearer_token(request: Request) -> Bearer:
    """What the Authorization header holds: a person's token, or what a tablet's says.

    Raises Unauthenticated without one, and for a tablet's that is not ours or over. Source: RFC 6750, 2.1.
    """
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unauthenticated("there is no bearer token in the request")
    if not is_of_tablet(given.token):
        return given.token
    parts = wiring()
    return read_access(keys(parts.settings), given.token, parts.units.now())


def _declares_query(view: MethodView) -> bool:
    method = getattr(view, request.method.lower(), None) or getattr(view, "get", None)
    declared = getattr(method, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    return any(parameter.get("in") in ("query", "querystring") for parameter in declared)
