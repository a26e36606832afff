"""Links by which a prescription can be answered without signing in.

Whoever holds one sees that prescription and nothing else. That which goes out with letters is one and the same for
all of them until somebody revokes it; officials can make further ones to hand over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, require
from inspection.bulk import insert_new_rows
from inspection.errors import AlreadyDifferent, DoesNotApply, InspectionError, NotFound
from inspection.heads import lock_facilities
from inspection.homes import find
from inspection.journal import Change
from inspection.notices.rows import NOTICES
from inspection.tables.answers import AnswerLink
from inspection.tables.facilities import Facility
from inspection.tables.prescriptions import Prescription, PrescriptionItem
from inspection.tables.regions import Home
from inspection.tables.violations import Violation
from inspection.unit import Unit

LASTS = timedelta(days=60)  # beyond the last date, and beyond the letter that carries it
SHOWN = (
    *(AnswerLink.id, AnswerLink.prescription_id, AnswerLink.made_at, AnswerLink.made_by, AnswerLink.expires_at),
    *(AnswerLink.revoked_at, AnswerLink.revoked_by, AnswerLink.revoked_why),
)
Key = tuple[str, UUID]  # home region, id


class LinkEnd(StrEnum):
    """Why a link opens nothing any more."""

    EXPIRED = "expired"
    REVOKED = "revoked"


class LinkOver(InspectionError):
    """The link was good once. It says nothing of the prescription."""

    slug = "link-over"

    def __init__(self, why: LinkEnd) -> None:
        super().__init__("this link is no longer valid", why=why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Link:
    """A link that opens its prescription. home: of both."""

    id: UUID
    home: str
    prescription_id: UUID
    expires_at: datetime


def link_for_letters(unit: Unit, prescription: Key) -> Link | None:
    """The link that letters about a prescription carry: the one they carried before, moved on, or a new one.

    None once it was revoked: whoever did that can hand over a new one.
    """
    home, made = prescription
    held = unit.session.scalars(
        select(AnswerLink)
        .where(AnswerLink.home_region == home, AnswerLink.prescription_id == made, AnswerLink.made_by.is_(None))
        .order_by(AnswerLink.made_at.desc(), AnswerLink.id)
        .with_for_update()
    ).first()
    until = _until(unit, prescription)
    if held is None:
        row = unit.session.get_one(Prescription, prescription)
        link_id = uuid5(NOTICES, f"answer\n{made}")
        _insert(unit, row, link_id, None, until)
        held = unit.session.get_one(AnswerLink, (home, link_id))
    elif held.revoked_at is not None:
        return None
    elif held.expires_at < until:
        held.expires_at, held.rev = until, held.rev + 1
    return Link(held.id, home, made, held.expires_at)


def make(unit: Unit, caller: Caller, prescription_id: UUID, link_id: UUID) -> Link:
    """A further link, to be handed over. Making the same again changes nothing.

    Raises NotFound, Forbidden, AlreadyDifferent (the id is taken).
    """
    prescription = _locked(unit, caller, prescription_id)
    held = find(unit.session, AnswerLink, link_id)
    if held is None:
        key = prescription.home_region, prescription_id
        _insert(unit, prescription, link_id, caller.person_id, _until(unit, key))
        held = find(unit.session, AnswerLink, link_id)
    if held is None or held.prescription_id != prescription_id or held.made_by is None:
        raise AlreadyDifferent("this id is taken by another document", link=str(link_id))
    return Link(held.id, held.home_region, prescription_id, held.expires_at)


def revoke(unit: Unit, caller: Caller, link_id: UUID, reason: str) -> AnswerLink:
    """Let a link open nothing any more. Saying the same again changes nothing.

    Raises NotFound, Forbidden, DoesNotApply if it is revoked already.
    """
    held = find(unit.session, AnswerLink, link_id)
    require(caller, Act.DECIDE, held, what="answer_link")
    assert held is not None  # noqa: S101 - require has seen to it
    facility = lock_facilities(unit.session, [(held.home_region, held.facility_id)])[held.facility_id]
    require(caller, Act.DECIDE, facility, what="answer_link")  # it may have moved since
    unit.session.refresh(held, with_for_update=True)
    if held.revoked_at is not None:
        if (held.revoked_by, held.revoked_why) == (caller.person_id, reason):
            return held
        raise DoesNotApply("this link is revoked already", link=str(link_id))
    held.revoked_at, held.revoked_by, held.revoked_why = unit.now, caller.person_id, reason
    held.rev += 1
    unit.session.flush()
    about = {"prescription_id": (None, held.prescription_id)}
    unit.journal.add(Change(held.home_region, "answer_link.revoked", "answer_link", str(link_id), about, reason))
    return held


def of_prescription(session: Session, caller: Caller, prescription_id: UUID) -> list[dict[str, Any]]:
    """The links of a prescription, oldest first. Raises NotFound, Forbidden for who may not hand one over."""
    row = find(session, Prescription, prescription_id)
    require(caller, Act.DECIDE, row, what="prescription")
    assert row is not None  # noqa: S101 - require has seen to it
    mine = (AnswerLink.home_region == row.home_region) & (AnswerLink.prescription_id == prescription_id)
    found = session.execute(select(*SHOWN).where(mine).order_by(AnswerLink.made_at, AnswerLink.id)).mappings()
    return [dict(each) for each in found]


def open_link(session: Session, link_id: UUID, now: datetime) -> Link:
    """What a link opens. Raises NotFound for one that never was, LinkOver for one that is over."""
    held = find(session, AnswerLink, link_id)
    if held is None:
        raise NotFound("there is no such link", kind="answer_link")
    if held.revoked_at is not None:
        raise LinkOver(LinkEnd.REVOKED)
    if held.expires_at <= now:
        raise LinkOver(LinkEnd.EXPIRED)
    return Link(held.id, held.home_region, held.prescription_id, held.expires_at)


def _until(unit: Unit, prescription: Key) -> datetime:
    """Until when a link that goes out now is good: the last date that holds, or today, and some time beyond."""
    same = (Violation.home_region == PrescriptionItem.home_region) & (
        Violation.id == PrescriptionItem.violation_id
    )
    mine = (PrescriptionItem.home_region == prescription[0]) & (
        PrescriptionItem.prescription_id == prescription[1]
    )
    last = func.max(func.coalesce(Violation.due_on, PrescriptionItem.due_on))
    day = unit.session.scalar(select(last).select_from(PrescriptionItem).join(Violation, same).where(mine))
    ahead = max(day - unit.now.date(), timedelta(0)) if day is not None else timedelta(0)
    return unit.now + ahead + LASTS


def _insert(
    unit: Unit, prescription: Prescription, link_id: UUID, made_by: UUID | None, expires_at: datetime
) -> None:
    home = {"id": link_id, "region": prescription.home_region, "kind": "answer_link"}
    if not insert_new_rows(unit.session, Home, [home]):
        return
    facility = unit.session.get_one(Facility, (prescription.home_region, prescription.facility_id))
    unit.session.add(
        AnswerLink(
            home_region=prescription.home_region,
            id=link_id,
            country=facility.country,
            region_code=facility.region_code,
            district_code=facility.district_code,
            facility_id=facility.id,
            prescription_id=prescription.id,
            made_at=unit.now,
            made_by=made_by,
            expires_at=expires_at,
        )
    )
    unit.session.flush()
    about = {"prescription_id": (None, prescription.id), "expires_at": (None, expires_at)}
    unit.journal.add(Change(prescription.home_region, "answer_link.made", "answer_link", str(link_id), about))


def _locked(unit: Unit, caller: Caller, prescription_id: UUID) -> Prescription:
    """The prescription, its facility locked: it cannot move to another district meanwhile."""
    row = find(unit.session, Prescription, prescription_id)
    require(caller, Act.DECIDE, row, what="prescription")
    assert row is not None  # noqa: S101 - require has seen to it
    facility = lock_facilities(unit.session, [(row.home_region, row.facility_id)])[row.facility_id]
    require(caller, Act.DECIDE, facility, what="prescription")
    return row
