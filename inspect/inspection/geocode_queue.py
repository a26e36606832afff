"""Which addresses are to be looked up, and those that the gazetteer places by itself."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.bulk import among, upsert_rows
from inspection.geocode_placing import ROUGH, districts_of, place
from inspection.geocoding_rules import Village, question, settlement_named
from inspection.heads import lock_facilities
from inspection.searching import fold
from inspection.siting import Districts
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.geocoding import Geocode, GeocodeState
from inspection.tables.settlements import Settlement
from inspection.unit import Unit

PAGE = 500
F, G, P = Facility.__table__.c, Geocode.__table__.c, Settlement.__table__.c


@dataclass(frozen=True, slots=True)
class Queued:
    """What one page came to. after: the last facility, None where there was none. placed: in settlements."""

    after: UUID | None
    placed: int
    queued: int


def regions(session: Session) -> Sequence[str]:
    """Where facilities lie."""
    return session.scalars(select(Area.code).where(Area.level == Level.REGION).order_by(Area.code)).all()


def queue_page(unit: Unit, region: str, after: UUID | None = None, *, ask: bool, limit: int = PAGE) -> Queued:
    """Look at the next facilities of a region that have an address and no exact position, by id.

    One whose address names a settlement is put in its middle. ask: queue them for a geocoder, too; those that it
    has answered for this address are not asked for again.
    """
    addressed = F.address_ru.is_not(None) | F.address_kk.is_not(None)
    wanted = select(F.home_region, F.id).where(
        *(F.region_code == region, F.active, F.merged_into.is_(None), addressed, F.location_method.in_(ROUGH))
    )
    if after is not None:
        wanted = wanted.where(F.id > after)
    keys = [(row.home_region, row.id) for row in unit.session.execute(wanted.order_by(F.id).limit(limit))]
    if not keys:
        return Queued(None, 0, 0)
    held = lock_facilities(unit.session, keys)
    nearby, districts = _villages(unit.session, region), districts_of(unit)
    placed = sum(_place_in_settlement(unit, held[made], nearby, districts) for _, made in keys)
    queued = _queue(unit, [held[made] for _, made in keys]) if ask else 0
    return Queued(keys[-1][1], placed, queued)


def _villages(session: Session, region: str) -> Mapping[str | None, list[Village]]:
    """The settlements of each district of a region, and under None of all of it."""
    found: dict[str | None, list[Village]] = defaultdict(list)
    rows = session.execute(
        select(P.district_code, P.lat, P.lon, P.kind, P.name_kk, P.name_ru, P.name_en)
        .where(P.region_code == region, P.gone_at.is_(None))
        .order_by(P.source, P.id)
    )
    for row in rows:
        names = {fold(name) for name in (row.name_kk, row.name_ru, row.name_en) if name}
        village = Village(row.lat, row.lon, row.kind, tuple(sorted(names - {""})))
        for area in {row.district_code, None}:
            found[area].append(village)
    return found


def _place_in_settlement(
    unit: Unit, held: Facility, nearby: Mapping[str | None, Sequence[Village]], districts: Districts
) -> bool:
    """Whether a facility without any position was put in the middle of the settlement that its address names."""
    if held.lat is not None:
        return False
    around = nearby.get(held.district_code, ())
    found = next((each for text in _addresses(held) if (each := settlement_named(text, around))), None)
    return found is not None and place(unit, held, found, districts)


def _addresses(held: Facility) -> list[str]:
    return [text for text in (held.address_ru, held.address_kk) if text]


def _queue(unit: Unit, facilities: Sequence[Facility]) -> int:
    """Queue those whose address was not answered; how many."""
    codes = {code for held in facilities for code in (held.district_code, held.region_code) if code}
    named = {row.code: row.name_ru or row.name_kk for row in unit.session.scalars(_areas(codes))}
    asked = {held.id: _question(held, named) for held in facilities}
    keys = {(held.home_region, held.id) for held in facilities}
    held_rows = unit.session.execute(select(G.id, G.question).where(among((G.home_region, G.id), keys)))
    known = {row.id: row.question for row in held_rows}
    new = [held for held in facilities if known.get(held.id) != asked[held.id]]
    rows = [_row(unit, held, asked[held.id]) for held in sorted(new, key=lambda each: (each.home_region, each.id))]
    upsert_rows(unit.session, Geocode, rows)
    return len(rows)


def _areas(codes: Any) -> Any:
    return select(Area).where(Area.code.in_(sorted(codes)))


def _question(held: Facility, named: Mapping[str, str]) -> str:
    district = named.get(held.district_code) if held.district_code else None
    return question(_addresses(held)[0], district, named.get(held.region_code))


def _row(unit: Unit, held: Facility, asked: str) -> dict[str, Any]:
    return {
        "home_region": held.home_region,
        "id": held.id,
        "country": held.country,
        "region_code": held.region_code,
        "district_code": held.district_code,
        "state": GeocodeState.WAITING.value,
        "question": asked,
        "attempts": 0,
        "next_try_at": unit.now,
        **dict.fromkeys(("provider", "why", "lat", "lon", "accuracy_m", "answer", "decided_by", "reason")),
        "changed_at": unit.now,
    }
