"""The violation list: filters that live in the address, chips to take them back, and pages of rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import Response, g, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext

from api.console import facts
from api.console.blueprint import page
from api.console.doings import DOINGS
from api.console.page import Page, draw, form_id, go, write, wrong_fields
from api.console.violation_rows import filters_of, read, rows_of, without
from api.problems import nearest_status
from inspection import offices, read_areas, saved_views, violations
from inspection.errors import InspectionError
from inspection.reports.titles import Titles, titles_of
from inspection.tables.violations import STANDING
from inspection.violation_orders import Sort

_ = lazy_gettext
SORTS: Mapping[str, Any] = {
    Sort.OBSTRUCTED: _("most obstructed visits first"),
    Sort.OVERDUE: _("longest overdue first"),
    Sort.DUE: _("earliest date first"),
    Sort.SEVERITY: _("gravest first"),
    Sort.OPENED: _("newest first"),
}
DUE: Mapping[str, Any] = {"": _("any"), "true": _("overdue"), "false": _("not overdue")}
STATES: Mapping[str, Any] = {
    "": _("standing"),
    **facts.STATES,
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on. without: the address of the list without it."""

    name: str
    value: str
    without: str


@page("/violations", "violations")
class Violations(Page):
    """Violations in the caller's areas."""

    def get(self) -> Response:
        """A page of them. What cannot be understood in the address is said and passed over."""
        asked, wrong = read(request.args)
        about = {name: asked[name] for name in ("sort", "cursor", "limit") if name in asked}
        found = violations.page(g.work.session, g.caller, now=g.work.now, filters=filters_of(asked), **about)
        titles = titles_of(g.work.session, None)
        areas = read_areas.areas_of(g.work.session, g.caller)
        return draw(
            "violations",
            rows=rows_of(found.rows),
            titles=titles,
            areas=areas,
            area_names={each.area.code: each.name for each in areas},
            chips=list(_chips(asked, areas, titles)),
            asked=asked,
            wrong=wrong,
            sorts=SORTS,
            states=STATES,
            due_choices=DUE,
            kinds=_choices(titles.kinds),
            zones=_choices(titles.zones),
            office_choices=[
                (str(each["id"]), facts.named(each))
                for each in offices.page(g.work.session, g.caller, closed=False, limit=200).rows
            ],
            following=_following(found.next_cursor),
            saved=saved_views.own(g.work.session, g.caller),
            keepable=_keepable(),
            form_id=form_id(),
            told=_told(),
            first=url_for("console.violations", **without(request.args, "cursor")),
            kept=without(request.args, "cursor", "limit", *wrong),
        )


@page("/views", "views")
class Views(Page):
    """The caller's own views of the list."""

    def post(self) -> Response:
        """Keep a view, or remove one."""
        given = request.form
        if given.get("remove"):
            write(lambda work: saved_views.remove(work, g.caller, UUID(given["remove"])))
            return go("violations")
        query, name, made = given.get("query", ""), given.get("name", ""), form_id()
        asked: dict[str, Any] = dict(parse_qsl(query))
        try:
            write(lambda work: saved_views.save(work, g.caller, made, name, query))
        except InspectionError as error:
            back = url_for("console.violations", **asked)
            about = {"name": name, "query": query, "form_id": form_id(), "back": back}
            return draw("view_name", nearest_status(error), wrong=wrong_fields(error), **about)
        return go("violations", **asked)


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


def _following(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return url_for("console.violations", **without(request.args, "cursor"), cursor=cursor)


def _chips(asked: Mapping[str, Any], areas: Sequence[read_areas.Named], titles: Titles) -> Iterator[Chip]:
    """The filters that are on, in words."""
    called = {each.area.code: facts.called(each.name) for each in areas}
    for name, label, value in _said(asked, called, titles):
        left = url_for("console.violations", **without(request.args, name, "cursor"))
        yield Chip(label, str(value), left)


def _said(asked: Mapping[str, Any], areas: Mapping[str, str], titles: Titles) -> Iterator[tuple[str, str, Any]]:
    if code := asked.get("area"):
        yield "area", gettext("Area"), areas.get(code, code)
    if text := asked.get("text"):
        yield "text", gettext("Words"), text
    if "state" in request.args and asked["state"] != [state.value for state in STANDING]:
        yield "state", gettext("State"), ", ".join(str(facts.STATES[state]) for state in asked["state"])
    if (overdue := asked.get("overdue")) is not None:
        yield "overdue", gettext("Due"), DUE["true" if overdue else "false"]
    for name, label, words in (
        ("severity", gettext("Severity"), facts.SEVERITIES),
        ("group", gettext("Group"), facts.GROUPS),
        ("ownership", gettext("Owner"), facts.OWNERSHIPS),
    ):
        if value := asked.get(name):
            yield name, label, words[str(value)]
    for name, label, named in (("kind", gettext("Kind"), titles.kinds), ("zone", gettext("Zone"), titles.zones)):
        if value := asked.get(name):
            yield name, label, facts.called(named.get(value), value)
    for name, label in (("due_before", gettext("Due before")), ("due_after", gettext("Due after"))):
        if value := asked.get(name):
            yield name, label, facts.day(value)
    for name, label in (
        ("operator_id", gettext("Operator")),
        ("facility", gettext("Facility")),
        ("office", gettext("Office")),
        ("criterion", gettext("Requirement")),
    ):
        if value := asked.get(name):
            yield name, label, value
