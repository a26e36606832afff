"""The stages of notices in words: what brings one, whom it tells, and how one edition differs from another."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from api.console import facts
from inspection.notices.preview import Span
from inspection.notices.stages import Recipient, Stage, Stages

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


def when(stage: Stage) -> str:
    """What brings a stage."""
    return str(ACTS[stage.act.value]) if stage.act is not None else on_day(stage.days or 0)


def on_day(days: int) -> str:
    """A day counted from the due date."""
    if days < 0:
        return str(ngettext("%(num)s day before the due date", "%(num)s days before the due date", -days))
    if days == 1:
        return str(gettext("the day after the due date"))
    return str(ngettext("%(num)s day after the due date", "%(num)s days after the due date", days))


def whom(to: Iterable[Recipient]) -> str:
    """Recipients, as a list of words."""
    return ", ".join(str(RECIPIENTS[kind]) for kind in to)


def changes(before: Stages, after: Stages) -> Iterator[str]:
    """What is different, stage by stage."""
    for stage in after.by_name.values():
        held = before.by_name.get(stage.name)
        if held is None:
            said = {"when": when(stage), "whom": whom(stage.to)}
            yield gettext("New: %(when)s, to: %(whom)s.", **said)
            continue
        if held.days != stage.days:
            yield gettext("%(before)s becomes: %(after)s.", before=when(held), after=when(stage))
        yield from _told_otherwise(held, stage)
    for stage in before.by_name.values():
        if stage.name not in after.by_name:
            yield gettext("No more letters: %(when)s.", when=when(stage))


def _told_otherwise(held: Stage, stage: Stage) -> Iterator[str]:
    said = {"when": when(stage)}
    if more := [kind for kind in stage.to if kind not in held.to]:
        yield gettext("%(when)s: now also to %(whom)s.", **said, whom=whom(more))
    if fewer := [kind for kind in held.to if kind not in stage.to]:
        yield gettext("%(when)s: no more to %(whom)s.", **said, whom=whom(fewer))


def span(dates: Span) -> str:
    """Due dates from one day to another."""
    first, last = dates
    if first == last and first is not None:
        return facts.day(first)
    if first is not None and last is not None:
        return str(gettext("from %(first)s to %(last)s", first=facts.day(first), last=facts.day(last)))
    if last is not None:
        return str(gettext("all up to %(last)s", last=facts.day(last)))
    return str(gettext("all from %(first)s on", first=facts.day(first)) if first is not None else gettext("all"))


def day_before(day: date) -> date:
    """The last day of what ends where another begins."""
    return day - timedelta(days=1)
