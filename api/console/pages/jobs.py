"""What Pandus does by itself: when each chore was done last, what came of it, and when it is due next."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g
from flask_babel import lazy_gettext
from sqlalchemy import select

from api.console.blueprint import page
from api.console.page import Page, draw
from inspection.access import NEEDS, Act
from inspection.errors import Forbidden
from inspection.tables.areas import Level
from inspection.tables.chores import ChoreTurn

_ = lazy_gettext
CALLED: Mapping[str, Any] = {
    "backlog": _("Understanding what tablets sent"),
    "ranks": _("Ranks of places"),
    "letters": _("Letters and mails"),
    "bounces": _("Letters that came back"),
    "digests": _("Weekly digests"),
    "night": _("Dates that passed, notices"),
    "addresses": _("Positions from addresses"),
    "files": _("Files that were never sent"),
    "questions": _("Questions to the geocoder"),
    "retention": _("Erasing what is no longer needed"),
}


@page("/jobs", "jobs")
class Jobs(Page):
    """The chores."""

    def get(self) -> Response:
        """Each with its last turn."""
        if not any(g.caller.reach(Act.ADMINISTER, level) for level in Level):
            raise Forbidden(NEEDS[Act.ADMINISTER], act=Act.ADMINISTER.value)
        turns = g.work.session.scalars(select(ChoreTurn).order_by(ChoreTurn.name)).all()
        return draw("jobs", turns=turns, called=CALLED, now=g.work.now)
