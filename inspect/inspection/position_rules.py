"""Where a facility lies, by what is known of it and the fixes of all visits: a pure function of them.

What a person, a register or the first report of a tablet said stands until a person says otherwise: fixes that
agree with it make it surer, and fixes far from it are a question. Where nothing was known, or only the middle of a
settlement, the earliest visit with good fixes founds the position, and later visits are held against that.
Earliest is by observation, never by arrival.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from geo.distance import metres
from geo.fixes import Box, Fix, Located, locate
from inspection.tables.facilities import LocationMethod

NOT_HELD = (None, LocationMethod.UNKNOWN, LocationMethod.CENTROID, LocationMethod.GEOCODED)
FAR_M = 100.0  # a door and a gate of one site may lie so far apart
FAR_SIGMAS = 3.0
UNSAID_M = 30.0  # taken as the accuracy of a position that came without one


@dataclass(frozen=True, slots=True)
class Held:
    """A position in degrees and its accuracy, a radius in metres, if known; None for a facility without one."""

    lat: float | None
    lon: float | None
    accuracy_m: float | None
    method: str | None

    @property
    def stands(self) -> bool:
        """Whether fixes may only confirm it."""
        return self.lat is not None and self.method not in NOT_HELD


@dataclass(frozen=True, slots=True)
class Dispute:
    """Later visits that put the facility elsewhere. distance_m: from the position. visits: in order."""

    proposed: Located
    distance_m: float
    fixes: tuple[Fix, ...]
    visits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What follows from base and fixes: the position, and what speaks against it."""

    position: Held
    dispute: Dispute | None


def weigh(
    base: Held, visits: Sequence[str], fixes: Mapping[str, Sequence[Fix]], settled: Collection[str], box: Box
) -> Weighed:
    """The position of a facility. visits: names, in order of observation. settled: a person decided about them."""
    said = [(visit, locate(fixes[visit], box)[0]) for visit in visits if fixes.get(visit)]
    good = [(visit, found) for visit, found in said if found is not None and found.good]
    here = base
    if not base.stands:
        if not good:
            return Weighed(base, None)
        here = _fixed(good[0][1])
    far = [visit for visit, found in good if _is_far(here, found)]
    near = [visit for visit, found in said if found is not None and visit not in far and not _is_far(here, found)]
    position = _surer(base, here, near, fixes, box)
    return Weighed(position, _dispute(position, [v for v in far if v not in settled], fixes, box))


def _fixed(found: Located) -> Held:
    # Rounded to a decimetre, so that what is written is what is read on either database.
    return Held(round(found.lat, 6), round(found.lon, 6), round(found.radius_m, 1), LocationMethod.FIX.value)


def apart(here: Held, found: Located) -> float:
    """Metres between a position and what fixes say."""
    return float(metres(here.lon or 0.0, here.lat or 0.0, found.lon, found.lat))


def _is_far(here: Held, found: Located) -> bool:
    unsure = ((here.accuracy_m or UNSAID_M) ** 2 + found.radius_m**2) ** 0.5
    return bool(apart(here, found) > max(FAR_M, FAR_SIGMAS * unsure))


def _surer(base: Held, here: Held, near: Sequence[str], fixes: Mapping[str, Sequence[Fix]], box: Box) -> Held:
    """The position with what agrees with it. One that stands stays where it is."""
    together, _ = locate([fix for visit in near for fix in fixes[visit]], box)
    if together is None or not together.good or _is_far(here, together):
        return here
    if not base.stands:
        return _fixed(together)
    radius = round(together.radius_m + apart(here, together), 1)
    if here.accuracy_m is not None and here.accuracy_m <= radius:
        return here
    return Held(here.lat, here.lon, radius, here.method)


def _dispute(here: Held, far: Sequence[str], fixes: Mapping[str, Sequence[Fix]], box: Box) -> Dispute | None:
    against = tuple(fix for visit in far for fix in fixes[visit])
    proposed, _ = locate(against, box)
    if proposed is None:
        return None
    return Dispute(proposed, apart(here, proposed), against, tuple(far))
