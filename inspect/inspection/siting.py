"""Where a facility lies: the district its coordinates fall into, or the area a person named.

A district is never guessed. What the boundaries cannot tell for certain is marked so (`Certainty`), and
coordinates that only make sense the other way round are refused, never turned round.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import shapely
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from geo.boundaries import AreaIndex, Assignment, Placement
from inspection.access import Place
from inspection.countries import COUNTRIES
from inspection.errors import Fault, InvalidInput
from inspection.tables.areas import Area, AreaBoundary, AreaEdition, Level


class Certainty(StrEnum):
    """How sure the district is."""

    INSIDE = "inside"
    NEAREST = "nearest"  # outside every outline, but within tolerance of this one
    UNCERTAIN = "uncertain"  # another district could be the true one as well
    GIVEN = "given"  # a person named the area; the coordinates, if any, lie outside every outline
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Spot:
    """Coordinates in degrees of WGS 84 and their accuracy, a radius in metres, if known."""

    lat: float
    lon: float
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """The place a facility lies in, and how sure that is."""

    place: Place
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Districts:
    """The districts of every country on one day, ready to look points up.

    index: None where no boundary has been imported. areas: all areas, whatever their level, by code.
    """

    index: AreaIndex | None
    areas: Mapping[str, Place]

    def sites(
        self, spots: Sequence[Spot | None], named: Sequence[str | None], *, abroad: bool = False
    ) -> "list[Site | Fault]":
        """Where each of n spots lies, or what is wrong with it; the pointer of a fault is a field's name.

        named: for each spot the code of the region or district that a person named, or None. abroad: a named area
        may hold spots outside its country, as whoever runs an import may say of a whole file.
        """
        found: list[Site | Fault] = []
        assigned, swapped = self._assign(spots), self._assign([spot and _turned(spot) for spot in spots])
        for n, (spot, code) in enumerate(zip(spots, named, strict=True)):
            if code is not None and (code not in self.areas or code == self.areas[code].country):
                found.append(Fault("area_code", f"{code} is no region or district we know", AREA_ACCEPTED))
            elif spot is None:
                found.append(self._without_spot(code))
            elif assigned is None or assigned.code(n) is None:
                other = swapped.code(n) if swapped else None
                found.append(self._outside(spot, code, other, abroad=abroad))
            else:
                found.append(self._inside(n, code, assigned))
        return found

    def candidates(self, spot: Spot) -> tuple[str, ...]:
        """The areas that a spot could lie in, the likeliest first: one where it is certain, none outside all."""
        assigned = self._assign([spot])
        if assigned is None or (code := assigned.code(0)) is None:
            return ()
        return assigned.candidates.get(0, (code,))

    def _assign(self, spots: Sequence[Spot | None]) -> Assignment | None:
        if self.index is None or not any(spots):
            return None
        return self.index.assign(
            [math.nan if s is None else s.lon for s in spots],
            [math.nan if s is None else s.lat for s in spots],
            [math.nan if s is None or s.accuracy_m is None else s.accuracy_m for s in spots],
        )

    def _without_spot(self, code: str | None) -> Site | Fault:
        if code is None:
            return Fault("area_code", "without coordinates nobody knows where it lies", AREA_ACCEPTED)
        named = self.areas[code]
        return Site(named, Certainty.GIVEN if named.district_code else Certainty.UNKNOWN)

    def _outside(self, spot: Spot, code: str | None, other: str | None, *, abroad: bool) -> Site | Fault:
        """A spot outside every outline. other: the district it lies in the other way round."""
        named = None if code is None else self.areas[code]
        served = [named.country] if named else list(COUNTRIES)
        if not any(_in_box(spot, country) for country in served):
            turned = (country for country in served if _in_box(_turned(spot), country))
            other = other or next(turned, None)
        if other is not None:
            reason = f"lat and lon are swapped: the other way round the point lies in {other}"
            return Fault("lat", reason, f"lat {spot.lon:g} and lon {spot.lat:g}, if that is the place")
        if named is None:
            return Fault("lat", "the point lies outside every district we know", OUTSIDE_ACCEPTED)
        if not abroad and not _in_box(spot, named.country):
            box = COUNTRIES[named.country].box
            accepted = f"a latitude from {box.south} to {box.north} and a longitude from {box.west} to {box.east}"
            return Fault("lat", f"the point lies outside {named.country}", accepted)
        return Site(named, Certainty.GIVEN)

    def _inside(self, n: int, code: str | None, assigned: Assignment) -> Site | Fault:
        candidates = assigned.candidates.get(n) or (str(assigned.code(n)),)
        named = None if code is None else self.areas[code]
        return _agree(self.areas, candidates, _certainty(assigned, n), named, code)


AREA_ACCEPTED = "the code of a region or district"
OUTSIDE_ACCEPTED = "coordinates within the area, or the code of the region or district beside them"


def _agree(
    areas: Mapping[str, Place],
    candidates: Sequence[str],
    certainty: Certainty,
    named: Place | None,
    code: str | None,
) -> Site | Fault:
    """The first candidate, unless a person named another of them or something none of them lies in."""
    if named is None:
        return _sited(areas[candidates[0]], certainty)
    for candidate in candidates:
        place = areas[candidate]
        if named.district_code == place.district_code and len(candidates) > 1:
            return Site(place, Certainty.GIVEN)
        if code in (place.region_code, place.district_code):
            return _sited(place, certainty)
        if named.district_code and place.district_code is None and named.region_code == place.region_code:
            return Site(named, Certainty.GIVEN)  # the outline of the region is all there is
    return Fault(
        "area_code", f"the coordinates lie in {candidates[0]}, not in {code}", f"{candidates[0]}, or none"
    )


def _sited(place: Place, certainty: Certainty) -> Site:
    return Site(place, certainty if place.district_code else Certainty.UNKNOWN)


def _certainty(assigned: Assignment, n: int) -> Certainty:
    if n in assigned.candidates:
        return Certainty.UNCERTAIN
    return Certainty.NEAREST if assigned.placement[n] == Placement.NEAREST else Certainty.INSIDE


def _turned(spot: Spot) -> Spot:
    return Spot(spot.lon, spot.lat)


def _in_box(spot: Spot, country: str) -> bool:
    return COUNTRIES[country].box.holds((spot.lon, spot.lat, spot.lon, spot.lat))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Places by code of their area, and outlines: code, boundary, level, code of the area around."""

    areas: Mapping[str, Place]
    outlines: Sequence[tuple[str, bytes, int, str | None]]


def check_spot(lat: float | None, lon: float | None) -> list[Fault]:
    """What is wrong with coordinates by themselves; the pointer of a fault is a field's name."""
    if lat is None and lon is None:
        return []
    if lat is None or lon is None:
        missing, other = ("lat", "lon") if lat is None else ("lon", "lat")
        return [Fault(missing, f"{missing} is missing beside {other}", "both coordinates or none")]
    if not (math.isfinite(lat) and math.isfinite(lon)):
        return [Fault("lat", "a coordinate is not a number (NaN or infinite)", "degrees of WGS 84")]
    if lat == 0 and lon == 0:
        return [Fault("lat", "0/0 is what programs write for an unknown place", "coordinates, or none")]
    faults = []
    if abs(lat) > 90:
        hint = "; lat and lon may be swapped" if abs(lon) <= 90 else ""
        faults.append(Fault("lat", f"a latitude of {lat:g} is beyond the poles{hint}", "-90 to 90 degrees"))
    if abs(lon) > 180:
        faults.append(Fault("lon", f"a longitude of {lon:g} is not on the globe", "-180 to 180 degrees"))
    return faults


def site(districts: Districts, spot: Spot | None, area_code: str | None) -> Site:
    """Where one facility lies. Raises InvalidInput."""
    (found,) = districts.sites([spot], [area_code])
    if isinstance(found, Fault):
        raise InvalidInput([Fault(f"/{found.pointer}", found.reason, found.accepted)])
    return found


def area_index(session: Session, on: date) -> Districts:
    """The districts of the editions valid on a day. Kept in the process until an edition changes."""
    key = _fingerprint(session, on)
    if key not in _READ:
        # The editions of a few days at most: commands and tests must not gather them for ever.
        while len(_READ) >= KEPT:
            _READ.pop(next(iter(_READ)), None)
        _READ[key] = _read(session, on)
    return _READ[key]


KEPT = 4
Key = tuple[object, ...]
_READ: dict[Key, Districts] = {}


def _valid(on: date) -> tuple[ColumnElement[bool], ...]:
    return (AreaEdition.valid_from <= on, AreaEdition.valid_to.is_(None) | (AreaEdition.valid_to > on))


def _fingerprint(session: Session, on: date) -> Key:
    """Changes whenever what `_read` reads changes; two small queries."""
    boundaries = session.execute(
        select(
            AreaEdition.id,
            AreaEdition.imported_at,
            func.count(),
            func.sum(func.length(AreaBoundary.boundary)),
            func.sum(AreaBoundary.west),
            func.sum(AreaBoundary.north),
        )
        .join(AreaBoundary, AreaBoundary.edition_id == AreaEdition.id)
        .where(*_valid(on))
        .group_by(AreaEdition.id, AreaEdition.imported_at)
        .order_by(AreaEdition.id)
    )
    areas = session.execute(select(func.count(), func.min(Area.code), func.max(Area.code))).one()
    return (tuple(areas), *(tuple(row) for row in boundaries))


def _read(session: Session, on: date) -> Districts:
    return districts_of(drawn_areas(session, on))


def drawn_areas(session: Session, on: date) -> Drawn:
    """Areas, and the outlines that are valid on a day, as they are held: nothing is made of them yet."""
    areas = {area.code: _place(area) for area in session.scalars(select(Area))}
    drawn = session.execute(
        select(AreaBoundary.code, AreaBoundary.boundary, Area.level, Area.parent_code)
        .join(AreaEdition, AreaEdition.id == AreaBoundary.edition_id)
        .join(Area, Area.code == AreaBoundary.code)
        .where(Area.level >= Level.REGION, *_valid(on))
    )
    return Drawn(areas, [(row.code, row.boundary, row.level, row.parent_code) for row in drawn])


def districts_of(drawn: Drawn) -> Districts:
    """The same, to be asked where something lies."""
    # An edition of regions alone still tells the region; where districts are drawn, only they are asked.
    divided = {parent for _, _, level, parent in drawn.outlines if level == Level.DISTRICT}
    outlines = [(code, boundary) for code, boundary, *_ in drawn.outlines if code not in divided]
    if not outlines:
        return Districts(None, drawn.areas)
    polygons = shapely.from_wkb(np.array([bytes(boundary) for _, boundary in outlines], dtype=object))
    return Districts(AreaIndex([code for code, _ in outlines], list(polygons)), drawn.areas)


def _place(area: Area) -> Place:
    if area.level == Level.DISTRICT:
        return Place(area.country, area.parent_code or "", area.code)
    return Place(area.country, area.code)
