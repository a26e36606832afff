"""Giving a facility the position that its address leads to, where nothing better is known."""

from inspection.countries import local_date
from inspection.errors import Fault
from inspection.facilities import apply
from inspection.geocoding_rules import Answer, Believed
from inspection.positions import site_of
from inspection.siting import Districts, Spot, area_index
from inspection.tables.facilities import Facility, LocationMethod
from inspection.unit import Unit

ROUGH = (LocationMethod.CENTROID, LocationMethod.UNKNOWN)


def districts_of(unit: Unit) -> Districts:
    """The districts of today."""
    return area_index(unit.session, local_date(unit.now, "KZ"))


def is_inside(held: Facility, answer: Answer, districts: Districts) -> bool:
    """Whether an answer lies in the district that holds the facility, or its region where none is known."""
    areas = districts.candidates(Spot(answer.lat, answer.lon))
    return any(
        code == held.district_code
        or (held.district_code is None and held.region_code in (code, districts.areas[code].region_code))
        for code in areas
    )


def place(unit: Unit, held: Facility, found: Believed, districts: Districts) -> bool:
    """Give a locked facility a believed position; whether it took it.

    It never leaves its district by that, and the middle of a settlement replaces nothing.
    """
    site = site_of(held, Spot(found.lat, found.lon), districts)
    if isinstance(site, Fault) or (found.centroid and held.lat is not None):
        return False
    place = site.place
    if place.region_code != held.region_code or held.district_code not in (None, place.district_code):
        return False
    method = LocationMethod.CENTROID if found.centroid else LocationMethod.GEOCODED
    where = {"lat": round(found.lat, 6), "lon": round(found.lon, 6), "accuracy_m": found.accuracy_m}
    return apply(unit, held, {**where, "location_method": method.value}, site)
