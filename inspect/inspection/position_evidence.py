"""Every fix that is kept of a facility: those of its audits, and what cameras wrote beside their photos."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.fixes import Box, Fix, Source
from inspection.bulk import among
from inspection.countries import COUNTRIES
from inspection.tables.audits import Audit
from inspection.tables.photos import Blob, Photo

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Evidence:
    """The fixes of one facility by visit. visits: ids of audits in the order of observation, undated ones last.

    observed: when each visit was, where that is known. photos: of the fixes of cameras, by position in `fixes`.
    """

    visits: list[str] = field(default_factory=list)
    fixes: dict[str, list[Fix]] = field(default_factory=dict)
    observed: dict[str, datetime | None] = field(default_factory=dict)

    @property
    def every(self) -> list[Fix]:
        """All fixes, visit by visit."""
        return [fix for visit in self.visits for fix in self.fixes[visit]]


def country_box(country: str) -> Box:
    """The rectangle around a country: west, south, east, north in degrees."""
    box = COUNTRIES[country].box
    return box.west, box.south, box.east, box.north


def gather(session: Session, keys: Collection[tuple[str, UUID]]) -> Mapping[UUID, Evidence]:
    """The evidence of facilities by (home region, id), in two statements."""
    found: dict[UUID, Evidence] = {made: Evidence() for _, made in keys}
    if not keys:
        return found
    audits = session.execute(
        select(Audit.facility_id, Audit.id, Audit.observed_at, Audit.started_at, Audit.fixes).where(
            among((Audit.home_region, Audit.facility_id), keys)
        )
    ).all()
    for row in sorted(audits, key=lambda row: (row.observed_at or NEVER, row.id)):
        one, visit = found[row.facility_id], str(row.id)
        one.visits.append(visit)
        one.observed[visit] = row.observed_at
        one.fixes[visit] = [_fix(each, visit, row.started_at) for each in row.fixes]
    for row in _cameras(session, keys):
        one, visit = found[row.facility_id], str(row.audit_id)
        if visit in one.fixes:
            one.fixes[visit].append(
                Fix(row.exif_lat, row.exif_lon, None, visit, Source.EXIF, at=row.taken_at, visit_at=None)
            )
    return found


def _cameras(session: Session, keys: Collection[tuple[str, UUID]]) -> Sequence[Any]:
    return session.execute(
        select(Photo.facility_id, Photo.audit_id, Photo.taken_at, Blob.exif_lat, Blob.exif_lon)
        .join(Blob, Blob.sha256 == Photo.sha256)
        .where(among((Photo.home_region, Photo.facility_id), keys), Blob.exif_lat.is_not(None))
        .order_by(Photo.taken_at, Photo.id)
    ).all()


def _fix(said: Mapping[str, Any], visit: str, began: datetime) -> Fix:
    at = said.get("at")
    moment = datetime.fromisoformat(at) if at else None
    return Fix(said["lat"], said["lon"], said["accuracy_m"], visit, at=moment, visit_at=began)


def shown(fix: Fix, why: str | None) -> dict[str, Any]:
    """A fix as plain JSON. why: the reason for which it does not count."""
    return {
        "audit_id": fix.visit,
        "source": fix.source.value,
        "lat": fix.lat,
        "lon": fix.lon,
        "accuracy_m": fix.accuracy_m,
        "at": fix.at and fix.at.isoformat(),
        "counts": why is None,
        "why_not": why,
    }
