"""Deciding who is told what today, page by page of what is due in a region.

Every page is a unit of its own and can be decided again without harm: a run that was killed begins anew, and two
runs at once make the same notices.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, tuple_

from inspection.aliases import merged_into
from inspection.bulk import among, insert_new_rows
from inspection.countries import local_date
from inspection.history import Spot
from inspection.notices.planning import plan
from inspection.notices.recipients import REACHABLE, Addressee, Officials, operator
from inspection.notices.rows import About, notice_rows
from inspection.notices.stages import Recipient, stages
from inspection.tables.areas import Area, Level
from inspection.tables.duplicates import FacilityMerge
from inspection.tables.notices import Notice, NoticeState
from inspection.tables.operators import Operator
from inspection.tables.telling import ToldRow
from inspection.tables.violations import Violation
from inspection.telling import Say, Told, by_spot, due_on
from inspection.unit import Unit
from inspection.violation_rows import violation_id

PAGE = 500
V, T, N, O = Violation.__table__.c, ToldRow.__table__.c, Notice.__table__.c, Operator.__table__.c  # noqa: E741
STANDS = text("violations.state IN ('open', 'declared')")  # to the letter the condition of the partial index
PLACED = ("home_region", "country", "region_code", "district_code", "facility_id")
DECIDED = ("home_region", "violation_id", "recipient", "due_on", "stage", "state", "created_at")
WENT_OUT = (NoticeState.IN_LETTER, NoticeState.SUPERSEDED)

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


@dataclass(frozen=True, slots=True)
class _Meanwhile:
    """A time in which another facility stood for one."""

    survivor: UUID
    since: datetime
    until: datetime


def regions(unit: Unit) -> Sequence[str]:
    """The regions there are, in order."""
    found = unit.session.scalars(select(Area.code).where(Area.level == Level.REGION).order_by(Area.code))
    return found.all()


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
    page = _page(unit, region, after, limit)
    if not page:
        return Foreseen(0, (), None)
    officials = Officials.of(unit, region)
    merged = merged_into(unit.session, {(row.home_region, row.facility_id) for row in page})
    ledger, decided = _ledger(unit, page, merged), _decided(unit, page, merged)
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
        .add_columns(V.operator_id, REACHABLE)
        .select_from(Violation)
        .outerjoin(Operator, same)
        .where(V.region_code == region, STANDS, V.due_on.is_not(None), V.due_on <= last, ~done.exists())
        .order_by(V.due_on, V.provisional_due_on, V.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(V.due_on, V.provisional_due_on, V.id) > after)
    return unit.session.execute(statement).all()


def _ledger(unit: Unit, page: Sequence[Row[Any]], merged: Mapping[UUID, UUID]) -> Mapping[UUID, _Due]:
    """For each violation the date that people were told last, if it stands.

    merged: facilities whose ledger is that of another, to that other.
    """
    keys = _with_merged({(row.home_region, row.facility_id) for row in page}, merged)
    wanted = (T.facility_id, T.country, T.criterion, T.place, T.stood_at, T.say, T.due_on, T.told_at)
    found = unit.session.execute(select(*wanted, T.document_id).where(among((T.home_region, T.facility_id), keys)))
    told: dict[UUID, list[Told]] = defaultdict(list)
    countries: dict[UUID, str] = {}
    for row in found:
        spot = Spot(row.criterion, row.place)
        about = violation_id(merged.get(row.facility_id, row.facility_id), spot)
        told[about].append(Told(spot, row.stood_at, Say(row.say), row.due_on, row.told_at, row.document_id))
        countries[about] = row.country
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


def _decided(
    unit: Unit, page: Sequence[Row[Any]], merged: Mapping[UUID, UUID]
) -> Mapping[tuple[UUID, str, date], set[str]]:
    """Stages decided already, by violation, recipient and due date; also of what others once knew it as.

    Nobody is told twice of one date because two facilities were merged, or were separated again. Of a facility
    that was merged all counts that was not withdrawn, for its letters still go out while they are true where it
    counts (`truth.py`); of one that stood for another for a time, what went out then.
    """
    known_as = _known_as(unit, page, merged)
    found = unit.session.execute(
        select(*(N[name] for name in DECIDED)).where(
            among((N.home_region, N.violation_id), known_as), N.document_id.is_(None)
        )
    )
    decided: dict[tuple[UUID, str, date], set[str]] = defaultdict(set)
    for notice in found:
        for about, then in known_as[notice.home_region, notice.violation_id]:
            meanwhile = then is None or (then.since <= notice.created_at < then.until and notice.state in WENT_OUT)
            if about == notice.violation_id or (meanwhile and notice.state != NoticeState.WITHDRAWN):
                decided[about, notice.recipient, notice.due_on].add(notice.stage)
    return decided


def _known_as(
    unit: Unit, page: Sequence[Row[Any]], merged: Mapping[UUID, UUID]
) -> Mapping[tuple[str, UUID], Sequence[tuple[UUID, _Meanwhile | None]]]:
    """Keys under which these violations have had notices, each with whose they were and, if not always, when."""
    parted = _parted(unit, page)
    stood_for: dict[UUID, list[UUID]] = defaultdict(list)
    for each, survivor in merged.items():
        stood_for[survivor].append(each)
    known_as: dict[tuple[str, UUID], list[tuple[UUID, _Meanwhile | None]]] = defaultdict(list)
    for row in page:
        spot = Spot(row.criterion, row.place)
        known_as[row.home_region, row.id].append((row.id, None))
        for each in stood_for[row.facility_id]:
            known_as[row.home_region, violation_id(each, spot)].append((row.id, None))
        for time in parted.get(row.facility_id, ()):
            known_as[row.home_region, violation_id(time.survivor, spot)].append((row.id, time))
    return known_as


def _parted(unit: Unit, page: Sequence[Row[Any]]) -> Mapping[UUID, Sequence[_Meanwhile]]:
    """The merges of these facilities that have ended."""
    keys = {(row.home_region, row.facility_id) for row in page}
    there = among((FacilityMerge.home_region, FacilityMerge.facility_id), keys)
    rows = unit.session.execute(
        select(
            *(
                FacilityMerge.facility_id,
                FacilityMerge.survivor_id,
                FacilityMerge.merged_at,
                FacilityMerge.ended_at,
            )
        ).where(there, FacilityMerge.ended_at.is_not(None))
    )
    parted: dict[UUID, list[_Meanwhile]] = defaultdict(list)
    for row in rows:
        parted[row.facility_id].append(_Meanwhile(row.survivor_id, row.merged_at, row.ended_at))
    return parted


def _with_merged(keys: set[tuple[str, UUID]], merged: Mapping[UUID, UUID]) -> set[tuple[str, UUID]]:
    region_of = {made: region for region, made in keys}
    return keys | {(region_of[survivor], each) for each, survivor in merged.items()}


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
        return [operator(violation.operator_id, violation.address)]
    return officials.for_(kind, violation.region_code, violation.district_code)
