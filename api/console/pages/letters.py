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
            here_path=url_for("console.letters"),
        )
