"""The calendar of an inspector's tours, for programs that cannot sign in."""

import re
import secrets
from hashlib import blake2s

from flask import Response, g, request, url_for
from flask.views import MethodView
from marshmallow import fields

from api.addresses import root
from api.fields import Moment, Schema
from api.openapi import Blueprint
from api.pages import answer_json
from api.parsing import refuse_query
from api.resource import Resource
from api.versions import is_held, not_modified
from api.wiring import wiring
from inspection import calendar_links, calendars

blp = Blueprint("calendars", __name__, description="The calendar of your tours, under a secret link.")

SECRET = "[A-Za-z0-9_-]{20,80}"
TOKEN = {"in": "path", "name": "token", "required": True, "schema": {"type": "string", "pattern": f"^{SECRET}$"}}
CALENDAR = {
    "description": "iCalendar (RFC 5545).",
    "content": {calendars.MEDIA_TYPE: {"schema": {"type": "string"}}},
}


class LinkOut(Schema):
    """The link of a calendar."""

    made_at = Moment(required=True, allow_none=True, metadata={"description": "null: there is none"})


class NewLinkOut(LinkOut):
    """A link that was just made."""

    url = fields.String(required=True, metadata={"description": "secret, and shown this once"})


LINK_EXAMPLE = {"made_at": "2026-03-16T09:00:00Z"}


@blp.route("/me/calendar")
class CalendarLinks(Resource):
    """The link under which a calendar program reads your tours."""

    @blp.response(200, LinkOut, example=LINK_EXAMPLE)
    def get(self) -> Response:
        """Whether there is a link; its secret is not kept, so nobody can show it again."""
        held = calendar_links.current(g.work.session, g.caller)
        return answer_json({"made_at": held and held.made_at})

    @blp.response(
        201, NewLinkOut, example={**LINK_EXAMPLE, "url": "https://pandus.example/api/v1/calendars/….ics"}
    )
    def post(self) -> Response:
        """Make a link; the one before ends."""
        token = secrets.token_urlsafe(32)
        made = calendar_links.link(g.work, g.caller, token)
        url = root() + url_for("calendars.CalendarFeed", token=token)
        return answer_json({"made_at": made.made_at, "url": url}, 201)

    @blp.response(200, LinkOut, example={"made_at": None})
    def delete(self) -> Response:
        """End the link."""
        calendar_links.revoke(g.work, g.caller)
        return answer_json({"made_at": None})


@blp.route("/calendars/<token>.ics", parameters=[TOKEN])
class CalendarFeed(MethodView):
    """The calendar itself. No sign-in: the address is the secret."""

    @blp.doc(security=[], responses={200: CALENDAR})
    @blp.alt_response(304, description="It is the one that If-None-Match names.")
    def get(self, token: str) -> Response:
        """The accepted tours of the link's owner, from a month ago to a year ahead."""
        refuse_query(request)
        secret = token if re.fullmatch(SECRET, token) else ""
        body = wiring().units.study(lambda work: calendars.calendar(work.session, secret, now=work.now))
        etag = blake2s(body, digest_size=12).hexdigest()
        if is_held(etag):
            return not_modified(etag)
        response = Response(body, mimetype=calendars.MEDIA_TYPE)
        response.set_etag(etag)
        return response
