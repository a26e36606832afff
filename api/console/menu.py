"""What the bar at the top of every page leads to."""

from collections.abc import Callable, Sequence
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


PARTS: Sequence[Part] = (
    Part(_("Overview"), ("overview",)),
    Part(_("Violations"), ("violations", "violation", "several")),
    Part(_("Worst places"), ("ranks", "facility")),
    Part(_("Map"), ("map",)),
    Part(_("Re-checks"), ("followups",)),
    Part(_("Tours"), ("tours", "tour"), may_somewhere(Act.SUBMIT_AUDIT)),
    Part(_("Review"), ("review",), lambda caller: bool(queues_of(caller))),
    Part(_("Reports"), ("reports", "report")),
    Part(_("People"), ("people", "person"), may_somewhere(Act.ADMINISTER, Act.ENROL)),
    Part(_("Checklists"), ("checklists", "checklist"), may_somewhere(Act.ADMINISTER)),
    Part(
        _("Boundaries"),
        ("boundaries", "boundary"),
        lambda caller: bool(caller.reach(Act.ADMINISTER, Level.COUNTRY)),
    ),
    Part(_("My tasks"), ("tasks", "task")),
    Part(_("Jobs"), ("jobs",), may_somewhere(Act.ADMINISTER)),
)


def menu(caller: Caller | None) -> Sequence[Entry]:
    """The entries of a caller; none for who is not signed in."""
    if caller is None:
        return ()
    here = (request.endpoint or "").removeprefix("console.")
    mine = [part for part in PARTS if part.given_to(caller)]
    return [Entry(str(part.title), url_for(f"console.{part.pages[0]}"), part.holds(here)) for part in mine]
