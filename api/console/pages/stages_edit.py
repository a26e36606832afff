"""Changing the stages of a country: a form, a look ahead, and a yes; and taking back what has not begun."""

from typing import Any
from uuid import UUID

from flask import Response, g, request

from api.console import stage_words
from api.console.blueprint import page
from api.console.languages import language
from api.console.page import Page, draw, form_id, go, write
from api.console.pages.stages import name_of
from api.console.stage_form import acts_of, rows_of, wish_of, wrong_in
from api.wiring import wiring
from inspection.access import Act, require_for_country
from inspection.errors import InspectionError, NotFound, StaleVersion
from inspection.notices import editions
from inspection.notices.preview import preview
from inspection.notices.stages import FARTHEST

OF_THE_PAGE = ("csrf_token", "do", "id", "replaces")


@page("/stages/<country>", "stages_edit")
class StagesEdit(Page):
    """The form of one country."""

    def get(self, country: str) -> Response:
        """The stages in force, to be changed."""
        require_for_country(g.caller, Act.ADMINISTER, country)
        return _form(country)

    def post(self, country: str) -> Response:
        """Look ahead, save, go back to the form, or take back what is planned."""
        require_for_country(g.caller, Act.ADMINISTER, country)
        match request.form.get("do"):
            case "back":
                return _take_back(country)
            case "change":
                return _form(country)
        held = editions.listed(g.work.session, country, g.work.now)
        rows = rows_of(held, request.form)
        wish = wish_of(form_id(), country, rows, request.form)
        try:
            if request.form.get("do") == "save":
                write(lambda work: editions.add(work, g.caller, wish))
                return go("stages", done="planned")
            _, new = editions.foresee(g.work.session, g.caller, wish, g.work.now)
            seen = preview(g.work, g.caller, wish)
        except InspectionError as error:
            wrong = wrong_in(error, rows, wiring().phrasebook, language())
            return _form(country, wrong, stale=isinstance(error, StaleVersion))
        return draw(
            "stages_preview",
            country=country,
            name=name_of(country),
            wish=wish,
            seen=seen,
            changes=list(stage_words.changes(held.in_force.stages, new)),
            words=stage_words,
            kept=[each for each in request.form.items(multi=True) if each[0] not in OF_THE_PAGE],
        )


def _take_back(country: str) -> Response:
    try:
        made = UUID(request.form.get("edition", ""))
    except ValueError:
        raise NotFound("there is no such edition", kind=editions.KIND) from None
    try:
        write(lambda work: editions.take_back(work, g.caller, made))
    except NotFound:
        raise
    except InspectionError as error:
        return _form(country, {"": wiring().phrasebook.say(error.message, language())})
    return go("stages", done="taken_back")


def _form(country: str, wrong: dict[str, str] | None = None, *, stale: bool = False) -> Response:
    held = editions.listed(g.work.session, country, g.work.now)
    form: Any = request.form
    return draw(
        "stages_edit",
        422 if wrong else 200,
        country=country,
        name=name_of(country),
        held=held,
        rows=rows_of(held, form),
        acts=acts_of(held, form),
        valid_from=form.get("valid_from") or held.first_day.isoformat(),
        form_id=form_id(),
        # Whoever comes second sees what is in force now, and looks ahead from there.
        replaces=held.newest if stale or "replaces" not in form else form["replaces"],
        farthest=FARTHEST,
        words=stage_words,
        wrong=wrong or {},
        stale=stale,
    )
