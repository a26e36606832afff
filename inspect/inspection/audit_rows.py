"""The row of an audit: what its document says, what was judged, and when it really happened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from inspection.audit_documents import AuditDocument
from inspection.clocks import corrected_time
from inspection.countries import local_date
from inspection.criteria import Checklist
from inspection.dossiers import Dossier
from inspection.findings import as_rows
from inspection.history import Finding, Outcome, Spot
from inspection.tables.intake import IntakeKey
from inspection.tables.people import Device, Person
from inspection.tables.use_records import UseSource


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it was kept, and who sent it when. The columns of an intake row, see there."""

    key: IntakeKey
    body: bytes
    person_id: UUID | None
    device_id: UUID | None
    device_time: datetime | None
    received_at: datetime


def enrolments(session: Session, kept: Sequence[Kept]) -> Callable[[Kept], datetime]:
    """The moment before which the sender of each document cannot have observed anything, in one query.

    The enrolment of the tablet; for who sends without a tablet, the making of the person's account.
    """
    devices = sorted({row.device_id for row in kept if row.device_id})
    people = sorted({row.person_id for row in kept if row.person_id})
    enrolled = select(Device.id, Device.enrolled_at).where(Device.id.in_(devices))
    joined = select(Person.id, Person.created_at).where(Person.id.in_(people))
    since = {each.id: each.enrolled_at for each in session.execute(union_all(enrolled, joined))}
    return lambda row: since.get(row.device_id) or since.get(row.person_id) or row.received_at


def audit_row(
    document: AuditDocument,
    kept: Kept,
    dossier: Dossier,
    checklist: Checklist,
    findings: Mapping[Spot, Finding],
    *,
    enrolled_at: datetime,
) -> dict[str, Any]:
    """The columns of the audit that a kept document becomes."""
    signed = corrected_time(
        document.signed_at,
        received_at=kept.received_at,
        enrolled_at=enrolled_at,
        sent_at=kept.device_time,
        anchor=document.anchor,
    )
    observed = signed.at and _end_of_visit(document, signed.at, enrolled_at)
    facility = dossier.facility
    return {
        **dossier.placed,
        "id": document.id,
        "kind": facility.kind,
        "demo": facility.demo,
        "checklist_id": document.checklist,
        "checklist_key": checklist.key,
        "checklist_version": checklist.version,
        "author_id": kept.person_id,
        "device_id": kept.device_id,
        "received_at": kept.received_at,
        "content_hash": kept.key.content_hash.hex(),
        "intake_region": None if kept.key.home_region == facility.home_region else kept.key.home_region,
        "observed_at": observed,
        "observed_on": observed and local_date(observed, facility.country),
        "signed_true_at": signed.at,
        "time_source": signed.source.value,
        "findings": as_rows(findings.values()),
        "failed": sum(f.outcome is Outcome.FAIL for f in findings.values()),
        **_said(document),
    }


def _end_of_visit(document: AuditDocument, signed_at: datetime, enrolled_at: datetime) -> datetime:
    """The moment of the observation; the anchor was read at the signature, some minutes later."""
    since = document.signed_at - document.finished_at  # centuries, where a clock was set right on the way
    return signed_at - since if since < signed_at - enrolled_at else enrolled_at


def _said(document: AuditDocument) -> dict[str, Any]:
    return {
        "corrects_id": document.corrects,
        "ground": document.ground.value,
        "appointment_number": document.appointment and document.appointment.number,
        "appointment_date": document.appointment and document.appointment.day,
        "ersop_number": document.ersop and document.ersop.number,
        "ersop_date": document.ersop and document.ersop.day,
        "started_at": document.started_at,
        "finished_at": document.finished_at,
        "signed_at": document.signed_at,
        "anchor": document.anchor
        and {
            "server_time": document.anchor.server_time.isoformat(),
            "elapsed_ms": round(document.anchor.elapsed.total_seconds() * 1000),
            "boot_id": document.anchor.boot_id,
        },
        "alternatives": dict(document.alternatives),
        "fixes": [
            {"lat": f.lat, "lon": f.lon, "accuracy_m": f.accuracy_m, "at": f.at and f.at.isoformat()}
            for f in document.fixes
        ],
        "use": document.use
        and {
            "source": document.use.source,
            "visits": document.use.visits,
            "period_from": document.use.period_from.isoformat(),
            "period_to": document.use.period_to.isoformat(),
            "completeness": document.use.completeness,
            "attested_zero": document.use.attested_zero,
        },
    }


def use_row(document: AuditDocument, audit: Mapping[str, Any]) -> dict[str, Any]:
    """The use record that an audit brings home. document.use: not None; on a register it counts clients."""
    assert document.use is not None  # noqa: S101 - the caller asks only for those
    of_register = document.use.source == UseSource.REGISTER
    signed_on = local_date(audit["signed_true_at"] or audit["received_at"], audit["country"])
    copied = ("home_region", "rev", "country", "region_code", "district_code", "facility_id", "author_id", "demo")
    return {
        **{name: audit[name] for name in copied},
        "id": uuid5(document.id, "use"),
        "audit_id": document.id,
        "source": document.use.source,
        "visits": None if of_register else document.use.visits,
        "clients": document.use.visits if of_register else None,
        "period_from": document.use.period_from,
        "period_to": document.use.period_to,
        "completeness": document.use.completeness,
        "attested_zero": document.use.attested_zero,
        "signed_on": signed_on if document.use.attested_zero else None,
        "recorded_at": audit["received_at"],
    }
