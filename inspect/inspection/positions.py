"""Weighing what is known of where facilities lie: positions follow from base and fixes, doubts become questions.

A pure function of what is held (`position_rules.py`), so that the order in which audits and photos arrive does not
matter, and weighing twice changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Place
from inspection.bulk import among, update_rows
from inspection.countries import local_date
from inspection.errors import Fault
from inspection.facilities import LOCATION, apply
from inspection.heads import lock_facilities
from inspection.position_evidence import Evidence, country_box, gather, shown
from inspection.position_questions import Doubt, ask, open_questions, withdraw
from inspection.position_rules import Dispute, Held, Weighed, weigh
from inspection.siting import Certainty, Districts, Site, Spot, area_index
from inspection.tables.facilities import Facility
from inspection.tables.positions import About, Position, PositionQuestion
from inspection.unit import Unit

MOST = 500
FAR_AWAY = "the fixes of later visits lie far from the held position"
ELSEWHERE = "the fixes lie in another area than the one that is held"


def weigh_due(unit: Unit) -> int:
    """Weigh up to 500 facilities of one region about which evidence came. Returns how many; 0: none is left."""
    due = select(Position.home_region, Position.id).where(Position.due)
    first = unit.session.execute(due.order_by(Position.home_region, Position.id).limit(1)).first()
    if first is None:
        return 0
    found = unit.session.execute(
        due.where(Position.home_region == first.home_region).order_by(Position.id).limit(MOST)
    )
    keys = [(row.home_region, row.id) for row in found]
    held = lock_facilities(unit.session, keys)
    # The marks go first: evidence that comes from now on waits for the locks and marks anew.
    update_rows(unit.session, Position, among((Position.home_region, Position.id), keys), {"due": False})
    positions = _positions(unit.session, keys)
    evidence, questions = gather(unit.session, keys), open_questions(unit.session, keys, About.POSITION)
    districts = area_index(unit.session, local_date(unit.now, "KZ"))
    for made, facility in sorted(held.items()):
        _weigh_one(unit, facility, positions[made], _Known(evidence[made], questions.get(made), districts))
    return len(keys)


def _positions(session: Session, keys: list[tuple[str, UUID]]) -> Mapping[UUID, Position]:
    rows = session.scalars(
        select(Position)
        .where(among((Position.home_region, Position.id), keys))
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known about one facility besides its row."""

    evidence: Evidence
    question: PositionQuestion | None
    districts: Districts


def _weigh_one(
    unit: Unit,
    held: Facility,
    position: Position,
    known: "_Known",
) -> None:
    evidence, question, districts = known.evidence, known.question, known.districts
    base = _base(held, position)
    settled = position.settled_visits or []
    found = weigh(base, evidence.visits, evidence.fixes, settled, country_box(held.country))
    doubt = _doubt(found.dispute, districts)
    moved = _place(unit, held, found, districts)
    if isinstance(moved, Doubt):
        doubt = doubt or moved
    elif moved:
        position.set_lat, position.set_lon, position.set_accuracy_m = held.lat, held.lon, held.accuracy_m
    position.weighed_at = unit.now
    if doubt is None and question is not None:
        withdraw(unit, question)
    elif doubt is not None:
        ask(unit, held, About.POSITION, doubt, question)
    unit.session.flush()


def _base(held: Facility, position: Position) -> Held:
    """The position that was not made of fixes: the one remembered, unless somebody has set another since."""
    ours = position.set_lat is not None and (held.lat, held.lon, held.accuracy_m) == (
        position.set_lat,
        position.set_lon,
        position.set_accuracy_m,
    )
    if not ours:
        position.base_lat, position.base_lon = held.lat, held.lon
        position.base_accuracy_m, position.base_method = held.accuracy_m, held.location_method
        position.set_lat = position.set_lon = position.set_accuracy_m = None
    return Held(position.base_lat, position.base_lon, position.base_accuracy_m, position.base_method)


def _place(unit: Unit, held: Facility, found: Weighed, districts: Districts) -> "Doubt | bool":
    """Give the facility its weighed position; a doubt where that would bring it to an area it is not held in."""
    now = found.position
    wanted: dict[str, Any] = dict(zip(LOCATION, (now.lat, now.lon, now.accuracy_m, now.method), strict=True))
    if all(getattr(held, name) == value for name, value in wanted.items()):
        return False
    if now.lat is None or now.lon is None or (now.lat, now.lon) == (held.lat, held.lon):
        apply(unit, held, wanted, None)
        return True
    site = site_of(held, Spot(now.lat, now.lon, now.accuracy_m), districts)
    if isinstance(site, Fault) or site.place.country != held.country:
        return Doubt(ELSEWHERE, now.lat, now.lon, now.accuracy_m, None, None, (), ())
    apply(unit, held, wanted, site)
    return True


def site_of(held: Facility, spot: Spot, districts: Districts) -> Site | Fault:
    """Where a spot lies. An area that only a person gave stands until a person says otherwise."""
    if districts.index is None:
        place = Place(held.country, held.region_code, held.district_code)
        return Site(place, Certainty(held.area_certainty))
    given = held.lat is None or held.area_certainty == Certainty.GIVEN
    (found,) = districts.sites([spot], [(held.district_code or held.region_code) if given else None])
    return found


def _doubt(dispute: Dispute | None, districts: Districts) -> "Doubt | None":
    if dispute is None:
        return None
    at = dispute.proposed
    areas = districts.candidates(Spot(at.lat, at.lon, at.radius_m))
    fixes = tuple(shown(fix, why) for fix, why in zip(dispute.fixes, at.reasons, strict=True))
    return Doubt(
        FAR_AWAY,
        round(at.lat, 6),
        round(at.lon, 6),
        round(at.radius_m, 1),
        round(dispute.distance_m, 1),
        areas[0] if areas else None,
        fixes,
        dispute.visits,
    )
