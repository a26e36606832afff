"""Letters that no mail server took: somebody has to bring them by hand, and says that it was done."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, g, request, url_for
from flask_babel import gettext, lazy_gettext

from api.console.attempts import Attempt, blank, sent
from api.console.blueprint import page
from api.console.lists import listed, said_in_address
from api.console.page import Page, draw, go
from api.disclosing import discloses
from api.openapi import PREFIX
from inspection import facility_lists, read_areas
from inspection.access import Act, Place, may
from inspection.countries import local_date
from inspection.keyset import Page as Rows
from inspection.notices import reading
from inspection.notices.reading import Delivery
from inspection.tables.areas import Level
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

ON_PAPER = [state.value for state in reading.ON_PAPER]
LONGEST = 500  # characters


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
            printed=f"{PREFIX}/letters.pdf?{urlencode({**_asked(), 'limit': max(len(found.rows), 1)})}",
            hands_over=any(g.caller.reach(Act.PRESCRIBE, level) for level in Level),
            done=request.args.get("done", ""),
        )


@page("/letters/<uuid:letter_id>/delivered", "letter_delivered")
class Delivered(Page):
    """That a letter was handed over."""

    @discloses(Kind.LETTERS)
    def get(self, letter_id: UUID) -> Response:
        """Ask when, and to whom or how."""
        return _draw(letter_id, blank())

    def post(self, letter_id: UUID) -> Response:
        """Write it down."""
        form = sent()
        day, how = _day(form), form.words("how")
        if not how:
            form.refuse("how", gettext("Say to whom, or by which post."))
        elif len(how) > LONGEST:
            form.refuse("how", gettext("This is too long."))
        if day and form.tried(lambda work: reading.deliver(work, g.caller, letter_id, Delivery(day, how))):
            return go("letters", done="delivered")
        return _draw(letter_id, form)


def _asked() -> dict[str, str]:
    """Which letters the address asks for."""
    return {name: said for name in ("area", "cursor") if (said := said_in_address(name))}


def _day(form: Attempt) -> date | None:
    try:
        return date.fromisoformat(form.words("delivered_on"))
    except ValueError:
        form.refuse("delivered_on", gettext("This is no date. Write it as 2026-12-31."))
        return None


def _draw(letter_id: UUID, form: Attempt) -> Response:
    letter = reading.found(g.work.session, g.caller, letter_id)
    place = Place(letter.country, letter.region_code, letter.district_code)
    return draw(
        "letter_delivered",
        form.status,
        letter=letter,
        place=facility_lists.several(g.work.session, g.caller, [letter.facility_id]).get(letter.facility_id, {}),
        form=form,
        today=local_date(g.work.now, letter.country),
        open=letter.state in ON_PAPER and may(g.caller, Act.PRESCRIBE, place),
    )


def _whom(recipient: str) -> str:
    """Who a letter is for."""
    kind, _sign, _made = recipient.partition(":")
    return str(RECIPIENTS[recipient if kind == "nobody" else kind])
