"""What the map of a tour is told: the start and the stops in order, each with what it is called."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from api.console import facts, maps


def needs(tour: Mapping[str, Any]) -> dict[str, Any]:
    """What the script of the map needs for a tour as `inspection.tours.shown` gives it: spots, the start first."""
    told = maps.ground()
    own = {
        "ready": _("The map is shown. Its numbers are those of the list."),
        "Map.Title": _("Map of the tour. Arrow keys move it, plus and minus zoom."),
    }
    spots = [_start(tour), *(_stop(n, stop) for n, stop in enumerate(tour["stops"], 1))]
    return {**told, "words": {**told["words"], **own}, "spots": spots, "returns": tour["returns"]}


def _start(tour: Mapping[str, Any]) -> dict[str, Any]:
    begins, ends = facts.clock(tour["begins_at"]), facts.clock(tour["ends_at"])
    said = f"{_('Start of the day')}, {begins}"
    if tour["returns"]:
        said = f"{_('Start and end of the day')}, {begins}–{ends}"
    return {**tour["start"], "said": said}


def _stop(n: int, stop: Mapping[str, Any]) -> dict[str, Any]:
    times = f"{facts.clock(stop['arrives_at'])}–{facts.clock(stop['leaves_at'])}"
    return {"lat": stop["lat"], "lon": stop["lon"], "said": f"{n}. {facts.named(stop)}, {times}"}
