"""The map: places by state, with the same places as a complete list beside it; the map itself is loaded later."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, g, request, url_for
from flask_babel import lazy_gettext

from api.console import maps
from api.console.blueprint import page
from api.console.page import Page, draw
from api.console.violation_rows import without
from api.wiring import wiring
from inspection import map_lists, read_areas
from inspection.errors import InvalidInput
from inspection.map_choices import STATES, Choice
from inspection.reports.titles import titles_of

ROWS = 50
ASKED = ("area", "kind", "state")
SAID: Mapping[str, Any] = {
    "overdue": lazy_gettext("something is overdue"),
    "open": lazy_gettext("violations are open"),
    "unaudited": lazy_gettext("nobody has audited it"),
    "clear": lazy_gettext("nothing is open"),
}


@page("/map", "map")
class Map(Page):
    """Places in the caller's areas."""

    def get(self) -> Response:
        """A page of the list, and what the map needs to show just these places."""
        asked, wrong = _asked()
        cursor = request.args.get("cursor") or None
        try:
            found = _found(asked, cursor)
        except InvalidInput as error:  # an area or a cursor that is none
            wrong += [fault.pointer.strip("/") for fault in error.faults]
            asked = {name: value for name, value in asked.items() if name not in wrong}
            cursor, found = None, _found(asked, None)
        areas = read_areas.areas_of(g.work.session, g.caller)
        titles = titles_of(g.work.session, None)
        following = found.next_cursor and url_for(
            "console.map", **without(request.args, "cursor", *wrong), cursor=found.next_cursor
        )
        drawn = draw(
            "map",
            found=found,
            asked=asked,
            wrong=wrong,
            said=SAID,
            areas=areas,
            names={each.area.code: each.name for each in areas},
            titles=titles,
            cursor=cursor,
            following=following,
            needs=_needs(asked, found),
        )
        return maps.let_draw(drawn)


@page("/map/<uuid:facility_id>", "map_place")
class Place(Page):
    """One place as the map shows it: what opens when it is pressed."""

    def get(self, facility_id: UUID) -> Response:
        """Its name and state, with links."""
        row = map_lists.one(g.work.session, g.caller, wiring().maps, facility_id, now=g.work.now)
        names = read_areas.names_of(g.work.session, [row["area_code"]])
        return draw("map_place", row=row, said=SAID, names=names, titles=titles_of(g.work.session, None))


def _asked() -> tuple[dict[str, str], list[str]]:
    """What the address chooses, and the names of what is not understood in it."""
    asked = {name: value for name in ASKED if (value := request.args.get(name, "").strip())}
    wrong = ["state"] if asked.get("state", STATES[0]) not in STATES else []
    wrong += [name for name, value in asked.items() if len(value) > 64]
    return {name: value for name, value in asked.items() if name not in wrong}, wrong


def _found(asked: Mapping[str, str], cursor: str | None) -> map_lists.Listed:
    return map_lists.page(
        g.work.session, g.caller, wiring().maps, now=g.work.now, choice=Choice(**asked), cursor=cursor, limit=ROWS
    )


def _needs(asked: Mapping[str, str], found: map_lists.Listed) -> dict[str, Any]:
    """What the script of the map is told, in its words."""
    box, told = found.box, maps.ground()
    return {
        **told,
        "tiles": f"{told['tiles']}?{urlencode(asked)}" if asked else told["tiles"],
        "place": url_for("console.map_place", facility_id=UUID(int=0)).removesuffix(str(UUID(int=0))),
        "box": box and [box.west, box.south, box.east, box.north],
    }
