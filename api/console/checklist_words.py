"""What a requirement of a checklist says, field by field, and how two versions of it differ."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, gettext, lazy_gettext

from api.console import facts
from api.mail.judged import with_unit
from inspection.checklist_differences import Became, Difference
from inspection.reports.titles import Titles

_ = lazy_gettext
Criterion = Mapping[str, Any]
FIELDS: Mapping[str, Any] = {
    "title": _("Requirement"),
    "zone": _("Zone"),
    "kind": _("Kind of answer"),
    "unit": _("Unit"),
    "rule": _("Limit"),
    "severity": _("Severity"),
    "groups": _("Group"),
    "applies_to": _("Kinds of places"),
    "applies_if": _("Only asked if"),
    "remediation_days": _("Days to remedy it"),
    "guidance": _("How it is measured"),
    "source": _("Where the limit comes from"),
    "basis": _("What the limit rests on"),
    "also": _("Other norms"),
    "block": _("Share of visits that it obstructs"),
    "evidence": _("Evidence"),
}
SIGNS: Mapping[str, str] = {"min": "≥", "max": "≤"}


@dataclass(frozen=True, slots=True)
class Change:
    """A field that says otherwise. before, after: in words."""

    field: str
    before: str
    after: str


def limit(criterion: Criterion) -> str:
    """What is to be measured or answered; codes of the catalogue stand as they are."""
    rule = criterion["rule"]
    if rule["op"] in SIGNS and set(rule) <= {"op", "value", "relaxed"}:
        said = _bounded(rule["op"], rule["value"], criterion)
        if relaxed := rule.get("relaxed"):
            least = _bounded(rule["op"], relaxed["value"], criterion)
            when = facts.called(relaxed.get("when"))
            said += " " + gettext("(relaxed: %(limit)s; %(when)s)", limit=least, when=when)
        return said
    if rule["op"] == "is":
        return _plain(rule["value"])
    if rule["op"] == "one_of":
        return _plain(rule["pass"])
    if rule["op"] == "min_per" and not rule.get("steps"):
        return f"≥ {_plain(rule['value'])} / {_plain(rule['per'])} ({rule['of']})"
    return _plain(rule)


def changes(difference: Difference, before: Criterion, after: Criterion, titles: Titles) -> Sequence[Change]:
    """What a changed requirement said and says now, field by field."""
    return [
        Change(str(FIELDS.get(name, name)), *_both(name, before, after, titles))
        for name in (difference.fields if difference.became is Became.CHANGED else ())
    ]


def _both(name: str, before: Criterion, after: Criterion, titles: Titles) -> tuple[str, str]:
    was, says = (_said(name, criterion, titles) or "—" for criterion in (before, after))
    if was == says:  # what differs is not among what is said of it to people
        was, says = (_plain(criterion.get(name, "—")) for criterion in (before, after))
    return was, says


def _bounded(op: str, value: float, criterion: Criterion) -> str:
    return with_unit(f"{SIGNS[op]} {format_decimal(value)}", criterion.get("unit"), facts.written())


def _said(name: str, criterion: Criterion, titles: Titles) -> str:
    value = criterion.get(name)
    if value is None:
        return ""
    if name == "rule":
        return limit(criterion)
    words: Mapping[str, Callable[[Any], str]] = {
        "title": facts.called,
        "guidance": facts.called,
        "severity": lambda said: str(facts.SEVERITIES.get(said, said)),
        "groups": lambda said: ", ".join(str(facts.GROUPS.get(group, group)) for group in said),
        "zone": lambda said: facts.called(titles.zones.get(said), said),
        "applies_to": lambda said: _kinds(said, titles),
    }
    return words.get(name, _plain)(value)


def _kinds(said: str | Sequence[str], titles: Titles) -> str:
    if isinstance(said, str):
        return said
    return ", ".join(facts.called(titles.kinds.get(kind), kind) for kind in said)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, int | float):
        return str(format_decimal(value))
    if isinstance(value, Mapping):
        return "; ".join(_pairs(value))
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    return str(value)


def _pairs(value: Mapping[str, Any]) -> Iterator[str]:
    for name, held in value.items():
        if held is not None:
            yield f"{facts.GROUPS.get(name, name)}: {_plain(held)}"
