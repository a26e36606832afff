"""What a visit to a facility collects: the visits a month that its barriers obstruct, measured or expected.

Measured is what the ranks say of an audited place; of one that nobody has audited it is what audited places of its
kind lead to expect, so that a plan mixes both. Not ranked is unknown, never nothing.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, narrow
from inspection.bulk import among
from inspection.tables.facilities import Standing
from inspection.tables.unvisited import Unvisited

Key = tuple[str, UUID]  # home region, id
S = Standing.__table__.c


def prizes(session: Session, facilities: Collection[Key]) -> Mapping[Key, float | None]:
    """Obstructed visits a month of each of these facilities; None where nobody knows."""
    expected = _obstructed(session, facilities, Unvisited)
    measured = _obstructed(session, facilities, Standing)  # which counts also before the next run of the ranks
    return {key: measured.get(key, expected.get(key)) for key in facilities}


def _obstructed(
    session: Session, facilities: Collection[Key], model: type[Standing] | type[Unvisited]
) -> Mapping[Key, float | None]:
    columns: Any = model.__table__.c
    wanted = select(columns.home_region, columns.id, columns.obstructed)
    wanted = wanted.where(among((columns.home_region, columns.id), sorted(facilities)))
    if model is Standing:
        wanted = wanted.where(S.audited_at.is_not(None))
    return {(row[0], row[1]): row[2] for row in session.connection().execute(wanted)}


def most_obstructed(session: Session, caller: Caller, most: int) -> list[Key]:
    """The facilities where most is obstructed, as far as the caller may audit there; the most first."""
    found = [*_most(session, caller, most, Standing), *_most(session, caller, most, Unvisited)]
    return [(row[0], row[1]) for row in sorted(found, key=lambda row: (-row[2], row[1]))[:most]]


def _most(session: Session, caller: Caller, most: int, model: type[Standing] | type[Unvisited]) -> list[Any]:
    columns: Any = model.__table__.c
    wanted = select(columns.home_region, columns.id, columns.obstructed).where(columns.obstructed > 0)
    if model is Unvisited:
        audited = (S.home_region == columns.home_region) & (S.id == columns.id)
        wanted = wanted.outerjoin_from(Unvisited, Standing, audited).where(S.audited_at.is_(None))
    statement = narrow(wanted, model, caller, Act.SUBMIT_AUDIT)
    return list(
        session.connection().execute(statement.order_by(columns.obstructed.desc(), columns.id).limit(most))
    )
