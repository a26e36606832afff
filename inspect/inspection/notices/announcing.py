"""Notices of acts: a prescription, an extension, a release, an answer, a question.

Written in the transaction of the act.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from inspection.bulk import among, insert_new_rows
from inspection.dossiers import Dossier
from inspection.notices.recipients import REACHABLE, Addressee, operator
from inspection.notices.rows import About, notice_rows
from inspection.notices.stages import Event, stages
from inspection.tables.answers import OperatorReply
from inspection.tables.facilities import Facility
from inspection.tables.notices import Notice, NoticeState
from inspection.tables.operators import Operator
from inspection.tables.violation_acts import ViolationAct
from inspection.tables.violations import Violation
from inspection.telling import Told
from inspection.unit import Unit
from inspection.violation_rows import violation_id

PLACED = ("home_region", "country", "region_code", "district_code", "facility_id")


def announce_told(unit: Unit, entries: Iterable[tuple[Dossier, Told]]) -> None:
    """Make the notices by which operators hear what the ledger now says. Two statements, however many entries."""
    listed = list(entries)
    if not listed:
        return
    addressees = operators_of(unit, [dossier.facility for dossier, _ in listed])
    rows = [
        row
        for dossier, entry in listed
        for stage in stages().telling(entry.say)
        for row in notice_rows(_about(dossier, entry), addressees[dossier.facility.id], stage, (), unit.now)
    ]
    insert_new_rows(unit.session, Notice, sorted(rows, key=lambda row: (row["home_region"], row["id"])))


def announce(unit: Unit, event: Event, row: OperatorReply | ViolationAct) -> None:
    """Make the notice by which an operator hears that an official answered them, or asks them."""
    facility = unit.session.get_one(Facility, (row.home_region, row.facility_id))
    due_on = unit.session.get_one(Violation, (row.home_region, row.violation_id)).due_on
    about = About({name: getattr(row, name) for name in PLACED}, row.violation_id, due_on, row.id)
    to = operators_of(unit, [facility])[facility.id]
    listed = stages().telling(event)
    rows = [row for stage in listed for row in notice_rows(about, to, stage, (), unit.now)]
    insert_new_rows(unit.session, Notice, rows)


def was_told(unit: Unit, home_region: str, violation: UUID, act: UUID) -> bool:
    """Whether an act was told, or still will be: not if its notice was withdrawn, as the violation was over."""
    about = (Notice.home_region == home_region) & (Notice.violation_id == violation)
    of_act = about & (Notice.document_id == act)
    kept = select(Notice.id).where(of_act, Notice.state != NoticeState.WITHDRAWN.value)
    return unit.session.execute(kept.limit(1)).first() is not None


def _about(dossier: Dossier, entry: Told) -> About:
    placed = {name: value for name, value in dossier.placed.items() if name != "rev"}
    return About(placed, violation_id(dossier.facility.id, entry.spot), entry.due_on, entry.by)


def operators_of(unit: Unit, those: Iterable[Facility]) -> Mapping[UUID, Addressee]:
    """Facility to its operator as an addressee. One statement."""
    facilities = {facility.id: facility for facility in those}
    keys = {(f.home_region, f.operator_id) for f in facilities.values() if f.operator_id}
    found = unit.session.execute(
        select(Operator.id, REACHABLE).where(among((Operator.home_region, Operator.id), keys))
    )
    addresses: dict[Any, str | None] = {row.id: row.address for row in found}
    return {
        made: operator(f.operator_id, addresses.get(f.operator_id) if f.operator_id else None)
        for made, f in facilities.items()
    }
