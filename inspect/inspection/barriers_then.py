"""Which barriers stood on a day in the past, of many places at once, and how much of their visits they obstructed.

A barrier can be told from the episodes of its violation: it stood on that day if the newest episode begun by then
had not been ended by a measured pass. A waiver or a later date changes nothing about a barrier, as in
`obstruction.py`. One that today's checklist does not ask for, or whose condition was seen not to hold since (the
ramp is gone), counts as little as it does today; zone, severity and groups are those of the last judgement.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Row, and_, case, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.criteria import GROUPS, Checklist, Severity
from inspection.history import EndedBy, Finding, Outcome, Spot
from inspection.obstruction import stopped_by
from inspection.past_episodes import how_many_episodes
from inspection.priority import Array, Barriers, obstructed_shares
from inspection.tables.facilities import Standing
from inspection.tables.ranks import RankDue
from inspection.tables.violations import Violation, ViolationState

S, V = Standing.__table__.c, Violation.__table__.c
STATES = sorted(state.value for state in ViolationState if state is not ViolationState.WITHDRAWN)
AT_ONCE = 5_000  # places in a statement: SQLite takes no more than some thousand parameters
_About = tuple[str, str, str, str, int]  # kind of the place, criterion, zone, severity, bits of groups


def shares_then(
    session: Session,
    where: ColumnElement[bool],
    kinds: Mapping[UUID, str],
    checklist: Checklist,
    moments: tuple[datetime, datetime],
) -> Array:
    """Share of each group's visits that was obstructed: (places, GROUPS). A statement, and seldom a second.

    where: a condition on violations that holds for those of the places at least. kinds: of the places, by id.
    moments: of then, and now.
    """
    numbers = {made.int: (n, kind) for n, (made, kind) in enumerate(kinds.items())}  # ids are slow to look up
    zones: dict[str, int] = defaultdict(lambda: len(zones))
    known: dict[_About, tuple[float, Sequence[float]]] = {}
    facility, zone, use, block = [], [], [], []
    for row in _stood(session, where, partial(_is_asked, numbers, checklist), moments):
        number, kind = numbers[row.facility_id.int]
        about = kind, row.criterion, row.zone, row.severity, row.groups
        if about not in known:
            known[about] = _stopped(checklist, about)
        facility.append(number)
        zone.append(zones[row.zone])
        use.append(known[about][0])
        block.append(known[about][1])
    shares = np.array(block, float).reshape(-1, len(GROUPS))
    barriers = Barriers(np.array(facility, np.int64), np.array(zone, np.int64), shares, np.array(use, float))
    return obstructed_shares(barriers, len(numbers)).by_facility


def _is_asked(places: Mapping[int, tuple[int, str]], checklist: Checklist, row: Row[Any]) -> bool:
    """Whether a violation is of one of these places, and today's checklist asks for its criterion there."""
    place, criterion = places.get(row.facility_id.int), checklist.criteria.get(row.criterion)
    return place is not None and (criterion is None or place[1] in criterion.applies_to)


def _stopped(checklist: Checklist, about: _About) -> tuple[float, Sequence[float]]:
    """Share of visits that need the zone of a barrier, and what it stops of them by group."""
    kind, criterion, zone, severity, groups = about
    concerned = tuple(group for bit, group in enumerate(GROUPS) if groups >> bit & 1)
    fail = Finding(Spot(criterion), Outcome.FAIL, zone, Severity(severity), concerned, remediation_days=0)
    use, blocks = stopped_by(checklist, kind, fail)
    return use, [blocks.get(group, 0.0) for group in GROUPS]


def _stood(
    session: Session,
    where: ColumnElement[bool],
    is_asked: Callable[[Row[Any]], bool],
    moments: tuple[datetime, datetime],
) -> Iterator[Row[Any]]:
    """Violations that are asked about, whose barriers stood then; without those that are no barriers any more."""
    then, now = moments
    doubtful = []
    for row in session.execute(_statement(where, then, now, several(session))):
        if not is_asked(row) or (row.past is not None and not stood_at(row.past, then)):
            continue
        if row.is_doubtful and (row.stands_now if row.past is None else stood_at(row.past, now)):
            doubtful.append(row)
        else:
            yield row
    counted = _counted(session, {(row.home_region, row.facility_id) for row in doubtful})
    yield from (row for row in doubtful if (row.facility_id, row.criterion, row.place) in counted)


def several(session: Session) -> ColumnElement[bool]:
    """The condition that a violation has had several episodes: they are long, and few have more than one."""
    return how_many_episodes(session, V.episodes) > 1


def _statement(where: ColumnElement[bool], then: datetime, now: datetime, several: ColumnElement[bool]) -> Any:
    """Violations that may have stood then. past: their episodes, where the newest began later.

    is_doubtful: whether they are barriers is to be looked up, for whoever ranks did not say so or is about to.
    """
    due = tuple_(V.home_region, V.facility_id).in_(select(RankDue.home_region, RankDue.id))
    shown = V.home_region, V.facility_id, V.criterion, V.place, V.zone, V.severity, V.groups
    stands_now = case((_stands(now), True), else_=False).label("stands_now")
    is_doubtful = or_(V.obstructed.is_(None), due).label("is_doubtful")
    past = case((V.opened_at > then, V.episodes)).label("past")
    stood = or_(_stands(then), and_(V.opened_at > then, several))
    return select(*shown, stands_now, is_doubtful, past).where(where, V.state.in_(STATES), stood)


def _counted(session: Session, keys: Collection[tuple[str, UUID]]) -> set[tuple[UUID, str, str]]:
    """The barriers of today at these places: facility, criterion and place."""
    held, found = sorted(keys), set()
    for n in range(0, len(held), AT_ONCE):
        page = among((S.home_region, S.id), held[n : n + AT_ONCE])
        for row in session.execute(select(S.id, S.obstruction).where(page)):
            found |= {(row.id, criterion, spot) for criterion, spot, *_ in row.obstruction["barriers"]}
    return found


def _stands(moment: datetime) -> ColumnElement[bool]:
    """Whether the newest episode, as the columns tell of it, had begun and no pass had ended it."""
    passed = and_(V.ended_at.is_not(None), V.ended_at <= moment, V.ended_by == EndedBy.MEASURED_PASS.value)
    return and_(V.opened_at <= moment, or_(V.ended_by.is_(None), not_(passed)))


def stood_at(episodes: Sequence[Mapping[str, Any]], moment: datetime) -> bool:
    """Whether a barrier stood at a moment: not whether the duty did. episodes: all of its violation, in order."""
    begun = [each for each in episodes if datetime.fromisoformat(each["opened_at"]) <= moment]
    if not begun:
        return False
    ended_at = begun[-1].get("ended_at")
    if ended_at is None or begun[-1].get("ended_by") != EndedBy.MEASURED_PASS:
        return True
    return datetime.fromisoformat(ended_at) > moment
