"""Notices of violations that a re-check still measured: the told date stands, and whoever is above hears of it.

Written in the transaction that settles the re-check. Of several audits only the newest is told, each once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from inspection.bulk import insert_new_rows
from inspection.countries import local_date
from inspection.dossiers import Dossier
from inspection.notices.announcing import PLACED, operators_of
from inspection.notices.recipients import Addressee, Officials
from inspection.notices.rows import About, notice_rows
from inspection.notices.stages import Event, Recipient, stages
from inspection.tables.notices import Notice
from inspection.tables.violations import STANDING
from inspection.unit import Unit

Changed = Sequence[tuple[Dossier, Mapping[str, Any]]]


def announce_failed_rechecks(unit: Unit, changed: Changed) -> None:
    """Make the notices of those violations that were found again, before their new rows are written.

    changed: rows of violations with their dossier, which still holds the violations as they were. Nothing is
    asked of the database where none was found again; else one statement, and one for each region.
    """
    failed = [(dossier, row, event) for dossier, row in changed if (event := _failed(dossier, row))]
    if not failed:
        return
    operators = operators_of(unit, [dossier.facility for dossier, _, _ in failed])
    officials = {region: Officials.of(unit, region) for region in {row["region_code"] for _, row, _ in failed}}
    rows = [
        notice
        for dossier, row, event in failed
        for stage in stages().telling(event)
        for kind in stage.to
        for to in _who(kind, row, operators[dossier.facility.id], officials[row["region_code"]])
        for notice in notice_rows(_about(row), to, stage, (), unit.now)
    ]
    insert_new_rows(unit.session, Notice, sorted(rows, key=lambda row: (row["home_region"], row["id"])))


def _failed(dossier: Dossier, row: Mapping[str, Any]) -> Event | None:
    """What happened, if the newest audit that found this told violation has come in now and was a re-check."""
    held = dossier.violations.get(row["id"])
    if held is None or row["state"] not in STANDING or row["due_on"] is None:
        return None
    if row["found_again"] == 0 or not held.episodes:
        return None
    observed_at = _last_seen(dossier, row["episodes"])
    if observed_at <= _last_seen(dossier, held.episodes):
        return None  # known, corrected since, or something older that comes late
    if local_date(observed_at, row["country"]) > row["due_on"]:
        return Event.FOUND_LATE
    refuted = row["episodes"][-1].get("refuted_at") == observed_at.isoformat()
    return Event.FOUND_AGAIN if refuted else None


def _last_seen(dossier: Dossier, episodes: Sequence[Mapping[str, Any]]) -> datetime:
    return dossier.audits[UUID(episodes[-1]["fails"][-1])].observed_at


def _who(
    kind: Recipient, row: Mapping[str, Any], operator: Addressee, officials: Officials
) -> Iterable[Addressee]:
    if kind is Recipient.OPERATOR:
        return [operator]
    return officials.for_(kind, row["region_code"], row["district_code"])


def _about(row: Mapping[str, Any]) -> About:
    audit = UUID(row["episodes"][-1]["fails"][-1])
    return About({name: row[name] for name in PLACED}, row["id"], row["due_on"], audit)
