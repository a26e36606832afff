"""That somebody received a prescription: written down by an inspector or official, withdrawn, never rewritten."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from inspection.access import Act, Caller, may, require
from inspection.countries import local_date
from inspection.errors import AlreadyDifferent, DoesNotApply, Fault, InvalidInput, NotFound
from inspection.heads import lock_facilities
from inspection.homes import find
from inspection.journal import Change
from inspection.tables.facilities import Facility
from inspection.tables.prescription_papers import Acknowledgement, Channel
from inspection.tables.prescriptions import Prescription
from inspection.unit import Unit

SAID = ("channel", "received_by", "position", "received_on", "note")
PERSONAL = frozenset(("received_by", "position", "note"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is said of it. id is made by the client, so that saying it twice says it once.

    received_by, position: who received it and what they are there. received_on: local date of the area.
    """

    id: UUID
    channel: Channel
    received_by: str
    received_on: date
    position: str | None = None
    note: str | None = None


def acknowledge(unit: Unit, caller: Caller, prescription_id: UUID, said: Receipt) -> Acknowledgement:
    """Write down that somebody received it. Saying the same again changes nothing.

    Raises NotFound, Forbidden, InvalidInput for a day that cannot be, AlreadyDifferent (the id is taken).
    """
    prescription, facility = _locked(unit, caller, prescription_id)
    values = {name: getattr(said, name) for name in SAID} | {"channel": said.channel.value}
    held = unit.session.get(Acknowledgement, (prescription.home_region, said.id))
    if held is not None:
        same = held.prescription_id == prescription_id and all(getattr(held, n) == v for n, v in values.items())
        if not same:
            raise AlreadyDifferent("this id is taken by another document", acknowledgement=str(said.id))
        return held
    today = local_date(unit.now, prescription.country)
    if not prescription.issued_on <= said.received_on <= today:
        accepted = f"from {prescription.issued_on} to {today}"
        raise InvalidInput([Fault("/received_on", "nobody received it on that day", accepted)])
    row = Acknowledgement(
        home_region=prescription.home_region,
        id=said.id,
        country=facility.country,
        region_code=facility.region_code,
        district_code=facility.district_code,
        facility_id=prescription.facility_id,
        prescription_id=prescription_id,
        entered_by=caller.person_id,
        entered_at=unit.now,
        **values,
    )
    unit.session.add(row)
    unit.session.flush()
    facts = {"acknowledgement": (None, said.id), **{name: (None, value) for name, value in values.items()}}
    unit.journal.add(_change(prescription, "acknowledged", facts))
    return row


def withdraw(
    unit: Unit, caller: Caller, prescription_id: UUID, acknowledgement_id: UUID, reason: str
) -> Acknowledgement:
    """Say that an acknowledgement is not true. Saying the same again changes nothing.

    Raises NotFound, Forbidden, DoesNotApply if it is withdrawn already.
    """
    prescription, _ = _locked(unit, caller, prescription_id)
    held = unit.session.get(Acknowledgement, (prescription.home_region, acknowledgement_id))
    if held is None or held.prescription_id != prescription_id:
        raise NotFound("there is no such acknowledgement", kind="acknowledgement")
    if held.withdrawn_by is not None:
        if (held.withdrawn_by, held.withdrawn_why) == (caller.person_id, reason):
            return held
        raise DoesNotApply("this acknowledgement is withdrawn already", acknowledgement=str(held.id))
    held.withdrawn_by, held.withdrawn_at, held.withdrawn_why = caller.person_id, unit.now, reason
    held.rev += 1
    unit.session.flush()
    facts = {"acknowledgement": (None, held.id)}
    unit.journal.add(_change(prescription, "acknowledgement_withdrawn", facts, reason))
    return held


def _locked(unit: Unit, caller: Caller, prescription_id: UUID) -> tuple[Prescription, Facility]:
    """The prescription and its facility, locked: it cannot move to another district while something is added."""
    row = find(unit.session, Prescription, prescription_id)
    require(caller, _act(caller, row), row, what="prescription")
    assert row is not None  # noqa: S101 - require has seen to it
    facility = lock_facilities(unit.session, [(row.home_region, row.facility_id)])[row.facility_id]
    require(caller, _act(caller, facility), facility, what="prescription")  # it may have moved since
    return row, facility


def _act(caller: Caller, row: Prescription | Facility | None) -> Act:
    """Whoever may prescribe there may say so, and whoever decides there too."""
    return Act.DECIDE if row is not None and may(caller, Act.DECIDE, row) else Act.PRESCRIBE


def _change(
    prescription: Prescription, action: str, facts: dict[str, tuple[Any, Any]], reason: str | None = None
) -> Change:
    region, made = prescription.home_region, str(prescription.id)
    return Change(region, f"prescription.{action}", "prescription", made, facts, reason, PERSONAL & facts.keys())
