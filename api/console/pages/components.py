"""All pieces that pages are made of, each in every state: what is changed in the style sheet is looked at here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from flask import Response, g
from flask_babel import lazy_gettext

from api.console import facts
from api.console.blueprint import page
from api.console.page import Page, draw
from api.wiring import wiring
from inspection.access import NEEDS, Act
from inspection.errors import Forbidden
from inspection.tables.areas import Level

_ = lazy_gettext
# How urgent something is, by the days that are left; None: nobody was told a date.
URGENCIES: Sequence[tuple[str, int | None]] = (
    ("overdue", -135),
    ("soon", 0),
    ("soon", 6),
    ("later", 48),
    ("untold", None),
)
SPOTS: Mapping[str, Any] = {
    "overdue": _("overdue"),
    "open": _("open"),
    "unaudited": _("not known"),
    "clear": _("fully accessible"),
}
VALUES = (467.0, 203.5, 9.4, 0.0)


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as `review_marks` draws it. wrong: what is wrong, by field."""

    given: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, Any] = field(default_factory=dict)


@page("/_components", "components")
class Components(Page):
    """The pieces, drawn by the macros that the pages use."""

    def get(self) -> Response:
        """For administrators; in a demo for everybody who is signed in."""
        administers = any(g.caller.reach(Act.ADMINISTER, level) for level in Level)
        if not (administers or wiring().settings.demo):
            raise Forbidden(NEEDS[Act.ADMINISTER], act=Act.ADMINISTER.value)
        wrong = {"until": _("Say until when."), "words": _("Say why: it stands in the history for good.")}
        return draw(
            "components",
            due_rows=[{"urgency": name, "days_left": days} for name, days in URGENCIES],
            state_rows=[{"state": state, "extended_until": state == "open"} for state in facts.STATES],
            spots=SPOTS,
            values=VALUES,
            right=Typed(),
            wrong=Typed({"until": "2001-01-01"}, wrong),
            section=_section(stacked=False),
            stacked=_section(stacked=True),
            found=SimpleNamespace(first="#pager", following="#pager"),
            place=_("Place"),
        )


def _section(*, stacked: bool) -> SimpleNamespace:
    """Bars of a report with five parts, as `reports` gives them to their macro."""
    return SimpleNamespace(stacked=stacked, parts=[SimpleNamespace(at=n, part=n) for n in range(5)])
