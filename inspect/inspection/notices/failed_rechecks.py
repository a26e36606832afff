"""Notices of violations that a re-check still measured: the told date stands, and whoever is above hears of it.

Written in the transaction that settles the re-check. Of several audits only the newest is told, each once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from inspection.bulk import among, insert_new_rows
from inspection.countries import local_date
from inspection.dossiers import Dossier
from inspection.history import Spot
from inspection.notices.announcing import PLACED, operators_of
from inspection.notices.editions import timetable
from inspection.notices.recipients import Addressee, Officials
from inspection.notices.rows import About, notice_rows
from inspection.notices.stages import Event, Recipient, Stages, stages
from inspection.tables.duplicates import FacilityMerge
from inspection.tables.notices import Notice, NoticeState
from inspection.tables.violations import STANDING
from inspection.unit import Unit
from inspection.violation_rows import violation_id

Changed = Sequence[tuple[Dossier, Mapping[str, Any]]]


def announce_failed_rechecks(unit: Unit, changed: Changed) -> None:
    """Make the notices of those violations that were found again, before their new rows are written.

    changed: rows of violations with their dossier, which still holds the violations as they were. Nothing is
    asked of the database where none was found again; else four statements, and one for each region.
    """
    found = [(dossier, row, event) for dossier, row in changed if (event := _failed(dossier, row))]
    told = _told_before(unit, [(dossier, row) for dossier, row, _ in found])
    failed = [each for each in found if each[1]["id"] not in told]
    if not failed:
        return
    operators = operators_of(unit, [dossier.facility for dossier, _, _ in failed])
    officials = {region: Officials.of(unit, region) for region in {row["region_code"] for _, row, _ in failed}}
    told_by = _in_force(unit, {row["country"] for _, row, _ in failed})
    rows = [
        notice
        for dossier, row, event in failed
        for stage in told_by[row["country"]].telling(event)
        for kind in stage.to
        for to in _who(kind, row, operators[dossier.facility.id], officials[row["region_code"]])
        for notice in notice_rows(_about(row), to, stage, (), unit.now)
    ]
    insert_new_rows(unit.session, Notice, sorted(rows, key=lambda row: (row["home_region"], row["id"])))


def _in_force(unit: Unit, countries: Collection[str]) -> Mapping[str, Stages]:
    """The stages of each country today: whom such an act tells is a setting of theirs."""
    return {each: timetable(unit.session, each, local_date(unit.now, each)).stages for each in sorted(countries)}


def _failed(dossier: Dossier, row: Mapping[str, Any]) -> Event | None:
    """What happened, if the newest audit that found this told violation has come in now and was a re-check."""
    held = dossier.violations.get(row["id"])
    if held is None or row["state"] not in STANDING or row["due_on"] is None:
        return None
    if row["found_again"] == 0 or not held.episodes:
        return None
    observed_at = _seen(dossier, row["episodes"])[-1]
    before = _seen(dossier, held.episodes)
    if not before or observed_at <= before[-1]:
        return None  # known, corrected since, or something older that comes late
    if local_date(observed_at, row["country"]) > row["due_on"]:
        return Event.FOUND_LATE
    refuted = row["episodes"][-1].get("refuted_at") == observed_at.isoformat()
    return Event.FOUND_AGAIN if refuted else None


def _seen(dossier: Dossier, episodes: Sequence[Mapping[str, Any]]) -> Sequence[datetime]:
    """When the last episode was seen; of audits that count elsewhere since facilities were separated, nothing."""
    fails = (dossier.audits.get(UUID(made)) for made in episodes[-1]["fails"])
    return [audit.observed_at for audit in fails if audit is not None]


def _told_before(unit: Unit, found: Changed) -> Collection[UUID]:
    """Those of these violations whose newest fail was told of a facility that theirs is, or was, merged with."""
    if not found:
        return ()
    facilities = {(dossier.facility.home_region, dossier.facility.id) for dossier, _ in found}
    merges = select(FacilityMerge.facility_id, FacilityMerge.survivor_id).where(
        among((FacilityMerge.home_region, FacilityMerge.facility_id), facilities)
        | among((FacilityMerge.home_region, FacilityMerge.survivor_id), facilities)
    )
    one_place: dict[UUID, set[UUID]] = defaultdict(set)
    for merged, survivor in unit.session.execute(merges):
        one_place[merged].add(survivor)
        one_place[survivor].add(merged)
    known_as = {
        (row["home_region"], violation_id(each, Spot(row["criterion"], row["place"]))): row
        for dossier, row in found
        for each in one_place[dossier.facility.id]
    }
    if not known_as:
        return ()
    keys = among((Notice.home_region, Notice.violation_id), known_as)
    names = [stage.name for event in (Event.FOUND_AGAIN, Event.FOUND_LATE) for stage in stages().telling(event)]
    wanted = select(Notice.home_region, Notice.violation_id, Notice.document_id)
    told = unit.session.execute(wanted.where(keys, Notice.stage.in_(names), Notice.state != NoticeState.WITHDRAWN))
    rows = ((known_as[home, violation], document) for home, violation, document in told)
    return {row["id"] for row, document in rows if document == _newest_fail(row)}


def _who(
    kind: Recipient, row: Mapping[str, Any], operator: Addressee, officials: Officials
) -> Iterable[Addressee]:
    if kind is Recipient.OPERATOR:
        return [operator]
    return officials.for_(kind, row["region_code"], row["district_code"])


def _about(row: Mapping[str, Any]) -> About:
    return About({name: row[name] for name in PLACED}, row["id"], row["due_on"], _newest_fail(row))


def _newest_fail(row: Mapping[str, Any]) -> UUID:
    """The audit that found it last."""
    return UUID(row["episodes"][-1]["fails"][-1])
