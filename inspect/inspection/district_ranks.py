"""Ranks on their way to tablets: one document for each district, so that no facility changes with its rank."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.tables.district_ranks import DistrictRanks
from inspection.tables.facilities import Standing
from inspection.tables.unvisited import Unvisited
from inspection.unit import Unit

NAMESPACE = UUID("5b1f6d0e-52b7-5a83-9e0c-4d2f0a7c9e11")
MOST = 500  # places in a list, some 40 kB: more than a year of visits
SAID = ("places", "unvisited", "ranked")


@dataclass(slots=True)
class _Said:
    """What a document says. ranked: how many audited places have a rank, also beyond the first MOST."""

    country: str
    places: list[Any] = field(default_factory=list)
    unvisited: list[Any] = field(default_factory=list)
    ranked: int = 0


def ranks_id(district: str) -> UUID:
    """The id of the document of a district."""
    return uuid5(NAMESPACE, district)


def write_district_ranks(unit: Unit, region: str) -> int:
    """Bring the documents of a region's districts into agreement with the ranks. Returns how many changed."""
    wanted = _wanted(unit.session, region)
    held = {
        str(row.district_code): row
        for row in unit.session.scalars(select(DistrictRanks).where(DistrictRanks.region_code == region))
    }
    changed = 0
    for district, row in held.items():
        changed += _bring_up(unit, row, wanted.get(district) or _Said(row.country))
    for district in sorted(wanted.keys() - held.keys()):
        unit.session.add(_row(unit, region, district, wanted[district]))
        changed += 1
    return changed


def _row(unit: Unit, region: str, district: str, said: _Said) -> DistrictRanks:
    return DistrictRanks(
        home_region=region,
        id=ranks_id(district),
        region_code=region,
        district_code=district,
        updated_at=unit.now,
        **{name: getattr(said, name) for name in ("country", *SAID)},
    )


def _bring_up(unit: Unit, row: DistrictRanks, said: _Said) -> bool:
    """Whether the row said anything else; now it says this."""
    if all(getattr(row, name) == getattr(said, name) for name in SAID):
        return False
    for name in SAID:
        setattr(row, name, getattr(said, name))
    row.updated_at, row.rev = unit.now, row.rev + 1
    return True


def _wanted(session: Session, region: str) -> Mapping[str, _Said]:
    """What the documents of a region should say, by district."""
    wanted: dict[str, _Said] = {}
    for district, country, rows in _by_district(session, region, Standing):
        said = wanted.setdefault(district, _Said(country))
        said.places, said.ranked = _places(rows), len(rows)
    for district, country, rows in _by_district(session, region, Unvisited):
        wanted.setdefault(district, _Said(country)).unvisited = _places(rows)
    return wanted


def _by_district(
    session: Session, region: str, model: type[Standing] | type[Unvisited]
) -> Iterator[tuple[str, str, Sequence[Any]]]:
    """District, country and the rows of its places, the most obstructed first."""
    columns: Any = model.__table__.c
    ranked = session.execute(
        select(columns.district_code, columns.country, columns.id, columns.obstructed, columns.placeholder)
        .where(columns.region_code == region, columns.district_code.is_not(None), columns.obstructed > 0)
        .order_by(columns.district_code, columns.obstructed.desc(), columns.id)
    )
    for district, found in groupby(ranked, key=lambda row: row.district_code):
        rows = list(found)
        yield district, rows[0].country, rows


def _places(rows: Sequence[Any]) -> list[Mapping[str, Any]]:
    return [
        {"facility": str(row.id), "obstructed": round(row.obstructed, 2), "placeholder": row.placeholder}
        for row in rows[:MOST]
    ]
