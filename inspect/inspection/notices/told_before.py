"""What people were told of a page of violations, and which stages were decided, under all names they ever had."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from inspection.bulk import among
from inspection.countries import local_date
from inspection.history import Spot
from inspection.tables.duplicates import FacilityMerge
from inspection.tables.notices import Notice, NoticeState
from inspection.tables.telling import ToldRow
from inspection.telling import Say, Told, by_spot, due_on
from inspection.unit import Unit
from inspection.violation_rows import violation_id

T, N = ToldRow.__table__.c, Notice.__table__.c
DECIDED = ("home_region", "violation_id", "recipient", "due_on", "stage", "state", "created_at")
WENT_OUT = (NoticeState.IN_LETTER, NoticeState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Due:
    """A told date that stands. told_on: local day on which it was told."""

    due_on: date
    told_on: date


@dataclass(frozen=True, slots=True)
class _Meanwhile:
    """A time in which another facility stood for one."""

    survivor: UUID
    since: datetime
    until: datetime


def ledger(unit: Unit, page: Sequence[Row[Any]], merged: Mapping[UUID, UUID]) -> Mapping[UUID, Due]:
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
            standing[violation] = Due(date_told, _since(of_spot, countries[violation]))
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


def decided_before(
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
