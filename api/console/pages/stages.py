"""The stages of notices: when letters about a due date go out, and to whom."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g
from flask_babel import gettext, lazy_gettext, ngettext

from api.console.blueprint import page
from api.console.page import Page, draw
from inspection.notices.listed_stages import listed
from inspection.notices.stages import Stage

_ = lazy_gettext
ACTS: Mapping[str, Any] = {
    "prescribed": _("a prescription was issued"),
    "extended": _("a due date was extended"),
    "released": _("a violation was released"),
    "corrected": _("something that was told is not true any more"),
    "answered": _("an official answered a request"),
    "found_again": _("declared remedied, and a re-check still measures it"),
    "found_late": _("a re-check after the due date still measures it"),
    "asked": _("an official asks for an explanation"),
}
RECIPIENTS: Mapping[str, Any] = {
    "operator": _("operator"),
    "department": _("heads of the department"),
    "akimat": _("officials of the akimat"),
}


@page("/stages", "stages")
class Stages(Page):
    """The stages as they are in force."""

    def get(self) -> Response:
        """Each with what brings it, whom it tells, and how many wait in the caller's areas."""
        rows = listed(g.work.session, g.caller)
        return draw("stages", rows=rows, when=_when, recipients=RECIPIENTS)


def _when(stage: Stage) -> str:
    """What brings a stage."""
    if stage.act is not None:
        return str(ACTS[stage.act.value])
    days = stage.days or 0
    if days < 0:
        return str(ngettext("%(num)s day before the due date", "%(num)s days before the due date", -days))
    if days == 1:
        return str(gettext("the day after the due date"))
    return str(ngettext("%(num)s day after the due date", "%(num)s days after the due date", days))
