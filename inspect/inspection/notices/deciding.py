"""Deciding who is told what today, page by page of what is due in a region.

Every page is a unit of its own and can be decided again without harm: a run that was killed begins anew, and two
runs at once make the same notices. Which stages are in force is read in the same unit, so no process can hold an
older opinion.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, select, text, tuple_

from inspection.aliases import merged_into
from inspection.bulk import insert_new_rows
from inspection.countries import local_date
from inspection.notices.editions import in_region
from inspection.notices.planning import plan
from inspection.notices.recipients import REACHABLE, Addressee, Officials, operator
from inspection.notices.rows import About, notice_rows
from inspection.notices.stages import Recipient
from inspection.notices.timetables import Final, Timetable
from inspection.notices.told_before import Due, decided_before, ledger
from inspection.periods import starts
from inspection.tables.areas import Area, Level
from inspection.tables.notices import Notice
from inspection.tables.operators import Operator
from inspection.tables.violations import Violation
from inspection.unit import Unit

PAGE = 500
V, N, O = Violation.__table__.c, Notice.__table__.c, Operator.__table__.c  # noqa: E741
STANDS = text("violations.state IN ('open', 'declared')")  # to the letter the condition of the partial index
PLACED = ("home_region", "country", "region_code", "district_code", "facility_id")

Position = tuple[date, date, UUID]
Rows = Sequence[Mapping[str, Any]]
ForKind = tuple[Recipient, Mapping[str, Any]]  # whom a row is for, and the row


@dataclass(frozen=True, slots=True)
class Decided:
    """What one page came to. after: where the next begins; None: there is none."""

    looked_at: int
    made: int
    after: Position | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one page would come to: rows of notices."""

    looked_at: int
    rows: Rows
    after: Position | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What one page would come to under each of several timetables."""

    looked_at: int
    rows: Sequence[Sequence[ForKind]]
    after: Position | None


@dataclass(frozen=True, slots=True)
class Night:
    """The local day that is decided, under which timetables. dates: only due dates for which this holds."""

    country: str
    today: date
    timetables: Sequence[Timetable]
    dates: ColumnElement[bool] | None = None


def regions(unit: Unit, country: str | None = None) -> Sequence[str]:
    """The regions there are, or those of one country, in order."""
    wanted = select(Area.code).where(Area.level == Level.REGION).order_by(Area.code)
    if country is not None:
        wanted = wanted.where(Area.country == country)
    return unit.session.scalars(wanted).all()


def decide_page(unit: Unit, region: str, after: Position | None = None, limit: int = PAGE) -> Decided:
    """Write the notices that are due for the next standing violations of a region.

    Reads seven statements whatever the page holds, writes one.
    """
    foreseen = foresee_page(unit, region, after, limit)
    rows = sorted(foreseen.rows, key=lambda row: (row["home_region"], row["id"]))
    made = insert_new_rows(unit.session, Notice, rows)
    return Decided(foreseen.looked_at, len(made), foreseen.after)


def foresee_page(unit: Unit, region: str, after: Position | None = None, limit: int = PAGE) -> Foreseen:
    """What `decide_page` would write. Writes nothing."""
    found = in_region(unit, region)
    if found is None:
        return Foreseen(0, (), None)
    country, timetable = found
    night = Night(country, local_date(unit.now, country), [timetable])
    compared = compare_page(unit, region, night, after, limit)
    return Foreseen(compared.looked_at, [row for _, row in compared.rows[0]], compared.after)


def compare_page(
    unit: Unit, region: str, night: Night, after: Position | None = None, limit: int = PAGE
) -> Compared:
    """What a page of a night would come to under each of its timetables. Writes nothing. Six statements."""
    page = _page(unit, region, night, after, limit)
    if not page:
        return Compared(0, [()] * len(night.timetables), None)
    officials = Officials.of(unit, region)
    merged = merged_into(unit.session, {(row.home_region, row.facility_id) for row in page})
    told, decided = ledger(unit, page, merged), decided_before(unit, page, merged)
    rows = []
    for timetable in night.timetables:
        deciding = _Deciding(unit, night.today, timetable, told, decided, officials)
        rows.append([row for violation in page for row in deciding.of(violation)])
    last = page[-1]
    more = len(page) == limit
    return Compared(len(page), rows, (last.due_on, last.provisional_due_on, last.id) if more else None)


def _page(unit: Unit, region: str, night: Night, after: Position | None, limit: int) -> Sequence[Row[Any]]:
    # A date that lies farther ahead than the first stage reaches brings nothing yet.
    ahead = max(max(0, -timetable.stages.earliest) for timetable in night.timetables)
    open_ = or_(*(~_over(timetable.finals(), night.country) for timetable in night.timetables))
    due = V.due_on.is_not(None) & (V.due_on <= night.today + timedelta(days=ahead))
    same = (O.home_region == V.home_region) & (O.id == V.operator_id)
    statement = (
        select(*(V[name] for name in PLACED), V.id, V.criterion, V.place, V.due_on, V.provisional_due_on)
        .add_columns(V.operator_id, REACHABLE)
        .select_from(Violation)
        .outerjoin(Operator, same)
        .where(V.region_code == region, STANDS, due, open_)
        .order_by(V.due_on, V.provisional_due_on, V.id)
        .limit(limit)
    )
    if night.dates is not None:
        statement = statement.where(night.dates)
    if after is not None:
        statement = statement.where(tuple_(V.due_on, V.provisional_due_on, V.id) > after)
    return unit.session.execute(statement).all()


def _over(finals: Sequence[Final], country: str) -> ColumnElement[bool]:
    """The condition that nothing more comes of the date of a violation: its last stage was decided."""
    about = and_(N.home_region == V.home_region, N.violation_id == V.id, N.due_on == V.due_on)
    decided = [_decided(final, country) for final in finals]
    # The names stand apart, too: they are what the index knows.
    named = N.stage.in_(sorted({final.stage for final in finals}))
    return select(N.id).where(about, named, or_(*decided)).exists()


def _decided(final: Final, country: str) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [N.stage == final.stage]
    if final.since > date.min:
        conditions.append(N.created_at >= starts(final.since, country))
    if final.until is not None:
        conditions.append(N.created_at < starts(final.until, country))
    if final.due_before is not None:
        conditions.append(V.due_on < final.due_before)
    return and_(*conditions)


@dataclass(frozen=True, slots=True)
class _Deciding:
    """What is decided of each violation of a page, by one timetable."""

    unit: Unit
    today: date
    timetable: Timetable
    told: Mapping[UUID, Due]
    decided: Mapping[tuple[UUID, str, date], set[str]]
    officials: Officials

    def of(self, violation: Row[Any]) -> Iterator[ForKind]:
        """The rows of one violation."""
        told = self.told.get(violation.id)
        if told is None:
            return
        placed = {name: getattr(violation, name) for name in PLACED}
        about = About(placed, violation.id, told.due_on)
        for kind, (stages, opened) in self.timetable.by_kind.items():
            for to in _addressees(kind, violation, self.officials):
                planned = plan(
                    stages,
                    told_on=told.told_on,
                    due_on=told.due_on,
                    decided=self.decided.get((violation.id, to.key, told.due_on), ()),
                    today=self.today,
                    opened=opened,
                )
                for row in notice_rows(about, to, planned.send, planned.superseded, self.unit.now):
                    yield kind, row


def _addressees(kind: Recipient, violation: Row[Any], officials: Officials) -> Sequence[Addressee]:
    if kind is Recipient.OPERATOR:
        return [operator(violation.operator_id, violation.address)]
    return officials.for_(kind, violation.region_code, violation.district_code)
