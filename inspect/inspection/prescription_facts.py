"""The facts from which it follows where prescriptions stand, read for several at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.bulk import among
from inspection.prescription_states import CaseFacts, ItemFacts
from inspection.tables.prescription_papers import Acknowledgement
from inspection.tables.prescriptions import PrescriptionItem
from inspection.tables.violations import Violation, ViolationState

Key = tuple[str, UUID]  # home region, id of a prescription

SHOWN = (
    *(Acknowledgement.id, Acknowledgement.channel, Acknowledgement.received_by, Acknowledgement.position),
    *(Acknowledgement.received_on, Acknowledgement.note, Acknowledgement.entered_by, Acknowledgement.entered_at),
    *(Acknowledgement.withdrawn_by, Acknowledgement.withdrawn_at, Acknowledgement.withdrawn_why),
)


def case_facts(session: Session, keys: Collection[Key]) -> Mapping[Key, CaseFacts]:
    """What is so of these prescriptions, their items in order. Two statements, however many."""
    if not keys:
        return {}
    items: dict[Key, list[ItemFacts]] = defaultdict(list)
    same = (Violation.home_region == PrescriptionItem.home_region) & (
        Violation.id == PrescriptionItem.violation_id
    )
    shown = (
        *(PrescriptionItem.position, PrescriptionItem.violation_id, PrescriptionItem.remediation_days),
        PrescriptionItem.due_on.label("told_due_on"),
        *(Violation.criterion, Violation.place, Violation.severity, Violation.state, Violation.due_on),
    )
    found = session.execute(
        select(PrescriptionItem.home_region, PrescriptionItem.prescription_id, Violation.prescription_id)
        .add_columns(*shown)
        .join(Violation, same)
        .where(among((PrescriptionItem.home_region, PrescriptionItem.prescription_id), keys))
        .order_by(PrescriptionItem.position)
    )
    for home_region, prescription_id, told_by, *values in found:
        row = dict(zip((column.key for column in shown), values, strict=True))
        current = told_by == prescription_id
        facts = ItemFacts(ViolationState(row["state"]), current, row["told_due_on"], row["due_on"], row)
        items[home_region, prescription_id].append(facts)
    acknowledged = _acknowledged(session, keys)
    return {key: CaseFacts(tuple(items[key]), key in acknowledged) for key in keys}


def _acknowledged(session: Session, keys: Collection[Key]) -> Collection[Key]:
    columns = Acknowledgement.home_region, Acknowledgement.prescription_id
    standing = among(columns, keys) & Acknowledgement.withdrawn_at.is_(None)
    return {(row.home_region, row.prescription_id) for row in session.execute(select(*columns).where(standing))}


def acknowledgements(session: Session, key: Key) -> Sequence[dict[str, Any]]:
    """Of a prescription, (home region, id), as they were entered; withdrawn ones too."""
    of_prescription = (Acknowledgement.home_region == key[0]) & (Acknowledgement.prescription_id == key[1])
    statement = select(*SHOWN).where(of_prescription)
    found = session.execute(statement.order_by(Acknowledgement.entered_at, Acknowledgement.id)).mappings()
    return [dict(row) for row in found]
