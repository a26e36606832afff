"""How long the ways between places take: asked of a routing service, or reckoned along straight lines.

The service speaks the table form of OSRM. It is asked outside of any unit of work, once, and not for long; what it
cannot answer is reckoned, and the answer says so. Only coordinates are sent.
"""

import math
from collections.abc import Sequence
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import Request, urlopen

import numpy as np
import orjson
import structlog

from api.settings import Settings
from geo.tour_days import Seconds, straight_travel
from inspection.tours import ROUTED, STRAIGHT

PATIENCE = 5  # seconds
MOST_BYTES = 8 * 1024 * 1024

log = structlog.get_logger("pandus.routing")


class NoTable(Exception):
    """The service answered, but not with a table of these places."""


def ways(settings: Settings, spots: Sequence[tuple[float, float]]) -> tuple[Seconds, str]:
    """Seconds between n places (longitude, latitude; the start first), and what they rest on."""
    straight = straight_travel(spots, settings.tour_detour_percent / 100, settings.tour_speed_kmh / 3.6)
    if not settings.routing_url or len(spots) < 2:
        return straight, STRAIGHT
    try:
        return _table(settings.routing_url, spots, straight), ROUTED
    except (URLError, HTTPException, TimeoutError, OSError, NoTable, orjson.JSONDecodeError) as error:
        log.warning("routing_failed", exc_info=error)
        return straight, STRAIGHT


def _table(url: str, spots: Sequence[tuple[float, float]], straight: Seconds) -> Seconds:
    """Source: https://project-osrm.org/docs/v5.24.0/api/#table-service. A way it does not find is reckoned."""
    listed = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in spots)
    request = Request(f"{url.rstrip('/')}/table/v1/driving/{listed}?annotations=duration")  # noqa: S310 - a setting
    with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - the same
        read = orjson.loads(answer.read(MOST_BYTES))
    rows = read.get("durations") if isinstance(read, dict) and read.get("code") == "Ok" else None
    lengths = [len(row) if isinstance(row, list) else 0 for row in rows] if isinstance(rows, list) else []
    if lengths != [len(spots)] * len(spots):
        raise NoTable
    found = straight.copy()
    for here, row in enumerate(rows or ()):
        for there, seconds in enumerate(row):
            if isinstance(seconds, int | float) and 0 <= seconds < math.inf:
                found[here, there] = math.ceil(seconds)
    np.fill_diagonal(found, 0)
    return found
