"""What the bar at the top of every page leads to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _

from api.console.queues import queues_of
from inspection.access import Act, Caller
from inspection.tables.areas import Level


def may_somewhere(*acts: Act) -> Callable[[Caller], bool]:
    """Whether a caller may do one of these in some area."""
    return lambda caller: any(caller.reach(act, level) for act in acts for level in Level)


READERS = may_somewhere(Act.READ)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the console. pages: names of its pages, or what they begin with; the bar leads to the first.

    given_to: who gets it.
    """

    title: Any
    pages: tuple[str, ...]
    given_to: Callable[[Caller], bool] = READERS

    def holds(self, name: str) -> bool:
        """Whether a page belongs to it."""
        return any(name == own or name.startswith(f"{own}_") for own in self.pages)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. here: the page that is shown belongs to it."""

    title: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """A page of settings, and what it is about."""

    title: Any
    about: Any
    given_to: Callable[[Caller], bool]


SETTINGS: Mapping[str, Setting] = {
    "boundaries": Setting(
        _("Areas and boundaries"),
        _("Editions of boundaries, and a look at a file before it is imported."),
        lambda caller: bool(caller.reach(Act.ADMINISTER, Level.COUNTRY)),
    ),
    "stages": Setting(
        _("Stages of notices"),
        _("When letters about a due date go out, and to whom."),
        may_somewhere(Act.ADMINISTER, Act.PRESCRIBE),
    ),
    "mail_test": Setting(
        _("Does mail leave?"),
        _("A test mail to yourself, and what the mail server says to it."),
        may_somewhere(Act.ADMINISTER),
    ),
    "jobs": Setting(
        _("Jobs"), _("What the service does by itself, and what failed."), may_somewhere(Act.ADMINISTER)
    ),
}
PARTS: Sequence[Part] = (
    Part(_("Overview"), ("overview", "obstructed", "letters", "letter")),
    Part(_("Violations"), ("violations", "violation", "several")),
    Part(_("Worst places"), ("ranks", "facility")),
    Part(_("Map"), ("map",)),
    Part(_("Re-checks"), ("followups",)),
    Part(_("Tours"), ("tours", "tour"), may_somewhere(Act.SUBMIT_AUDIT)),
    Part(_("Review"), ("review",), lambda caller: bool(queues_of(caller))),
    Part(_("Reports"), ("reports", "report")),
    Part(_("People"), ("people", "person"), may_somewhere(Act.ADMINISTER, Act.ENROL)),
    Part(_("Checklists"), ("checklists", "checklist"), may_somewhere(Act.ADMINISTER)),
    Part(_("My tasks"), ("tasks", "task")),
    Part(
        _("Settings"),
        ("settings", *SETTINGS),
        lambda caller: any(each.given_to(caller) for each in SETTINGS.values()),
    ),
)


def menu(caller: Caller | None) -> Sequence[Entry]:
    """The entries of a caller; none for who is not signed in."""
    if caller is None:
        return ()
    here = (request.endpoint or "").removeprefix("console.")
    mine = [part for part in PARTS if part.given_to(caller)]
    return [Entry(str(part.title), url_for(f"console.{part.pages[0]}"), part.holds(here)) for part in mine]
