"""Whose turn it is with what has to be done again and again.

A scheduler only ticks; the turn is a row that one of any number of them moves on. What was missed is done at the
next tick, once; what somebody began and never ended is free again after its lease.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inspection.access import NEEDS, Act, Caller
from inspection.bulk import insert_new_rows, table_of
from inspection.errors import DoesNotApply, Forbidden, NotFound
from inspection.journal import Change
from inspection.tables.areas import Level
from inspection.tables.chores import ChoreTurn
from inspection.unit import Unit

LEASE = timedelta(minutes=30)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
T = ChoreTurn.__table__.c


@dataclass(frozen=True, slots=True)
class Every:
    """Done so long after it was done last."""

    pause: timedelta

    def after(self, moment: datetime) -> datetime:
        """When it is due next if it was done at this moment."""
        return moment + self.pause


@dataclass(frozen=True, slots=True)
class Nightly:
    """Done once a night, when the local day is this old."""

    at: time
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        """The first such time after this moment."""
        local = moment.astimezone(self.zone)
        days = (0, 1, 2)  # a clock that is put forward may leave out the very time
        found = (
            datetime.combine(local.date() + timedelta(days=n), self.at, self.zone).astimezone(moment.tzinfo)
            for n in days
        )
        return next(each for each in found if each > moment)


Rhythm = Every | Nightly


def know(unit: Unit, rhythms: Mapping[str, Rhythm]) -> None:
    """Make the turns of chores that nobody has done yet: frequent ones are due now, those of the night tonight."""
    rows = [
        {"name": name, "next_at": unit.now if isinstance(rhythm, Every) else rhythm.after(unit.now)}
        for name, rhythm in sorted(rhythms.items())
    ]
    insert_new_rows(unit.session, ChoreTurn, rows)


def due(session: Session, names: Collection[str], now: datetime) -> list[str]:
    """Which of these are due, the longest due first."""
    wanted = select(T.name).where(T.name.in_(sorted(names)), T.next_at <= now)
    return list(session.scalars(wanted.order_by(T.next_at, T.name)))


def claim(unit: Unit, name: str) -> bool:
    """Whether it is the caller's turn: nobody else begins this chore before the lease is over."""
    mine = (T.name == name) & (T.next_at <= unit.now)
    taken = update(table_of(ChoreTurn)).where(mine).values(next_at=unit.now + LEASE).returning(T.name)
    return unit.session.connection().execute(taken).first() is not None


def end(unit: Unit, name: str, rhythm: Rhythm, said: str) -> None:
    """The chore is done. said: what it came to."""
    values = {"next_at": rhythm.after(unit.now), "done_at": unit.now, "failures": 0, "said": said[:500]}
    unit.session.connection().execute(update(table_of(ChoreTurn)).where(T.name == name).values(**values))


def may_hasten(turn: ChoreTurn, now: datetime) -> bool:
    """Whether a person may have it done now instead of later: it failed, or nobody can be at it and it is far off.

    While somebody is at it, it is due again within the lease.
    """
    return turn.failures > 0 or turn.next_at > now + LEASE


def hasten(unit: Unit, caller: Caller, name: str) -> None:
    """Have a chore done at the next tick. Raises Forbidden, NotFound, and DoesNotApply if it is due anyway."""
    countries = caller.reach(Act.ADMINISTER, Level.COUNTRY)
    if not countries:
        raise Forbidden(NEEDS[Act.ADMINISTER], act=Act.ADMINISTER.value)
    turn = unit.session.get(ChoreTurn, name, with_for_update=True)
    if turn is None:
        raise NotFound("there is no such job", kind="chore")
    if not may_hasten(turn, unit.now):
        raise DoesNotApply("this is being done, or is due within the half hour")
    turn.next_at = unit.now
    unit.journal.add(Change(countries[0], "chore.hastened", "chore", name))


def fail(unit: Unit, name: str, said: str) -> None:
    """The chore failed: it is tried again, later each time, up to once an hour."""
    turn = unit.session.get_one(ChoreTurn, name, with_for_update=True)
    turn.next_at = unit.now + min(FIRST_PAUSE * 2 ** min(turn.failures, 10), LONGEST_PAUSE)
    turn.failures, turn.said = turn.failures + 1, said[:500]
