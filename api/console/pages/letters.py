"""Letters that no mail server took: somebody has to bring them by hand."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g, url_for
from flask_babel import lazy_gettext

from api.console.blueprint import page
from api.console.lists import listed
from api.console.page import Page, draw
from api.disclosing import discloses
from inspection import read_areas
from inspection.keyset import Page as Rows
from inspection.notices import reading
from inspection.tables.disclosures import Kind
from inspection.tables.notices import LetterState

_ = lazy_gettext
STATES: Mapping[str, Any] = {
    LetterState.FAILED: _("the mail server refused it"),
    LetterState.BY_HAND: _("no address is known"),
}
# Where nobody is known, the office itself is named (`notices/recipients.py`).
RECIPIENTS: Mapping[str, Any] = {
    "operator": _("operator"),
    "person": _("an official"),
    "nobody:operator": _("operator"),
    "nobody:department": _("heads of the department"),
    "nobody:akimat": _("officials of the akimat"),
}


@page("/letters", "letters")
class Letters(Page):
    """Letters in the caller's areas."""

    @discloses(Kind.LETTERS)
    def get(self) -> Response:
        """The newest first, each as a page to print."""

        def waiting(**asked: Any) -> Rows:
            return reading.page(g.work.session, g.caller, state=reading.ON_PAPER, **asked)

        found = listed("letters", waiting)
        codes = {row["district_code"] or row["region_code"] for row in found.rows}
        return draw(
            "letters",
            found=found,
            areas=read_areas.areas_of(g.work.session, g.caller),
            names=read_areas.names_of(g.work.session, codes),
            states=STATES,
            whom=_whom,
            here_path=url_for("console.letters"),
        )


def _whom(recipient: str) -> str:
    """Who a letter is for."""
    kind, _sign, _made = recipient.partition(":")
    return str(RECIPIENTS[recipient if kind == "nobody" else kind])
