"""How many visits a month were obstructed on a day in the past, place by place, as far as it can still be known.

Nobody kept what the ranks said then, but the barriers of then are known (`barriers_then.py`). Visits, and the
groups among them, are those known today, so what differs between then and now is barriers and nothing else.

Where nobody had audited by then, nothing is known of then, which is neither zero nor what was found later: such a
place has no figure, and sums compare only the others.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import fsum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, join, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import within
from inspection.barriers_then import shares_then
from inspection.bulk import among
from inspection.checklists import newest_checklists
from inspection.countries import local_date
from inspection.digests.readers import ReadArea
from inspection.periods import starts
from inspection.priority import obstructed_visits
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility, Standing
from inspection.tables.violations import Violation
from inspection.use_evidence import told_apart
from inspection.use_priors import own_use_priors

HALF_A_YEAR = timedelta(weeks=26)
MERGED = Facility.__table__.alias("merged")  # facilities that another stands for
A, F, M, S, V = (
    each.c for each in (Audit.__table__, Facility.__table__, MERGED, Standing.__table__, Violation.__table__)
)
NAMED = (F.home_region, F.id, F.name_kk, F.name_ru, F.kind, F.region_code, F.district_code)
PLACES_OF_NUMBERS = 6  # as ranks keep them
Key = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Compared:
    """One ranked place. now, then: visits a month obstructed; then is None where nothing was known on that day."""

    key: Key
    now: float
    then: float | None

    @property
    def change(self) -> float:
        """How many more are obstructed now; what is new counts whole."""
        return self.now - (self.then or 0.0)


@dataclass(frozen=True, slots=True)
class Sums:
    """now: over all ranked places. then, known_now: on both days, over those that had been audited by then.

    known, new: how many places; new_now: visits at those audited since.
    """

    now: float
    then: float
    known_now: float
    known: int
    new: int
    new_now: float


def half_a_year_before(now: datetime, country: str) -> date:
    """The day 26 weeks ago by the clocks of a country."""
    return local_date(now, country) - HALF_A_YEAR


def compared(session: Session, area: ReadArea, day: date, now: datetime) -> Sequence[Compared]:
    """The ranked places of an area, in no order. Six statements; three more for 5,000 places with split counts.

    day: the state at its beginning, by the clocks of the area.
    """
    since = starts(day, area.country)
    places = session.execute(_ranked(area)).all()
    known = {made.int for made in session.scalars(_audited_by(area, since))}
    changed = {made.int for made in session.scalars(_changed(area, since, V.facility_id))} & known
    moved = _then(session, area, [row for row in places if row.active and row.id.int in changed], since, now)
    return [
        Compared((region, made), obstructed, moved.get(made.int, obstructed) if made.int in known else None)
        for region, made, obstructed, *_ in places
    ]


def most_changed(places: Iterable[Compared]) -> Sequence[Compared]:
    """The same places, what changed most first."""
    return sorted(places, key=lambda each: (-abs(each.change), each.key[0], each.key[1].int))


def described(session: Session, places: Collection[Compared]) -> Mapping[Key, Mapping[str, Any]]:
    """What these places are called, of which kind they are and where. One statement."""
    wanted = select(*NAMED).where(among((F.home_region, F.id), [each.key for each in places]))
    return {(row["home_region"], row["id"]): dict(row) for row in session.execute(wanted).mappings()}


def sums(places: Sequence[Compared]) -> Sums:
    """What they come to together, in whichever order they are."""
    known = [place for place in places if place.then is not None]
    new = [place for place in places if place.then is None]
    return Sums(
        now=fsum(place.now for place in places),
        then=fsum(place.then or 0.0 for place in known),
        known_now=fsum(place.now for place in known),
        known=len(known),
        new=len(new),
        new_now=fsum(place.now for place in new),
    )


# Sets of ids and no joins: each database would join these in a way of its own, and one of them never ends.


def _ranked(area: ReadArea) -> Select[Any]:
    shown = S.home_region, S.id, S.obstructed, S.visits, F.kind, F.active
    at_facility = and_(F.home_region == S.home_region, F.id == S.id)
    statement = select(*shown).select_from(join(Standing, Facility, at_facility))
    return statement.where(S.obstructed.is_not(None), within(Standing, area.reader()))


def _audited_by(area: ReadArea, since: datetime) -> Select[Any]:
    """Places with an audit by then; an audit of a place that was merged counts for the one that stands for it."""
    of_merged = and_(M.home_region == A.home_region, M.id == A.facility_id, M.merged_into.is_not(None))
    statement = select(func.coalesce(M.merged_into, A.facility_id))
    statement = statement.select_from(join(Audit, MERGED, of_merged, isouter=True)).distinct()
    return statement.where(A.observed_at <= since, A.corrects_id.is_(None), within(Audit, area.reader()))


def _changed(area: ReadArea, since: datetime, *columns: Any) -> Select[Any]:
    """Columns of violations at places where an episode began or ended since."""
    changed = or_(V.opened_at > since, V.ended_at > since)
    return select(*columns).where(changed, within(Violation, area.reader())).distinct()


def _then(
    session: Session, area: ReadArea, rows: Sequence[Row[Any]], since: datetime, now: datetime
) -> Mapping[int, float]:
    """What was obstructed then at these places, by the number that is their id."""
    checklist = newest_checklists(session, [area.country]).get(area.country)
    if checklist is None or not rows:
        return {}
    own = own_use_priors()
    kinds = {row.id: row.kind for row in rows}
    there = tuple_(V.home_region, V.facility_id).in_(_changed(area, since, V.home_region, V.facility_id))
    obstructed = shares_then(session, there, kinds, checklist[1], (since, now))
    keys = [(row.home_region, row.id) for row in rows]
    groups = told_apart(session, keys, local_date(now, area.country), own)
    shares = [groups.get(row.id, own.group_shares) for row in rows]
    found = obstructed_visits([row.visits for row in rows], shares, obstructed)
    return {made.int: round(float(each), PLACES_OF_NUMBERS) for made, each in zip(kinds, found, strict=True)}
