"""The violation list: filters that live in the address, chips to take them back, and pages of rows."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, g, request, url_for
from flask_babel import lazy_gettext, ngettext

from api.console import facts
from api.console.blueprint import page
from api.console.doings import DOINGS
from api.console.menu import may_somewhere
from api.console.page import Page, draw, form_id, go, go_back, id_in, write, wrong_fields
from api.console.violation_chips import DUE, Known, chips
from api.console.violation_rows import filters_of, read, rows_of, without
from api.problems import nearest_status
from inspection import offices, read_areas, saved_views, violations
from inspection.access import Act
from inspection.countries import COUNTRIES, local_date
from inspection.errors import InspectionError, InvalidInput
from inspection.reports.titles import titles_of
from inspection.violation_orders import Sort

_ = lazy_gettext
SORTS: Mapping[str, Any] = {
    Sort.OBSTRUCTED: _("most obstructed visits first"),
    Sort.OVERDUE: _("longest overdue first"),
    Sort.DUE: _("earliest date first"),
    Sort.SEVERITY: _("gravest first"),
    Sort.OPENED: _("newest first"),
}
STATES: Mapping[str, Any] = {
    "": _("standing"),
    **facts.STATES,
}


@page("/violations", "violations")
class Violations(Page):
    """Violations in the caller's areas."""

    def get(self) -> Response:
        """A page of them. What cannot be understood in the address is said and passed over."""
        asked, wrong = read(request.args)
        found = _found(asked, wrong)
        rows, titles = rows_of(found.rows), titles_of(g.work.session, None)
        areas = read_areas.areas_of(g.work.session, g.caller)
        known = offices.page(g.work.session, g.caller, closed=False, limit=200).rows
        choices = [(str(each["id"]), facts.named(each)) for each in known]
        return draw(
            "violations",
            rows=rows,
            decides=may_somewhere(Act.DECIDE)(g.caller),
            today=local_date(g.work.now, next(iter(COUNTRIES))),
            titles=titles,
            areas=areas,
            area_names={each.area.code: each.name for each in areas},
            chips=list(chips(asked, Known(areas, titles, rows, choices))),
            asked=asked,
            wrong=wrong,
            sorts=SORTS,
            states=STATES,
            due_choices=DUE,
            kinds=_choices(titles.kinds),
            zones=_choices(titles.zones),
            office_choices=choices,
            following=_following(found.next_cursor, wrong),
            saved=saved_views.own(g.work.session, g.caller),
            keepable=_keepable(),
            form_id=form_id(),
            told=_told(),
            first=url_for("console.violations", **without(request.args, "cursor", *wrong)),
            kept=without(request.args, "cursor", "limit", *wrong),
        )


def _found(asked: dict[str, Any], wrong: list[str]) -> violations.ViolationPage:
    """The rows. What the rules make nothing of, such as a cursor that is none, is passed over and named, too."""
    while True:
        about = {name: asked[name] for name in ("sort", "cursor", "limit") if name in asked}
        try:
            return violations.page(g.work.session, g.caller, now=g.work.now, filters=filters_of(asked), **about)
        except InvalidInput as error:
            bad = {fault.pointer.strip("/") for fault in error.faults} & asked.keys()
            if not bad:
                raise
            wrong += sorted(bad)
            for name in bad:
                del asked[name]


@page("/views", "views")
class Views(Page):
    """The caller's own views of the list."""

    def post(self) -> Response:
        """Keep a view, or remove one."""
        given = request.form
        if given.get("remove"):
            view = id_in("remove")
            write(lambda work: saved_views.remove(work, g.caller, view))
            return go("violations")
        query, name, made = given.get("query", ""), given.get("name", ""), form_id()
        asked = parse_qsl(query)
        try:
            write(lambda work: saved_views.save(work, g.caller, made, name, query))
        except InspectionError as error:
            back = f"{url_for('console.violations')}?{urlencode(asked)}"
            about = {"name": name, "query": query, "form_id": form_id(), "back": back}
            return draw("view_name", nearest_status(error), wrong=wrong_fields(error), **about)
        return go_back("violations", dict(asked))


def _keepable() -> str:
    """The question of this address, as a view keeps it."""
    return urlencode(without(request.args, "cursor", "done", "times"))


def _told() -> str:
    """What was just done from here."""
    doing, times = DOINGS.get(request.args.get("done", "")), request.args.get("times", "")
    if doing is None or not (times.isascii() and times.isdigit() and len(times) < 5):
        return ""
    return str(ngettext("Done for %(num)s violation.", "Done for %(num)s violations.", int(times)))


def _choices(titles: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Words with their titles, in the order of the reader's language."""
    return sorted(((word, facts.called(title, word)) for word, title in titles.items()), key=lambda each: each[1])


def _following(cursor: str | None, wrong: Sequence[str]) -> str | None:
    if cursor is None:
        return None
    return url_for("console.violations", **without(request.args, "cursor", *wrong), cursor=cursor)
