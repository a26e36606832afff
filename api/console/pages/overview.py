"""Overview: the figures of one area, each a link to what it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, g, request, url_for
from flask_babel import lazy_gettext as _

from api.console import facts
from api.console.areas import chosen_area
from api.console.blueprint import page
from api.console.page import Page, draw
from api.console.pages.obstructed import half_year
from inspection import read_areas
from inspection.countries import local_date
from inspection.digests.figures import FOUND, IN_TIME, LATE, AreaFigures, Part, area_figures, soon
from inspection.digests.readers import ReadArea
from inspection.digests.weeks import week_of
from inspection.errors import NotFound
from inspection.followups import POOL
from inspection.periods import Period
from inspection.reports import happened, obstructed
from inspection.reports.asked import Asked, By, Path
from inspection.tables.areas import Level

# What stands at the top, how it looks, and the figures that each district has too.
NOW: Sequence[tuple[str, Any, str]] = (
    ("overdue", _("overdue violations"), "overdue"),
    ("falling_due", _("fall due within a week"), "soon"),
    ("open", _("open violations"), "later"),
)
HAPPENED: Mapping[Path, Any] = {
    happened.CHECKS: _("checks"),
    happened.FOUND: _("violations found"),
    happened.PRESCRIBED: _("prescriptions issued"),
    happened.IN_TIME: _("remedied in time"),
    happened.LATE: _("remedied late"),
    happened.EXTENDED: _("dates extended"),
}
FOUND_IN: Mapping[str, Path] = {  # what the past week brought in each district, as `AreaFigures` names it
    FOUND: happened.FOUND,
    IN_TIME: happened.IN_TIME,
    LATE: happened.LATE,
}
WAITING: Sequence[tuple[str, Any]] = (
    ("replies", _("answers of operators")),
    ("reviews", _("cases to look at")),
    ("rechecks", _("re-checks that are due")),
    ("undelivered", _("letters to bring by hand")),
)
LENGTHS: Mapping[str, tuple[int, Any]] = {  # of the period whose checks are counted, in days
    "month": (30, _("30 days")),
    "quarter": (91, _("quarter of a year")),
    "half": (182, _("half a year")),
    "year": (365, _("year")),
}


@dataclass(frozen=True, slots=True)
class Days:
    """A period of an area whose figures lead to their rows."""

    area: ReadArea
    period: Period

    @property
    def by(self) -> By:
        """What the rows of its report are."""
        return By.REGION if self.area.level == Level.COUNTRY else By.DISTRICT

    def asked(self) -> Asked:
        """As a report asks for it."""
        return Asked(g.work.session, self.area.reader(), self.period, self.by, None, g.work.now)

    def rows(self, *path: str, **key: str | None) -> str:
        """The page of the rows that a figure counts. key: of the part alone that it is about, None: not known."""
        asked: dict[str, Any] = {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        asked |= {"area": self.area.code, "by": self.by.value, "figure": ".".join(path)}
        if key:
            asked |= {"key": key["key"]} if key["key"] else {"unnamed": "1"}
        return url_for("console.report_rows", **asked)


@page("/", "overview")
class Overview(Page):
    """The first page after signing in."""

    def get(self) -> Response:
        """The figures of the area that was chosen, or of the caller's first."""
        areas = read_areas.areas_of(g.work.session, g.caller)
        if not areas:
            return draw("nothing", areas=())
        chosen = chosen_area(areas)
        today = local_date(g.work.now, chosen.area.country)
        monday = week_of(today)
        figures = area_figures(g.work, chosen.area, monday)
        last = Days(chosen.area, figures.week)
        visits = {each.key: each.visits for each in obstructed.sums(last.asked())}
        length = said if (said := request.args.get("checks", "")) in LENGTHS else "quarter"
        return draw(
            "overview",
            areas=areas,
            chosen=chosen,
            figures=figures,
            now=NOW,
            list_of=lambda name, code=None: _list_of(today, name, code or chosen.area.code),
            week=_week(Days(chosen.area, Period(monday, today)), last, figures),
            found_in=lambda name, code: last.rows(*FOUND_IN[name], key=code),
            waiting=[(title, figures.numbers[name], waiting_at(name, chosen.area)) for name, title in WAITING],
            checks=_checks(chosen.area, today, length),
            lengths=LENGTHS,
            length=length,
            visits_now=sum(visits.values()),
            half_year=half_year(chosen.area) if chosen.area.level == Level.DISTRICT else None,
            visits_by_part=visits,
            longest=_longest(figures.parts) | {"visits": max(visits.values(), default=0.0)},
        )


def _list_of(today: date, name: str, area: str) -> str:
    """The violation list that shows just what a figure counts."""
    falls = soon(today)
    queries: Mapping[str, Mapping[str, Any]] = {
        "overdue": {"overdue": "true", "sort": "obstructed"},
        "falling_due": {"due_after": falls.due_after, "due_before": falls.due_before, "sort": "due"},
        "open": {"sort": "obstructed"},
    }
    return url_for("console.violations", area=area, **queries[name])


def waiting_at(name: str, area: ReadArea) -> str:
    """The list of what waits for somebody."""
    if name == "rechecks":
        return url_for("console.followups", area=area.code, due="true", assignee=POOL)
    lists = {"replies": "review_replies", "reviews": "review_cases", "undelivered": "letters"}
    return url_for(f"console.{lists[name]}", area=area.code)


def _week(this: Days, last: Days, figures: AreaFigures) -> Mapping[str, Any]:
    """What happened in this week so far and in the last one, figure by figure, each with its rows."""
    known = {path: figures.numbers[name] for name, path in FOUND_IN.items()}
    counted = [(this, happened.happened(this.asked())), (last, happened.happened(last.asked(), known))]
    rows = [
        (title, [(numbers[path], days.rows(*path)) for days, numbers in counted])
        for path, title in HAPPENED.items()
    ]
    return {"this": this.period, "last": last.period, "rows": rows}


def _checks(area: ReadArea, today: date, length: str) -> Mapping[str, Any]:
    """Checks by ground in the days up to today."""
    days = Days(area, Period(today - timedelta(days=LENGTHS[length][0] - 1), today))
    counted = happened.grounds(days.asked())
    grounds = [(facts.GROUNDS[name], counted.get(name, 0), days.rows("checks", name)) for name in facts.GROUNDS]
    total = counted.get("total", 0), days.rows("checks", "total")
    return {"period": days.period, "grounds": grounds, "total": total, "most": max(each[1] for each in grounds)}


def _longest(parts: Sequence[Part]) -> dict[str, float]:
    """What fills a whole bar, by figure."""
    return {name: max((part.numbers[name] for part in parts), default=0) for name in ("open", "overdue")}


@page("/<path:rest>", "unknown")
class Unknown(Page):
    """Every address that leads to no page."""

    def get(self, rest: str) -> Response:  # noqa: ARG002
        """Say so as a page."""
        raise NotFound("there is no such object")
