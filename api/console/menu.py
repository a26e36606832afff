"""What the bar at the top of every page leads to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _

from inspection.access import Act, Caller
from inspection.tables.areas import Level


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the console. pages: names of its pages, the first of which the bar leads to. acts: who gets it is
    who may do one of these somewhere.
    """

    title: Any
    pages: tuple[str, ...]
    acts: tuple[Act, ...] = (Act.READ,)


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
    Part(_("People"), ("people", "person"), (Act.ADMINISTER, Act.ENROL)),
    Part(_("Checklists"), ("checklists", "checklist"), (Act.ADMINISTER,)),
    Part(_("Jobs"), ("jobs",), (Act.ADMINISTER,)),
)


def menu(caller: Caller | None) -> Sequence[Entry]:
    """The entries of a caller; none for who is not signed in."""
    if caller is None:
        return ()
    here = (request.endpoint or "").removeprefix("console.")
    mine = [part for part in PARTS if any(caller.reach(act, level) for act in part.acts for level in Level)]
    return [Entry(str(part.title), url_for(f"console.{part.pages[0]}"), here in part.pages) for part in mine]
