"""What the bar at the top of every page leads to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from inspection.access import Act, Caller
from inspection.tables.areas import Level


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. here: the page that is shown belongs to it."""

    title: str
    address: str
    here: bool


def menu(caller: Caller | None) -> Sequence[Entry]:
    """The entries of a caller; none for who is not signed in."""
    if caller is None:
        return ()
    named = [
        ("overview", _("Overview")),
        ("violations", _("Violations")),
        ("ranks", _("Worst places")),
        ("map", _("Map")),
        ("followups", _("Re-checks")),
    ]
    if any(caller.reach(Act.SUBMIT_AUDIT, level) for level in Level):
        named.append(("tours", _("Tours")))
    return [Entry(title, url_for(f"console.{name}"), _is_here(name)) for name, title in named]


def _is_here(name: str) -> bool:
    endpoint: Any = request.endpoint or ""
    return bool(
        endpoint.removeprefix("console.").split("_")[0] == name.removesuffix("s") or endpoint == f"console.{name}"
    )
