"""What Pandus does by itself: when each chore was done last, what came of it, and when it is due next."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g, request
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from api.console import job_words
from api.console.blueprint import page
from api.console.page import Page, draw, go, write, wrong_fields
from api.wiring import wiring
from api.work import Work
from inspection import chores
from inspection.access import NEEDS, Act
from inspection.chores import may_hasten
from inspection.errors import DoesNotApply, Forbidden, NotFound
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
    "files": _("Files that were never sent, or whose time is over"),
    "questions": _("Questions to the geocoder"),
    "retention": _("Erasing what is no longer needed"),
    "sign_ins": _("Sign-ins that are long over"),
}
# Names of errors that somebody can do something about; a failed chore is tried again by itself in any case.
FAILURES: Mapping[str, Any] = {
    "Busy": _("others held the same rows for too long"),
    "DatabaseAway": _("the database could not be reached"),
    "StoreAway": _("the storage of photos could not be reached, or is full"),
    "OperationalError": _("the database refused to work"),
    "ConnectionError": _("something could not be reached by network"),
    "TimeoutError": _("something did not answer in time"),
    "PermissionError": _("a file or folder may not be read or written"),
    "FileNotFoundError": _("a file or folder is missing"),
    "OSError": _("the disk or the network failed"),
}


@page("/jobs", "jobs")
class Jobs(Page):
    """The chores."""

    def get(self) -> Response:
        """Each with its last turn."""
        return _drawn(g.work)

    def post(self) -> Response:
        """Have one done at the next tick."""
        name = request.form.get("job", "")
        try:
            write(lambda work: chores.hasten(work, g.caller, name))
        except (DoesNotApply, NotFound) as error:
            said = wrong_fields(error)
            return wiring().units.look(lambda work: _drawn(work, said, 409))
        return go("jobs", done=name)


def _drawn(work: Work, wrong: Mapping[str, str] | None = None, status: int = 200) -> Response:
    if not any(g.caller.reach(Act.ADMINISTER, level) for level in Level):
        raise Forbidden(NEEDS[Act.ADMINISTER], act=Act.ADMINISTER.value)
    turns = work.session.scalars(select(ChoreTurn).order_by(ChoreTurn.name)).all()
    whole = bool(g.caller.reach(Act.ADMINISTER, Level.COUNTRY))
    return draw(
        "jobs",
        status,
        turns=turns,
        called=CALLED,
        came=_came,
        hastened={turn.name for turn in turns if whole and may_hasten(turn, work.now)},
        now=work.now,
        done=request.args.get("done", ""),
        wrong=wrong or {},
    )


def _came(turn: ChoreTurn) -> str:
    """What came of the last turn: a failure in words, else what was counted."""
    if not turn.failures:
        return job_words.came(turn.said) if turn.said else "—"
    known = FAILURES.get(turn.said or "")
    if known is not None:
        return str(known)
    return str(gettext("something unexpected (%(name)s); the log of the service says more", name=turn.said or "—"))
