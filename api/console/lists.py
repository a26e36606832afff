"""Pages of lists of what waits: how an address asks for them, and how they are drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, g, request, url_for

from api.console import review_words
from api.console.page import draw
from api.console.queues import queue
from inspection import read_areas
from inspection.countries import local_date
from inspection.errors import InvalidInput
from inspection.keyset import Page
from inspection.reports.titles import titles_of
from inspection.tables.areas import Level


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list. following, first: addresses, None where there is none. passed_over: what made no sense."""

    rows: Sequence[Mapping[str, Any]]
    following: str | None
    first: str | None
    area: str
    passed_over: bool


def draw_list(endpoint: str, found: Listed, *, deepest: Level = Level.DISTRICT, **given: Any) -> Response:
    """The page of a list. Its template is named after the endpoint. deepest: areas that can be chosen."""
    areas = read_areas.areas_of(g.work.session, g.caller)
    return draw(
        endpoint,
        queue=queue(endpoint),
        found=found,
        areas=[each for each in areas if each.area.level <= deepest],
        titles=titles_of(g.work.session, None),
        done=request.args.get("done", ""),
        words=review_words,
        local=local_date,
        **given,
    )


def listed(endpoint: str, page: Callable[..., Page]) -> Listed:
    """A page of a list as the address asks for it. What cannot be understood in the address is passed over."""
    asked = {name: said for name in ("area", "cursor") if (said := said_in_address(name))}
    passed_over = False
    try:
        found = page(**asked)
    except InvalidInput:
        asked, passed_over, found = {}, True, page()
    kept: dict[str, Any] = {name: said for name, said in request.args.items() if name not in ("cursor", "lang")}
    following = url_for(f"console.{endpoint}", **kept | {"cursor": found.next_cursor})
    return Listed(
        found.rows,
        following if found.next_cursor else None,
        url_for(f"console.{endpoint}", **kept) if "cursor" in asked else None,
        asked.get("area", ""),
        passed_over,
    )


def said_in_address(name: str) -> str:
    """What the address says under a name, without what no database can hold."""
    return request.args.get(name, "").replace("\0", "").strip()
