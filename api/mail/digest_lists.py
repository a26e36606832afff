"""Where the lists are that the figures of a digest count: their addresses, by name of a figure."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from inspection.digests.figures import FOUND, IN_TIME, LATE, AreaFigures, soon

Query = Mapping[str, Any]
List = tuple[str, Callable[[AreaFigures], Query]]
API = "/api/v1"


def _reported(figure: str) -> List:
    def asked(of: AreaFigures) -> Query:
        return {"figure": figure, "from": of.week.first, "to": of.week.last}

    return "reports/rows", asked


def _falling_due(of: AreaFigures) -> Query:
    days: tuple[tuple[str, date | None], ...] = (
        ("due_after", soon(of.today).due_after),
        ("due_before", soon(of.today).due_before),
    )
    return {**dict(days), "total": "true"}


LISTS: Mapping[str, List] = {
    "open": ("violations", lambda _: {"total": "true"}),
    "overdue": ("violations", lambda _: {"overdue": "true", "total": "true"}),
    "falling_due": ("violations", _falling_due),
    FOUND: _reported("violations_found.total"),
    IN_TIME: _reported("items.executed_in_time"),
    LATE: _reported("items.executed_late"),
    "replies": ("replies", lambda _: {"state": "waiting"}),
    "reviews": ("reviews", lambda _: {"open": "true"}),
    "rechecks": ("followups", lambda _: {"due": "true", "assignee": "pool"}),
    "undelivered": ("letters", lambda _: {"state": "failed,by_hand"}),
    "worst": ("violations", lambda _: {"overdue": "true", "sort": "obstructed"}),
}


def list_address(base: str, name: str, of: AreaFigures, area: str) -> str:
    """Where the list behind a figure is. base: what addresses begin with. area: the code of it, or of a part."""
    path, query = LISTS[name]
    return f"{base}{API}/{path}?{urlencode({'area': area, **query(of)}, safe=',')}"


def violation_address(base: str, violation_id: object) -> str:
    """Where one violation is."""
    return f"{base}{API}/violations/{violation_id}"
