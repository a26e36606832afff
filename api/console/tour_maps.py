"""What the map of a tour is told: the start and the stops in order, each with what it is called."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from api.console import facts, maps


def needs(tour: Mapping[str, Any]) -> dict[str, Any]:
    """What the script of the map needs for a tour as `inspection.tours.shown` gives it.

    spots: the start, then the stops; said: for who hears it, name: for who sees it.
    """
    told = maps.ground()
    spots = [_start(tour), *(_stop(n, stop) for n, stop in enumerate(tour["stops"], 1))]
    words = {
        **told["words"],
        "ready": _("The map is shown. Its numbers are those of the list."),
        "Map.Title": _title(),
    }
    return {**told, "words": words, "spots": spots, "returns": tour["returns"]}


def _title() -> str:
    return str(_("Map of the tour. Arrow keys move it, plus and minus zoom."))


def _start(tour: Mapping[str, Any]) -> dict[str, Any]:
    name = _("Start and end of the day") if tour["returns"] else _("Start of the day")
    times = [facts.clock(tour["begins_at"]), *([facts.clock(tour["ends_at"])] if tour["returns"] else [])]
    return {**tour["start"], "name": name, "said": f"{name}, {'–'.join(times)}"}


def _stop(n: int, stop: Mapping[str, Any]) -> dict[str, Any]:
    name = facts.named(stop)
    said = f"{n}. {name}, {facts.clock(stop['arrives_at'])}–{facts.clock(stop['leaves_at'])}"
    return {"lat": stop["lat"], "lon": stop["lon"], "name": name, "said": said}
