"""Ranks on their way to tablets: one document for each district, so that no facility changes with its rank."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from inspection.tables.district_ranks import DistrictRanks
from inspection.tables.facilities import Standing
from inspection.unit import Unit

NAMESPACE = UUID("5b1f6d0e-52b7-5a83-9e0c-4d2f0a7c9e11")
MOST = 500  # places in a document, some 30 kB: more than a year of visits
S, D = Standing.__table__.c, DistrictRanks.__table__.c


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Of one district: the first MOST places, and how many there are."""

    country: str
    places: list[Any]
    count: int


def ranks_id(district: str) -> UUID:
    """The id of the document of a district."""
    return uuid5(NAMESPACE, district)


def write_district_ranks(unit: Unit, region: str) -> int:
    """Bring the documents of a region's districts into agreement with the standings. Returns how many changed."""
    wanted = dict(_wanted(unit, region))
    held = {
        str(row.district_code): row
        for row in unit.session.scalars(select(DistrictRanks).where(DistrictRanks.region_code == region))
    }
    changed = 0
    for district in sorted(wanted.keys() | held.keys()):
        new, row = wanted.get(district), held.get(district)
        if row is None:
            assert new is not None  # noqa: S101 - one of both has the district
            unit.session.add(_row(unit, region, district, new))
        elif not _bring_up(unit, row, new):
            continue
        changed += 1
    return changed


def _row(unit: Unit, region: str, district: str, new: _Ranked) -> DistrictRanks:
    return DistrictRanks(
        home_region=region,
        id=ranks_id(district),
        country=new.country,
        region_code=region,
        district_code=district,
        places=new.places,
        ranked=new.count,
        updated_at=unit.now,
    )


def _bring_up(unit: Unit, row: DistrictRanks, new: _Ranked | None) -> bool:
    """Whether the row said anything else; now it says this. None: no place of the district has a rank any more."""
    places, count = ([], 0) if new is None else (new.places, new.count)
    if (row.places, row.ranked) == (places, count):
        return False
    row.places, row.ranked, row.updated_at, row.rev = places, count, unit.now, row.rev + 1
    return True


def _wanted(unit: Unit, region: str) -> Iterator[tuple[str, _Ranked]]:
    columns = (S.district_code, S.country, S.id, S.obstructed, S.placeholder)
    ranked = unit.session.execute(
        select(*columns)
        .where(S.region_code == region, S.district_code.is_not(None), S.obstructed > 0)
        .order_by(S.district_code, S.obstructed.desc(), S.id)
    )
    for district, rows in groupby(ranked, key=lambda row: row.district_code):
        listed = list(rows)
        yield district, _Ranked(listed[0].country, _places(listed[:MOST]), len(listed))


def _places(rows: Sequence[Any]) -> list[Mapping[str, Any]]:
    return [
        {"facility": str(row.id), "obstructed": round(row.obstructed, 2), "placeholder": row.placeholder}
        for row in rows
    ]
