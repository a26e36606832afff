"""How many visits a month were obstructed on a day in the past, place by place, as far as it can still be known.

Nobody kept what the ranks said then, but barriers can be told from the episodes of violations: one stood on that
day if the newest episode begun by then had not been ended by a measured pass. A waiver or a later date changes
nothing about a barrier, as in `obstruction.py`. Visits, and the groups among them, are those known today, so what
differs between then and now is barriers and nothing else.

Where nobody had audited by then, nothing is known of then, which is neither zero nor what was found later: such a
place has no figure, and sums compare only the others. A barrier that today's checklist does not ask for, or whose
condition was seen not to hold since (the ramp is gone), counts on neither day; zone, severity and groups are those
with which it was judged last.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import narrow
from inspection.checklists import newest_checklists
from inspection.countries import local_date
from inspection.criteria import GROUPS, Checklist, Severity
from inspection.digests.readers import ReadArea
from inspection.history import EndedBy, Finding, Outcome, Spot
from inspection.obstruction import obstructed_by
from inspection.past_episodes import how_many_episodes
from inspection.periods import starts
from inspection.priority import obstructed_visits
from inspection.ranks import rows_of
from inspection.tables.areas import Level
from inspection.tables.audits import Audit
from inspection.tables.facilities import Facility, Standing
from inspection.tables.violations import Violation, ViolationState
from inspection.use_evidence import evidence_of
from inspection.use_priors import own_use_priors

HALF_A_YEAR = timedelta(weeks=26)
F, S, V = Facility.__table__.c, Standing.__table__.c, Violation.__table__.c
NAMED = (F.home_region, F.id, F.name_kk, F.name_ru, F.kind, S.region_code, S.district_code)
STOOD = (
    *(V.home_region, V.facility_id, V.criterion, V.place, V.zone, V.severity, V.groups),
    *(V.opened_at, V.ended_at, V.ended_by),
)
PLACES_OF_NUMBERS = 6  # as ranks keep them
Key = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Compared:
    """One ranked place. now, then: visits a month obstructed; then is None where nothing was known on that day."""

    key: Key
    about: Mapping[str, Any]
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
    """The ranked places of an area, what changed most first. At most seven statements.

    day: the state at its beginning, by the clocks of the area.
    """
    since, places = starts(day, area.country), _ranked(session, area)
    known, moved = _audited_by(session, area, since), _then(session, area, since, now)
    found = []
    for place in places:
        key = place.home_region, place.id
        then = moved.get(key, place.obstructed) if key in known else None
        about = {column.name: getattr(place, column.name) for column in NAMED}
        found.append(Compared(key, about, place.obstructed, then))
    return sorted(found, key=lambda each: (-abs(each.change), each.key))


def sums(places: Sequence[Compared]) -> Sums:
    """What they come to together."""
    known = [place for place in places if place.then is not None]
    new = [place for place in places if place.then is None]
    return Sums(
        now=sum(place.now for place in places),
        then=sum(place.then or 0.0 for place in known),
        known_now=sum(place.now for place in known),
        known=len(known),
        new=len(new),
        new_now=sum(place.now for place in new),
    )


def _lies(area: ReadArea, model: Any) -> ColumnElement[bool]:
    column = {Level.COUNTRY: "country", Level.REGION: "region_code", Level.DISTRICT: "district_code"}[area.level]
    lies: ColumnElement[bool] = getattr(model, column) == area.code
    return lies


def _ranked(session: Session, area: ReadArea) -> Sequence[Row[Any]]:
    same = (F.home_region == S.home_region) & (F.id == S.id)
    statement: Select[Any] = select(*NAMED, S.obstructed).select_from(Standing).join(Facility, same)
    statement = statement.where(S.obstructed.is_not(None), _lies(area, Standing))
    return session.execute(narrow(statement, Standing, area.reader())).all()


def _audited_by(session: Session, area: ReadArea, since: datetime) -> set[Key]:
    """Places with an audit by then; an audit of a place that was merged counts for the one that stands for it."""
    same = (Facility.home_region == Audit.home_region) & (Facility.id == Audit.facility_id)
    counts_for = func.coalesce(Facility.merged_into, Facility.id)
    statement = select(Audit.home_region, counts_for).join_from(Audit, Facility, same).distinct()
    statement = statement.where(Audit.observed_at <= since, Audit.corrects_id.is_(None), _lies(area, Audit))
    return {(region, made) for region, made in session.execute(narrow(statement, Audit, area.reader()))}


def _then(session: Session, area: ReadArea, since: datetime, now: datetime) -> Mapping[Key, float]:
    """What was obstructed then, of places where any barrier began or went since; the others are as they are."""
    checklist = newest_checklists(session, [area.country]).get(area.country)
    rows = _places(session, area, since)
    if checklist is None or not rows:
        return {}
    held = _violations(session, area, since)
    shares = evidence_of(session, rows, local_date(now, area.country), own_use_priors())
    groups = [list(_obstructed_then(row, held.get(_key(row), ()), checklist[1], since, now)) for row in rows]
    found = obstructed_visits([row.visits for row in rows], [shares[row.id].shares for row in rows], groups)
    return {_key(row): round(float(each), PLACES_OF_NUMBERS) for row, each in zip(rows, found, strict=True)}


def _key(row: Any) -> Key:
    return row.home_region, row.id


def _moved(area: ReadArea, since: datetime) -> Select[Any]:
    """Where an episode began or ended since."""
    changed = or_(V.opened_at > since, V.ended_at > since)
    return select(V.home_region, V.facility_id).where(changed, _lies(area, Violation))


def _places(session: Session, area: ReadArea, since: datetime) -> Sequence[Row[Any]]:
    moved = tuple_(F.home_region, F.id).in_(_moved(area, since))
    statement: Select[Any] = rows_of(moved, S.obstructed.is_not(None), F.active.is_(True), _lies(area, Facility))
    return session.execute(narrow(statement, Facility, area.reader())).all()


def _violations(session: Session, area: ReadArea, since: datetime) -> Mapping[Key, Sequence[Row[Any]]]:
    """The violations of those places that stood then or since, with past episodes where there are any."""
    several = how_many_episodes(session, V.episodes) > 1  # they are long, and few have more than one
    past = case((and_(V.opened_at > since, several), V.episodes)).label("past")
    there = tuple_(V.home_region, V.facility_id).in_(_moved(area, since))
    over = and_(V.opened_at <= since, V.ended_at <= since, V.ended_by == EndedBy.MEASURED_PASS.value)
    statement: Select[Any] = select(*STOOD, past).where(there, V.state != ViolationState.WITHDRAWN.value)
    statement = statement.where(or_(V.ended_at.is_(None), ~over))
    found: dict[Key, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(narrow(statement, Violation, area.reader())):
        found[row.home_region, row.facility_id].append(row)
    return found


def _obstructed_then(
    place: Row[Any], violations: Collection[Row[Any]], checklist: Checklist, since: datetime, now: datetime
) -> Iterator[float]:
    """Shares of visits by group, in the order of GROUPS."""
    counted = {(criterion, spot) for criterion, spot, *_ in place.obstruction["barriers"]}
    fails = []
    for row in violations:
        gone = stood_at(row, now) and (row.criterion, row.place) not in counted  # its condition does not hold
        if not gone and _is_asked(checklist, place.kind, row.criterion) and stood_at(row, since):
            fails.append(_finding(row))
    shares = obstructed_by(checklist, place.kind, fails)
    yield from (shares.get(group, 0.0) for group in GROUPS)


def _is_asked(checklist: Checklist, kind: str, criterion: str) -> bool:
    known = checklist.criteria.get(criterion)
    return known is None or kind in known.applies_to


def stood_at(violation: Any, moment: datetime) -> bool:
    """Whether the barrier of a violation stood at a moment: not whether the duty did.

    violation: a row with the newest episode in its columns, and in `past` all of them where that began later.
    """
    if violation.opened_at <= moment:
        return not _passed(violation.ended_by, violation.ended_at, moment)
    begun = [each for each in violation.past or () if datetime.fromisoformat(each["opened_at"]) <= moment]
    if not begun:
        return False
    ended = begun[-1].get("ended_at")
    return not _passed(begun[-1].get("ended_by"), ended and datetime.fromisoformat(ended), moment)


def _passed(ended_by: str | None, ended_at: datetime | None, moment: datetime) -> bool:
    return ended_by == EndedBy.MEASURED_PASS and ended_at is not None and ended_at <= moment


def _finding(row: Row[Any]) -> Finding:
    groups = tuple(group for bit, group in enumerate(GROUPS) if row.groups >> bit & 1)
    spot = Spot(row.criterion, row.place)
    return Finding(spot, Outcome.FAIL, row.zone, Severity(row.severity), groups, remediation_days=0)
