"""Places with the visits obstructed half a year ago and now: the rows of two figures of the overview."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, g, request, url_for

from api.console.areas import chosen_area
from api.console.blueprint import page
from api.console.page import Page, draw
from inspection import obstructed_then, read_areas
from inspection.countries import local_date
from inspection.digests.readers import ReadArea
from inspection.reports.titles import titles_of

ROWS = 100


@page("/obstructed", "obstructed")
class Obstructed(Page):
    """What changed most first."""

    def get(self) -> Response:
        """A page of the places that had been audited by then, or of those that were audited since."""
        areas = read_areas.areas_of(g.work.session, g.caller)
        if not areas:
            return draw("nothing", areas=())
        chosen, is_new = chosen_area(areas), request.args.get("of") == "new"
        day = obstructed_then.half_a_year_before(g.work.now, chosen.area.country)
        places = obstructed_then.compared(g.work.session, chosen.area, day, g.work.now)
        listed = obstructed_then.most_changed(each for each in places if (each.then is None) is is_new)
        first = min(_number(), max(0, len(listed) - 1) // ROWS)
        shown = listed[first * ROWS : (first + 1) * ROWS]
        about = obstructed_then.described(g.work.session, shown)
        return draw(
            "obstructed",
            areas=areas,
            chosen=chosen,
            day=day,
            is_new=is_new,
            sums=obstructed_then.sums(places),
            rows=[(each, about[each.key]) for each in shown],
            names=_areas(about.values()),
            titles=titles_of(g.work.session, chosen.area.country),
            before=_at(chosen, first - 1) if first else None,
            following=_at(chosen, first + 1) if len(listed) > (first + 1) * ROWS else None,
            most=max((max(each.now, each.then or 0.0) for each in shown), default=0.0),
            step=ROWS,
        )


def _areas(places: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    return read_areas.names_of(g.work.session, {each["district_code"] or each["region_code"] for each in places})


@page("/obstructed/half-year", "obstructed_half_year")
class HalfYear(Page):
    """The two figures alone: the overview of a large area loads them later, for they take a second or two."""

    def get(self) -> Response:
        """A part of a page."""
        areas = read_areas.areas_of(g.work.session, g.caller)
        if not areas:
            return draw("nothing", areas=())
        return draw("half_year", half_year=half_year(chosen_area(areas).area))


def half_year(area: ReadArea) -> Mapping[str, Any]:
    """Obstructed visits half a year ago and now where both are known, and at places that are new."""
    day = obstructed_then.half_a_year_before(g.work.now, area.country)
    return {
        "day": day,
        "today": local_date(g.work.now, area.country),
        "sums": obstructed_then.sums(obstructed_then.compared(g.work.session, area, day, g.work.now)),
        "known": url_for("console.obstructed", area=area.code),
        "new": url_for("console.obstructed", area=area.code, of="new"),
    }


def _number() -> int:
    said = request.args.get("page", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0


def _at(chosen: read_areas.Named, number: int) -> str:
    more: dict[str, Any] = {"of": "new"} if request.args.get("of") == "new" else {}
    return url_for("console.obstructed", area=chosen.area.code, **more, page=number)
