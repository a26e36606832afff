"""What has to be ranked anew after something became known: the places it is about, and all whom it moves.

A count moves the prior of its kind, a catchment the typical one, an audit what is expected of unvisited places.
So ranking what is due comes to the same as ranking everything; only statements that run out with a day, and
nothing else, wait for the run of the night.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isclose
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, true
from sqlalchemy.orm import Session

from inspection.bulk import among, insert_rows, table_of
from inspection.priority import Prior
from inspection.ranks import Expected
from inspection.tables.facilities import Facility
from inspection.tables.ranks import RankBasis, RankDue
from inspection.unit import Unit
from inspection.unvisited import Neighbourhoods
from inspection.use_priors import own_use_priors

MOST_APART = 2_000  # marks beyond which everything is ranked instead
MOMENT = timedelta(microseconds=1)
SAME = 1e-9  # relative: sums that were added up in another order
PRIOR = ("shape", "rate", "placeholder", "sites", "typical", "registered")
OUTLOOK = ("measured", "obstructed")
F, D, B = Facility.__table__.c, RankDue.__table__.c, RankBasis.__table__.c

Mark = tuple[str, UUID, int]  # home region, id, and how much was known when it was seen


@dataclass(frozen=True, slots=True)
class Due:
    """What became known in a country. facilities: to be ranked, survivors of merged ones among them."""

    marks: tuple[Mark, ...]
    facilities: frozenset[tuple[str, UUID]]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which facilities have to be ranked anew, as conditions on the table of facilities."""

    audited: ColumnElement[bool]
    unvisited: ColumnElement[bool]


EVERYTHING = Scope(true(), true())


def due_in(session: Session, country: str) -> Due:
    """What became known in a country since it was ranked. Read it before what ranks are made of."""
    same = (D.home_region == F.home_region) & (D.id == F.id)
    wanted = select(D.home_region, D.id, D.rev, F.kind, F.merged_into).join_from(RankDue, Facility, same)
    rows = session.execute(wanted.where(F.country == country).order_by(D.home_region, D.id)).all()
    survivors = {(row.home_region, row.merged_into) for row in rows if row.merged_into}
    return Due(
        tuple((row.home_region, row.id, row.rev) for row in rows),
        frozenset({(row.home_region, row.id) for row in rows} | survivors),
        frozenset(row.kind for row in rows),
    )


def scope(session: Session, country: str, due: Due, before: Expected, near: Neighbourhoods) -> Scope:
    """Whom that moves, by comparing what is expected now with what was when everything was ranked last.

    A country that was never ranked, or of which very much became known, is ranked whole.
    """
    now = _rows(country, before, near)
    held = _held(session, country)
    if not held or len(due.marks) > MOST_APART:
        return EVERYTHING
    of_kind = {kind for kind in now.keys() | held.keys() if _differ(now.get(kind), held.get(kind), PRIOR)}
    looked = {kind for kind in now.keys() | held.keys() if _differ(now.get(kind), held.get(kind), OUTLOOK)}
    there = among((F.home_region, F.id), due.facilities)
    # A place that moved to another district changes what is expected in both without changing any sum.
    looked |= of_kind | due.kinds
    return Scope(or_(there, F.kind.in_(sorted(of_kind))), or_(there, F.kind.in_(sorted(looked))))


def ranked_at(session: Session, country: str) -> datetime | None:
    """When the last run over a country ended; None if there was none."""
    return max(session.scalars(select(RankBasis.ranked_at).where(RankBasis.country == country)), default=None)


def keep(unit: Unit, country: str, before: Expected, near: Neighbourhoods, seen: datetime | None) -> bool:
    """Remember what was expected, once all whom it moved are ranked.

    seen: when the run before had ended, as this one began. Returns False, and writes nothing, if another has ended
    since.
    """
    held = unit.session.scalars(select(B.ranked_at).where(B.country == country).with_for_update()).all()
    if max(held, default=None) != seen:
        return False
    rows = _rows(country, before, near)
    unit.session.connection().execute(delete(table_of(RankBasis)).where(B.country == country))
    made = max(unit.now, seen + MOMENT) if seen else unit.now
    insert_rows(unit.session, RankBasis, [rows[kind] | {"ranked_at": made} for kind in sorted(rows)])
    return True


def expected_then(session: Session, country: str) -> Expected | None:
    """What the last run expected, and what the ranks in every list rest on; None if there was none."""
    held = _held(session, country)
    if not held:
        return None
    priors = {
        kind: Prior(row["shape"], row["rate"], row["placeholder"], row["sites"])
        for kind, row in held.items()
        if row["shape"] is not None
    }
    typical = {kind: row["typical"] for kind, row in held.items() if row["typical"] is not None}
    registered = {kind: row["registered"] for kind, row in held.items() if row["registered"] is not None}
    return Expected(priors, typical, registered, own_use_priors())


def forget(unit: Unit, marks: Sequence[Mark]) -> None:
    """Take marks away, except of places of which more became known since they were seen."""
    seen = {(region, made): rev for region, made, rev in marks}
    held = select(D.home_region, D.id, D.rev).where(among((D.home_region, D.id), seen.keys()))
    rows = unit.session.execute(held.order_by(D.home_region, D.id).with_for_update()).all()
    ranked = [(row.home_region, row.id) for row in rows if seen[row.home_region, row.id] == row.rev]
    if ranked:
        unit.session.connection().execute(delete(table_of(RankDue)).where(among((D.home_region, D.id), ranked)))


def _rows(country: str, before: Expected, near: Neighbourhoods) -> Mapping[str, dict[str, Any]]:
    """What is expected of each kind of which anything is known."""
    kinds = before.priors.keys() | before.typical.keys() | before.registered.keys() | near.kinds()
    return {kind: _row(country, kind, before, near) for kind in kinds}


def _row(country: str, kind: str, before: Expected, near: Neighbourhoods) -> dict[str, Any]:
    prior, (measured, obstructed) = before.priors.get(kind), near.of_country(kind)
    return {
        "country": country,
        "kind": kind,
        "shape": prior and prior.shape,
        "rate": prior and prior.rate,
        "placeholder": prior is None or prior.placeholder,
        "sites": prior.sites if prior else 0,
        "typical": before.typical.get(kind),
        "registered": before.registered.get(kind),
        "measured": measured,
        "obstructed": obstructed,
    }


def _held(session: Session, country: str) -> Mapping[str, Mapping[str, Any]]:
    rows = session.execute(select(RankBasis.__table__).where(B.country == country)).mappings()
    return {row["kind"]: dict(row) for row in rows}


def _differ(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None, names: Sequence[str]) -> bool:
    if one is None or other is None:
        return True
    return any(not _same(one[name], other[name]) for name in names)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=SAME, abs_tol=SAME)
    return bool(one == other)
