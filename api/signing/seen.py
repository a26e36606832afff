"""Sessions remember when they were used: to some minutes, after the answer is made, and never at its cost."""

from functools import partial

import structlog
from flask import Flask, Response, g

from api.wiring import wiring
from inspection.access import Caller
from inspection.errors import InspectionError
from inspection.signing.limits import SEEN_EVERY
from inspection.signing.sessions import touch

log = structlog.get_logger("pandus.signing")


def register(app: Flask) -> None:
    """Watch what the application answers."""
    app.after_request(remember)


def remember(response: Response) -> Response:
    """The answer; of a session that was not seen lately it is written down, by one statement."""
    caller: Caller | None = g.get("caller")
    if caller is None or caller.session is None:
        return response
    units = wiring().units
    if units.now() - caller.session.seen_at >= SEEN_EVERY:
        try:
            units.keep(partial(touch, session_id=caller.session.id))
        except InspectionError as error:  # the database is busy or away; the next request tries again
            log.warning("session_not_seen", exc_info=error)
    return response
