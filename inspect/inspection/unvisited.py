"""Places that nobody has audited, ranked by what audited places of their kind lead to expect.

The share of visits that barriers obstruct is that of the kind in the district, shrunk to the region and that to
the country: few neighbours say little. Where no place of a kind was ever measured in a country, nothing is
expected and nothing ranked. All is computed anew in each run, as ranks are; what did not change is not written.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Row, delete, or_, select
from sqlalchemy.orm import Session

from inspection.bulk import among, table_of, upsert_rows
from inspection.countries import local_date
from inspection.criteria import GROUPS
from inspection.priority import Array, expected_shares, obstructed_visits
from inspection.ranks import EVERYBODY, PAGE, PLACES_OF_NUMBERS, Expected, Ranked, rank_rows, rows_of
from inspection.tables.facilities import Facility, Standing
from inspection.tables.unvisited import Unvisited
from inspection.unit import Unit
from inspection.use_states import UseState

F, S, N = Facility.__table__.c, Standing.__table__.c, Unvisited.__table__.c
COMPARED = (
    *("region_code", "district_code", "use_state", "visits", "visits_low", "visits_high"),
    *("placeholder", "obstructed", "audited_nearby", "audited"),
)


@dataclass(slots=True)
class _Sum:
    """Of audited places: the obstructed shares by group added up, and how many places that are."""

    shares: Array
    places: int = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What to expect of a place: obstructed share by group, and on how many audited places of its kind that rests.

    nearby: of them in the district.
    """

    shares: Array
    nearby: int
    anywhere: int


class Neighbourhoods:
    """What was measured in a country, by kind of facility and area."""

    def __init__(self, country: str, measured: Iterator[tuple[str, str, str | None, Sequence[float]]]) -> None:
        """measured: kind, region, district and obstructed share by group of each audited place."""
        self._country = country
        self._sums: dict[tuple[str, str], _Sum] = defaultdict(lambda: _Sum(np.zeros(len(GROUPS))))
        self._outlooks: dict[tuple[str, str, str | None], Outlook | None] = {}
        for kind, region, district, shares in measured:
            for area in (country, region, district):
                if area is not None:
                    held = self._sums[kind, area]
                    held.shares += shares
                    held.places += 1

    def kinds(self) -> frozenset[str]:
        """The kinds of which anything was measured."""
        return frozenset(kind for kind, area in self._sums if area == self._country)

    def of_country(self, kind: str) -> tuple[int, list[float]]:
        """How many places of a kind were measured, and their obstructed shares by group added up."""
        held = self._sums.get((kind, self._country))
        return (held.places, held.shares.tolist()) if held else (0, [0.0] * len(GROUPS))

    def outlook(self, kind: str, region: str, district: str | None) -> Outlook | None:
        """What to expect of a place of this kind there; None where none was ever measured in the country."""
        key = kind, region, district
        if key not in self._outlooks:
            self._outlooks[key] = self._outlook(*key)
        return self._outlooks[key]

    def _outlook(self, kind: str, region: str, district: str | None) -> Outlook | None:
        everywhere = self._sums.get((kind, self._country))
        if everywhere is None:
            return None
        shares: Array = everywhere.shares / everywhere.places
        nearby = 0
        for area in (region, district):
            held = self._sums.get((kind, area)) if area is not None else None
            nearby = held.places if held else 0
            if held is not None:
                shares = expected_shares(held.shares, held.places, shares)
        return Outlook(shares, nearby, everywhere.places)


def neighbourhoods(session: Session, country: str) -> Neighbourhoods:
    """What was measured in a country."""
    same = (S.home_region == F.home_region) & (S.id == F.id)
    rows = session.execute(
        select(F.kind, S.region_code, S.district_code, S.obstruction)
        .join_from(Standing, Facility, same)
        .where(S.country == country, S.audited_at.is_not(None), F.active)
    )
    return Neighbourhoods(
        country,
        (
            (kind, region, district, [document["groups"].get(group, 0.0) for group in GROUPS])
            for kind, region, district, document in rows
            if document is not None and document["measured"]
        ),
    )


def rank_unvisited_page(
    unit: Unit,
    region: str,
    basis: tuple[Expected, Neighbourhoods],
    after: UUID | None = None,
    *,
    limit: int = PAGE,
    of: ColumnElement[bool] = EVERYBODY,
) -> tuple[UUID | None, int]:
    """Rank the next places of a region that nobody has audited, by id, and forget those that somebody has.

    basis: what is expected of visits and of barriers. of: a condition on facilities. Returns the last one's id
    (None: there are no more) and how many changed.
    """
    same = (N.home_region == F.home_region) & (N.id == F.id)
    waits = F.active & S.audited_at.is_(None)
    statement = rows_of(F.region_code == region, or_(waits, N.id.is_not(None)), of)
    held = (
        F.region_code,
        F.district_code,
        N.id.label("held"),
        *(N[name].label(f"held_{name}") for name in COMPARED),
    )
    statement = statement.outerjoin(table_of(Unvisited), same).add_columns(*held)
    if after is not None:
        statement = statement.where(F.id > after)
    rows = unit.session.execute(statement.order_by(F.id).limit(limit)).all()
    if not rows:
        return None, 0
    wanted = _wanted(unit.session, rows, basis, local_date(unit.now, rows[0].country))
    return rows[-1].id, _write(unit.session, rows, wanted)


def _wanted(
    session: Session, rows: Sequence[Row[Any]], basis: tuple[Expected, Neighbourhoods], today: date
) -> Mapping[UUID, dict[str, Any]]:
    """The rows that should be there, by id of the facility."""
    before, near = basis
    waiting = [row for row in rows if row.active and row.audited_at is None]
    ranked = rank_rows(session, waiting, before, today) if waiting else {}
    found = [
        (row, ranked[row.id], outlook)
        for row in waiting
        if (outlook := near.outlook(row.kind, row.region_code, row.district_code)) is not None
        and ranked[row.id].state is not UseState.ATTESTED_ZERO
    ]
    if not found:
        return {}
    expects = obstructed_visits(
        [rank.visits for _, rank, _ in found],
        [rank.evidence.shares for _, rank, _ in found],
        [outlook.shares for *_, outlook in found],
    ).tolist()
    return {each[0].id: _row(*each, most) for each, most in zip(found, expects, strict=True)}


def _row(row: Row[Any], rank: Ranked, outlook: Outlook, expects: float) -> dict[str, Any]:
    """expects: visits a month that are obstructed at a place if it is as its neighbours are."""
    return {
        "home_region": row.home_region,
        "id": row.id,
        "country": row.country,
        "region_code": row.region_code,
        "district_code": row.district_code,
        "use_state": rank.state.value,
        "visits": rank.visits,
        "visits_low": rank.low,
        "visits_high": rank.high,
        "placeholder": rank.prior.placeholder,
        "obstructed": round(expects, PLACES_OF_NUMBERS),
        "audited_nearby": outlook.nearby,
        "audited": outlook.anywhere,
    }


def _write(session: Session, rows: Sequence[Row[Any]], wanted: Mapping[UUID, dict[str, Any]]) -> int:
    gone = [(row.home_region, row.id) for row in rows if row.held is not None and row.id not in wanted]
    if gone:
        session.connection().execute(delete(table_of(Unvisited)).where(among((N.home_region, N.id), gone)))
    changed = [
        new
        for row in rows
        if (new := wanted.get(row.id)) is not None
        and (row.held is None or any(getattr(row, f"held_{name}") != new[name] for name in COMPARED))
    ]
    if changed:
        upsert_rows(session, Unvisited, changed)
    return len(gone) + len(changed)
