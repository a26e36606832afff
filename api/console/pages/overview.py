"""Overview: the figures of one area, each a link to what it counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, g, request, url_for
from flask_babel import lazy_gettext as _

from api.console.blueprint import page
from api.console.page import Page, draw
from inspection import read_areas
from inspection.countries import local_date
from inspection.digests.figures import AreaFigures, area_figures, soon
from inspection.digests.weeks import week_of
from inspection.errors import NotFound

# What stands at the top, and the query of the violation list that shows just these rows.
NOW: Sequence[tuple[str, Any, str]] = (
    ("overdue", _("overdue violations"), "overdue"),
    ("falling_due", _("fall due within a week"), "soon"),
    ("open", _("open violations"), "later"),
)
WEEK: Sequence[tuple[str, Any]] = (
    ("found", _("violations found")),
    ("remedied_in_time", _("remedied in time")),
    ("remedied_late", _("remedied late")),
)
WAITING: Sequence[tuple[str, Any]] = (
    ("replies", _("answers of operators")),
    ("reviews", _("cases to look at")),
    ("rechecks", _("re-checks that are due")),
    ("undelivered", _("letters to bring by hand")),
)


@page("/", "overview")
class Overview(Page):
    """The first page after signing in."""

    def get(self) -> Response:
        """The figures of the area that was chosen, or of the caller's first."""
        areas = read_areas.areas_of(g.work.session, g.caller)
        if not areas:
            return draw("nothing", areas=())
        asked = request.args.get("area")
        chosen = next((each for each in areas if each.area.code == asked), None)
        if chosen is None and asked:
            chosen = read_areas.one(g.work.session, g.caller, asked)
        chosen = chosen or areas[0]
        today = local_date(g.work.now, chosen.area.country)
        figures = area_figures(g.work, chosen.area, week_of(today))
        return draw(
            "overview",
            areas=areas,
            chosen=chosen,
            figures=figures,
            now=[(*each, _list_of(figures, each[0])) for each in NOW],
            week=WEEK,
            waiting=WAITING,
            most=max((part.numbers["open"] for part in figures.parts), default=0),
        )


def _list_of(figures: AreaFigures, name: str, area: str | None = None) -> str:
    """The violation list that shows just what a figure counts."""
    falls = soon(figures.today)
    queries: Mapping[str, Mapping[str, Any]] = {
        "overdue": {"overdue": "true", "sort": "obstructed"},
        "falling_due": {"due_after": falls.due_after, "due_before": falls.due_before, "sort": "due"},
        "open": {"sort": "obstructed"},
    }
    return url_for("console.violations", area=area or figures.area.code, **queries[name])


@page("/<path:rest>", "unknown")
class Unknown(Page):
    """Every address that leads to no page."""

    def get(self, rest: str) -> Response:  # noqa: ARG002
        """Say so as a page."""
        raise NotFound("there is no such object")
