"""Giving facilities the districts of the boundaries that are in force, with everything that lies there.

Where a facility belongs follows from its coordinates and the boundaries alone, so this can be interrupted anywhere
and begun again: what was moved is found in its place. A district that a person gave is asked about, never moved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from inspection.countries import local_date
from inspection.errors import Fault
from inspection.facilities import move_all
from inspection.heads import lock_facilities
from inspection.position_questions import Doubt, ask, open_questions, withdraw
from inspection.siting import Certainty, Districts, Site, Spot, area_index
from inspection.tables.facilities import Facility
from inspection.tables.positions import About, PositionQuestion, QuestionState
from inspection.unit import Unit

MOST = 500  # facilities looked at in a unit
MOST_MOVED = 100  # and moved, each with its documents
REASON = "new boundaries"
WHY = "the coordinates lie in another area than the one that a person gave"
SHOWN = (
    *(Facility.home_region, Facility.id, Facility.name_ru, Facility.country, Facility.region_code),
    *(Facility.district_code, Facility.area_certainty, Facility.lat, Facility.lon, Facility.accuracy_m),
)
Key = tuple[str, UUID]


class Fate(StrEnum):
    """What a change of boundaries does to a facility."""

    MOVE = "move"
    ASK = "ask"
    OUTSIDE = "outside"  # in no outline any more: it stays, and somebody has to look


@dataclass(frozen=True, slots=True)
class Reassignment:
    """One facility that the boundaries put elsewhere. to_region: None where they put it nowhere."""

    home_region: str
    facility_id: UUID
    name: str
    fate: Fate
    from_region: str
    from_district: str | None
    to_region: str | None
    to_district: str | None
    site: Site | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What one unit did. last: the key to go on behind, None at the end of the region. looked: facilities."""

    last: UUID | None
    moved: int
    asked: int
    outside: int
    looked: int = 0


def foresee(session: Session, on: date) -> Iterator[Reassignment]:
    """Every facility that the boundaries of a day put elsewhere than it is held, in order of its key."""
    return foresee_by(session, area_index(session, on))


def foresee_by(session: Session, districts: Districts) -> Iterator[Reassignment]:
    """Every facility that these districts put elsewhere than it is held, in order of its key."""
    after = ("", UUID(int=0))
    key = tuple_(Facility.home_region, Facility.id)
    while rows := session.execute(select(*SHOWN).where(key > after).order_by(*SHOWN[:2]).limit(5000)).all():
        yield from _compare(rows, districts)
        after = (rows[-1].home_region, rows[-1].id)


def regions(session: Session) -> Sequence[str]:
    """Home regions of facilities."""
    return session.scalars(select(Facility.home_region).distinct().order_by(Facility.home_region)).all()


def reassign(unit: Unit, region: str, after: UUID | None) -> Done:
    """Re-assign the next facilities of a home region, at most MOST, and move at most MOST_MOVED of them."""
    listed = select(Facility.id).where(Facility.home_region == region)
    if after is not None:
        listed = listed.where(Facility.id > after)
    ids = unit.session.scalars(listed.order_by(Facility.id).limit(MOST)).all()
    if not ids:
        return Done(None, 0, 0, 0)
    held = lock_facilities(unit.session, [(region, each) for each in ids])
    found = list(_compare([held[each] for each in ids], area_index(unit.session, local_date(unit.now, "KZ"))))
    moves = [each for each in found if each.fate is Fate.MOVE]
    last = ids[-1]
    if len(moves) > MOST_MOVED:
        moves, last = moves[:MOST_MOVED], moves[MOST_MOVED - 1].facility_id
        found = [each for each in found if each.facility_id <= last]
        ids = [each for each in ids if each <= last]
    move_all(unit, [(held[m.facility_id], m.site) for m in moves if m.site], REASON)
    asked = _ask(unit, held, [(region, each) for each in ids], [each for each in found if each.fate is Fate.ASK])
    outside = sum(each.fate is Fate.OUTSIDE for each in found)
    return Done(last, len(moves), asked, outside, len(ids))


def _compare(rows: Sequence[Any], districts: Districts) -> Iterator[Reassignment]:
    if districts.index is None:
        return
    spots = [None if row.lat is None else Spot(row.lat, row.lon, row.accuracy_m) for row in rows]
    plain = districts.sites(spots, [None] * len(rows))
    given = [
        (row.district_code or row.region_code) if row.area_certainty == Certainty.GIVEN else None for row in rows
    ]
    agreed = districts.sites(spots, given)
    for row, spot, site, agrees, named in zip(rows, spots, plain, agreed, given, strict=True):
        fate = None if spot is None else _fate(row, site, agrees, named)
        if fate is not None:
            new = None if isinstance(site, Fault) else site
            yield Reassignment(
                row.home_region,
                row.id,
                row.name_ru,
                fate,
                row.region_code,
                row.district_code,
                new.place.region_code if new else None,
                new.place.district_code if new else None,
                new,
            )


def _fate(row: Any, site: Site | Fault, agrees: Site | Fault, named: str | None) -> Fate | None:
    if named is not None:
        return Fate.ASK if isinstance(agrees, Fault) and isinstance(site, Site) else None
    if isinstance(site, Fault):
        return Fate.OUTSIDE
    same = (site.place.country, site.place.region_code, site.place.district_code, site.certainty.value) == (
        *(row.country, row.region_code, row.district_code, row.area_certainty),
    )
    if same:
        return None
    return Fate.MOVE if site.place.country == row.country else Fate.OUTSIDE


def _ask(unit: Unit, held: Any, keys: Sequence[Key], found: Sequence[Reassignment]) -> int:
    """Open a question for each district that a person gave; close those that have no ground any more."""
    asked = open_questions(unit.session, keys, About.DISTRICT)
    kept = _kept(unit.session, keys)
    wanted = [each for each in found if (each.facility_id, each.to_district or each.to_region) not in kept]
    for each in wanted:
        facility = held[each.facility_id]
        area = each.to_district or each.to_region
        doubt = Doubt(WHY, facility.lat, facility.lon, facility.accuracy_m, 0.0, area, (), ())
        ask(unit, facility, About.DISTRICT, doubt, asked.get(facility.id))
    for made in asked.keys() - {each.facility_id for each in wanted}:
        withdraw(unit, asked[made])
    return len(wanted)


def _kept(session: Session, keys: Sequence[Key]) -> set[tuple[UUID, str | None]]:
    """What a person has said no to: not asked again."""
    region = keys[0][0]
    rows = session.execute(
        select(PositionQuestion.facility_id, PositionQuestion.proposed_area).where(
            PositionQuestion.home_region == region,
            PositionQuestion.facility_id.in_([made for _, made in keys]),
            PositionQuestion.about == About.DISTRICT.value,
            PositionQuestion.state == QuestionState.KEPT.value,
        )
    )
    return {(row.facility_id, row.proposed_area) for row in rows}
