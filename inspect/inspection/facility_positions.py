"""What one facility's position and area rest on, for a person to read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from geo.fixes import locate
from inspection.access import Act, Caller, require
from inspection.countries import local_date
from inspection.homes import find
from inspection.position_evidence import country_box, gather, shown
from inspection.siting import Spot, area_index
from inspection.tables.facilities import Facility


def fixes_of(session: Session, caller: Caller, facility_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Every fix of a facility, what all say together, and the areas it could lie in today. Raises NotFound."""
    held = find(session, Facility, facility_id)
    require(caller, Act.READ, held, what="facility")
    assert held is not None  # noqa: S101 - require refuses None
    evidence = gather(session, [(held.home_region, held.id)])[held.id].every
    found, reasons = locate(evidence, country_box(held.country))
    candidates: tuple[str, ...] = ()
    if held.lat is not None and held.lon is not None:
        districts = area_index(session, local_date(now, held.country))
        candidates = districts.candidates(Spot(held.lat, held.lon, held.accuracy_m))
    return {
        "facility_id": held.id,
        "together": found and {"lat": found.lat, "lon": found.lon, "radius_m": found.radius_m, "good": found.good},
        "candidates": list(candidates),
        "fixes": [shown(fix, why) for fix, why in zip(evidence, reasons, strict=True)],
    }
