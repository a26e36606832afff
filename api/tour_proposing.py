"""Finding a tour: where one could go, and the best way between, which takes seconds and stays out of units."""

from typing import Any

from api.routing import ways
from api.settings import Settings
from api.tour_forms import read_hours, read_place
from api.work import Work
from geo.tour_days import Question
from geo.tours import best_tour
from inspection import tour_candidates, tours
from inspection.access import Caller
from inspection.errors import DoesNotApply
from inspection.tour_candidates import Candidates
from inspection.tours import Proposal


def candidates_of(work: Work, caller: Caller, asked: dict[str, Any]) -> Candidates:
    """The places to choose from. asked: as `TourIn` reads it. Raises InvalidInput, and DoesNotApply for none."""
    if asked["facilities"] is not None:
        wanted = [read_place(each, n) for n, each in enumerate(asked["facilities"])]
        found = tour_candidates.named(work.session, caller, wanted, minutes=asked["minutes"])
    else:
        found = tour_candidates.queued(
            work.session, caller, asked["day"], area=asked["area"], minutes=asked["minutes"]
        )
    if not found.places:
        raise DoesNotApply("there is nowhere to go: no re-check and no ranked place", unlocated=found.unlocated)
    tours.check_day(asked["day"], found.places[0].country, work.now)
    return found


def best_of(settings: Settings, asked: dict[str, Any], candidates: Candidates) -> Proposal:
    """The tour that collects most of them. Asks a routing service if there is one; never within a unit."""
    day, start = read_hours(asked), asked["start"]
    spots = [(start["lon"], start["lat"]), *((place.lon, place.lat) for place in candidates.places)]
    travel, rests_on = ways(settings, spots)
    question = Question(day, [place.stop for place in candidates.places], travel)
    found = best_tour(question, seed=asked["seed"])
    told = {"lat": start["lat"], "lon": start["lon"], "begins": day.begins, "returns": day.returns}
    return Proposal(asked["day"], told, candidates, found, rests_on)
