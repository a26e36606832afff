"""Places in the order in which work on them frees most visits; and those of which nobody knows anything yet."""

from typing import Any

from flask import Response, g, request, url_for

from api.console.blueprint import page
from api.console.page import Page, draw
from api.console.violation_rows import without
from inspection import rank_lists, read_areas
from inspection.errors import InvalidInput
from inspection.reports.titles import titles_of


@page("/ranks", "ranks")
class Ranks(Page):
    """Worst places first."""

    def get(self) -> Response:
        """A page of them, audited or not."""
        areas = read_areas.areas_of(g.work.session, g.caller)
        known = {each.area.code: each.name for each in areas}
        unvisited = request.args.get("list") == "unvisited"
        asked: dict[str, Any] = {
            name: said for name in ("area", "kind", "cursor") if (said := request.args.get(name, "").strip())
        }
        listed = rank_lists.unvisited if unvisited else rank_lists.page
        try:
            found, invented = listed(g.work.session, g.caller, **asked)
        except InvalidInput:
            asked = {}
            found, invented = listed(g.work.session, g.caller)
        following = None
        if found.next_cursor:
            following = url_for("console.ranks", **without(request.args, "cursor"), cursor=found.next_cursor)
        return draw(
            "ranks",
            rows=found.rows,
            most=max((row["obstructed"] for row in found.rows), default=0),
            invented=invented,
            areas=areas,
            names=known,
            asked=asked,
            unvisited=unvisited,
            titles=titles_of(g.work.session, None),
            following=following,
        )
