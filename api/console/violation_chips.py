"""The filters of the violation list that are on, in words, each with the way to take it off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext, lazy_gettext

from api.console import facts
from api.console.violation_rows import without
from inspection import facility_lists, operators
from inspection.errors import NotFound
from inspection.read_areas import Named
from inspection.reports.titles import Titles
from inspection.tables.violations import STANDING

_ = lazy_gettext
DUE: Mapping[str, Any] = {"": _("any"), "true": _("overdue"), "false": _("not overdue")}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on. without: the address of the list without it."""

    name: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Known:
    """By what the filters are called. rows: of the list; offices: their ids and names."""

    areas: Sequence[Named]
    titles: Titles
    rows: Sequence[Mapping[str, Any]]
    offices: Sequence[tuple[str, str]]


def chips(asked: Mapping[str, Any], known: Known) -> Iterator[Chip]:
    """The filters that are on."""
    for name, label, value in (*_plain(asked, known), *_things(asked, known)):
        left = url_for("console.violations", **without(request.args, name, "cursor"))
        yield Chip(label, str(value), left)


def _plain(asked: Mapping[str, Any], known: Known) -> Iterator[tuple[str, str, Any]]:
    titles = known.titles
    if code := asked.get("area"):
        yield (
            "area",
            gettext("Area"),
            {each.area.code: facts.called(each.name) for each in known.areas}.get(code, code),
        )
    if text := asked.get("text"):
        yield "text", gettext("Words"), text
    if "state" in request.args and asked.get("state", STANDING) != [state.value for state in STANDING]:
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


def _things(asked: Mapping[str, Any], known: Known) -> Iterator[tuple[str, str, str]]:
    """Filters by one place, operator, office or requirement: by name, for an id says nothing to anybody."""
    first = known.rows[0] if known.rows else {}
    if made := asked.get("facility"):
        row = first.get("facility") or facility_lists.several(g.work.session, g.caller, [made]).get(made, {})
        yield "facility", gettext("Facility"), facts.named(row) or gettext("not known")
    if made := asked.get("operator_id"):
        yield "operator_id", gettext("Operator"), _operator(made, first.get("operator")) or gettext("not known")
    if made := asked.get("office"):
        yield "office", gettext("Office"), dict(known.offices).get(str(made)) or gettext("not known")
    if name := asked.get("criterion"):
        yield "criterion", gettext("Requirement"), first.get("title", name)


def _operator(made: Any, held: Mapping[str, Any] | None) -> str:
    try:
        return facts.named(held or operators.one(g.work.session, g.caller, made))
    except NotFound:
        return ""
