"""The violation list: filters that live in the address, chips to take them back, and pages of rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, g, request, url_for
from flask_babel import gettext, lazy_gettext
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from api.console import facts
from api.console.blueprint import page
from api.console.page import Page, draw
from api.views.violations import ViolationQuery
from inspection import offices, read_areas, violations
from inspection.criterion_titles import judged_by, titles_of_versions
from inspection.reports.titles import Titles, titles_of
from inspection.tables.violations import STANDING, ViolationState
from inspection.violation_filters import Filters
from inspection.violation_orders import Sort

_ = lazy_gettext
ROWS = 50
SORTS: Mapping[str, Any] = {
    Sort.OBSTRUCTED: _("most obstructed visits first"),
    Sort.OVERDUE: _("longest overdue first"),
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
            first=url_for("console.violations", **without(request.args, "cursor")),
        )


def read(given: "MultiDict[str, str]") -> tuple[dict[str, Any], list[str]]:
    """What a query asks for, and the names of parameters that say nothing that is understood."""
    schema, wrong = ViolationQuery(), []
    known = {name: value for name, value in given.items() if name in schema.fields and value.strip()}
    known.setdefault("sort", Sort.OBSTRUCTED.value)
    known.setdefault("limit", str(ROWS))
    while True:
        try:
            asked: dict[str, Any] = schema.load(known)
        except ValidationError as error:
            bad = [name for name in error.messages_dict if name in known]
            if not bad:
                raise
            wrong += bad
            known = {name: value for name, value in known.items() if name not in bad}
        else:
            return asked, wrong


def filters_of(asked: Mapping[str, Any]) -> Filters:
    """The filters of the list that a query asks for."""
    beside = ("sort", "cursor", "limit", "total", "state")
    states = tuple(ViolationState(state) for state in asked.get("state", STANDING))
    return Filters(states=states, **{name: value for name, value in asked.items() if name not in beside})


def rows_of(held: Sequence[str]) -> list[dict[str, Any]]:
    """Rows as the list has them, each with the words of what was required."""
    rows = [orjson.loads(row) for row in held]
    said = titles_of_versions(g.work.session, {judged_by(row) for row in rows})
    for row in rows:
        row["title"] = facts.called(said.get(judged_by(row), {}).get(row["criterion"]), row["criterion"])
        row["urgency"] = facts.date_class(row)
    return rows


def without(given: "MultiDict[str, str]", *names: str) -> dict[str, Any]:
    """A query without some of its parameters, and without those that say nothing."""
    dropped = {*names, "lang"}
    return {name: value for name, value in given.items() if name not in dropped and value.strip()}


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
