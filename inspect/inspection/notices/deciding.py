"""Deciding who is told what today, page by page of what is due in a region.

Every page is a unit of its own and can be decided again without harm: a run that was killed begins anew, and two
runs at once make the same notices.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_

from inspection.bulk import among, insert_new_rows
from inspection.countries import local_date
from inspection.history import Spot
from inspection.notices.planning import plan
from inspection.notices.recipients import Addressee, Officials, operator
from inspection.notices.rows import About, notice_rows
from inspection.notices.stages import Recipient, stages
from inspection.tables.areas import Area, Level
from inspection.tables.notices import Notice
from inspection.tables.operators import Operator
from inspection.tables.telling import ToldRow
from inspection.tables.violations import Violation
from inspection.telling import Say, Told, by_spot, due_on
from inspection.unit import Unit

PAGE = 500
V, T, N, O = Violation.__table__.c, ToldRow.__table__.c, Notice.__table__.c, Operator.__table__.c  # noqa: E741
STANDS = text("violations.state IN ('open', 'declared')")  # to the letter the condition of the partial index
PLACED = ("home_region", "country", "region_code", "district_code", "facility_id")

Position = tuple[date, date, UUID]


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
    rows: Sequence[Mapping[str, Any]]
    after: Position | None


@dataclass(frozen=True, slots=True)
class _Due:
    """A told date that stands. told_on: local day on which it was told."""

    due_on: date
    told_on: date


def regions(unit: Unit) -> Sequence[str]:
    """The regions there are, in order."""
    found = unit.session.scalars(select(Area.code).where(Area.level == Level.REGION).order_by(Area.code))
    return found.all()


def decide_page(unit: Unit, region: str, after: Position | None = None, limit: int = PAGE) -> Decided:
    """Write the notices that are due for the next standing violations of a region.

    Reads five statements whatever the page holds, writes one.
    """
    foreseen = foresee_page(unit, region, after, limit)
    rows = sorted(foreseen.rows, key=lambda row: (row["home_region"], row["id"]))
    made = insert_new_rows(unit.session, Notice, rows)
    return Decided(foreseen.looked_at, len(made), foreseen.after)


def foresee_page(unit: Unit, region: str, after: Position | None = None, limit: int = PAGE) -> Foreseen:
    """What `decide_page` would write. Writes nothing."""
    page = _page(unit, region, after, limit)
    if not page:
        return Foreseen(0, (), None)
    officials = Officials.of(unit, region)
    ledger, decided = _ledger(unit, page), _decided(unit, page)
    rows = [row for violation in page for row in _of_one(unit, violation, ledger, decided, officials)]
    last = page[-1]
    more = len(page) == limit
    return Foreseen(len(page), rows, (last.due_on, last.provisional_due_on, last.id) if more else None)


def _page(unit: Unit, region: str, after: Position | None, limit: int) -> Sequence[Row[Any]]:
    country = unit.session.scalar(select(Area.country).where(Area.code == region))
    if country is None:
        return []
    # A date that lies farther ahead than the first stage reaches brings nothing yet.
    last = local_date(unit.now, country) + timedelta(days=max(0, -stages().earliest))
    final = stages().by_day[-1].name
    done = select(N.id).where(
        N.home_region == V.home_region, N.violation_id == V.id, N.stage == final, N.due_on == V.due_on
    )
    same = (O.home_region == V.home_region) & (O.id == V.operator_id)
    statement = (
        select(*(V[name] for name in PLACED), V.id, V.criterion, V.place, V.due_on, V.provisional_due_on)
        .add_columns(V.operator_id, O.notice_email)
        .select_from(Violation)
        .outerjoin(Operator, same)
        .where(V.region_code == region, STANDS, V.due_on.is_not(None), V.due_on <= last, ~done.exists())
        .order_by(V.due_on, V.provisional_due_on, V.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(V.due_on, V.provisional_due_on, V.id) > after)
    return unit.session.execute(statement).all()


def _ledger(unit: Unit, page: Sequence[Row[Any]]) -> Mapping[UUID, _Due]:
    """For each violation the date that people were told last, if it stands."""
    keys = {(row.home_region, row.facility_id) for row in page}
    wanted = (T.violation_id, T.country, T.criterion, T.place, T.stood_at, T.say, T.due_on, T.told_at)
    found = unit.session.execute(select(*wanted, T.document_id).where(among((T.home_region, T.facility_id), keys)))
    told: dict[UUID, list[Told]] = defaultdict(list)
    countries: dict[UUID, str] = {}
    for row in found:
        spot = Spot(row.criterion, row.place)
        told[row.violation_id].append(
            Told(spot, row.stood_at, Say(row.say), row.due_on, row.told_at, row.document_id)
        )
        countries[row.violation_id] = row.country
    standing = {}
    for violation, entries in told.items():
        (of_spot,) = by_spot(entries).values()
        date_told = due_on(of_spot)
        if date_told is not None:
            standing[violation] = _Due(date_told, _since(of_spot, countries[violation]))
    return standing


def _since(entries: Sequence[Told], country: str) -> date:
    """The local day since which the date told last has been the one that holds."""
    last = entries[-1]
    first = last
    for entry in reversed(entries):
        if (entry.due_on, entry.stood_at) != (last.due_on, last.stood_at):
            break
        first = entry
    return local_date(first.told_at, country)


def _decided(unit: Unit, page: Sequence[Row[Any]]) -> Mapping[tuple[UUID, str, date], set[str]]:
    """Stages decided already, by violation, recipient and due date."""
    keys = {(row.home_region, row.id) for row in page}
    found = unit.session.execute(
        select(N.violation_id, N.recipient, N.due_on, N.stage).where(
            among((N.home_region, N.violation_id), keys), N.document_id.is_(None)
        )
    )
    decided: dict[tuple[UUID, str, date], set[str]] = defaultdict(set)
    for row in found:
        decided[row.violation_id, row.recipient, row.due_on].add(row.stage)
    return decided


def _of_one(
    unit: Unit,
    violation: Row[Any],
    ledger: Mapping[UUID, _Due],
    decided: Mapping[tuple[UUID, str, date], set[str]],
    officials: Officials,
) -> Iterator[dict[str, Any]]:
    told = ledger.get(violation.id)
    if told is None:
        return
    placed = {name: getattr(violation, name) for name in PLACED}
    about = About(placed, violation.id, told.due_on)
    today = local_date(unit.now, violation.country)
    for kind in Recipient:
        for to in _addressees(kind, violation, officials):
            planned = plan(
                stages().for_(kind),
                told_on=told.told_on,
                due_on=told.due_on,
                decided=decided.get((violation.id, to.key, told.due_on), ()),
                today=today,
            )
            yield from notice_rows(about, to, planned.send, planned.superseded, unit.now)


def _addressees(kind: Recipient, violation: Row[Any], officials: Officials) -> Sequence[Addressee]:
    if kind is Recipient.OPERATOR:
        return [operator(violation.operator_id, violation.notice_email)]
    return officials.for_(kind, violation.region_code, violation.district_code)
