"""Letting the events of the demo happen, through the doors that real ones come in by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from inspection.access import Caller, sign_in
from inspection.countries import local_date
from inspection.deciding import Wish, decide
from inspection.demo.calendar import SWEEP_DAYS
from inspection.demo.events import Fined, Issued, Ruled, Sent
from inspection.demo.people import CAST, REGION, token
from inspection.dossiers import open_dossiers
from inspection.fines import Claim, enter
from inspection.intake import AUDITS, Received, keep
from inspection.prescribing import prescribe
from inspection.settling import write_settled
from inspection.tables.facilities import Facility, Standing
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.intake import IntakeKey
from inspection.tables.people import Device
from inspection.tables.violations import STANDING, Violation
from inspection.unit import Unit

SWEPT_TOGETHER = 100  # facilities that one unit settles anew


@dataclass(frozen=True, slots=True)
class Stage:
    """Who acts: the cast to their ids, and their tablets by the person."""

    seed: int
    ids: Mapping[str, UUID]
    tablets: Mapping[UUID, UUID]

    def sign_in(self, unit: Unit, slug: str) -> Caller:
        """One of the cast, signed in at the moment of the unit and named in its journal."""
        caller = sign_in(unit.session, token(self.seed, slug), now=unit.now)
        unit.journal.acted_by(caller)
        return caller


def set_stage(unit: Unit, seed: int, ids: Mapping[str, UUID]) -> Stage:
    """The stage after founding."""
    devices = unit.session.scalars(select(Device).where(Device.person_id.in_(sorted(ids.values()))))
    return Stage(seed, ids, {device.person_id: device.id for device in devices})


def keep_sent(unit: Unit, stage: Stage, sent: Sequence[Sent]) -> Sequence[IntakeKey]:
    """Keep documents as they came; the keys to understand them by."""
    received = []
    for each in sent:
        person = stage.ids[each.by]
        key = IntakeKey(REGION, AUDITS, each.audit, each.digest)
        clock = each.at + timedelta(seconds=CAST[each.by].skew_s) if each.told_time else None
        received.append(Received(key, each.body, person, stage.tablets[person], clock))
    keep(unit, received)
    return [each.key for each in received]


def issue_all(unit: Unit, stage: Stage, issued: Sequence[Issued]) -> None:
    """Issue the prescriptions of one inspector and day."""
    caller = stage.sign_in(unit, issued[0].by)
    for each in issued:
        prescribe(unit, caller, each.audit, each.prescription)


def rule_all(unit: Unit, stage: Stage, ruled: Sequence[Ruled]) -> None:
    """Decide what one official decides on a day."""
    caller = stage.sign_in(unit, ruled[0].by)
    for each in ruled:
        decide(unit, caller, each.violation, Wish(each.decision, each.kind, each.reason, each.until))


def enter_fines(unit: Unit, stage: Stage, fined: Sequence[Fined]) -> None:
    """Enter the fines that one official has on the desk on a day."""
    caller = stage.sign_in(unit, fined[0].by)
    for each in fined:
        claim = Claim(each.number, each.imposed_on, each.sum, each.operator, each.prescription)
        enter(unit, caller, each.facility, each.fine, claim)


def to_sweep(unit: Unit) -> Sequence[UUID]:
    """Facilities about which time alone has changed something since the last sweep.

    An item that became overdue changes nothing where a visit is queued already.
    """
    today = local_date(unit.now, "KZ")
    since = today - timedelta(days=SWEEP_DAYS)
    queued = select(FollowUp.facility_id).where(
        FollowUp.home_region == REGION, FollowUp.state.in_([FollowUpState.QUEUED, FollowUpState.ASSIGNED])
    )
    overdue = select(Violation.facility_id).where(
        Violation.home_region == REGION,
        Violation.state.in_(STANDING),
        Violation.due_on >= since,
        Violation.due_on < today,
        Violation.facility_id.not_in(queued),
    )
    changed = select(Standing.id).where(
        Standing.home_region == REGION, Standing.changes_on > since, Standing.changes_on <= today
    )
    return sorted({*unit.session.scalars(overdue), *unit.session.scalars(changed)})


def every_facility(unit: Unit) -> Sequence[UUID]:
    """All facilities of the region."""
    return unit.session.scalars(
        select(Facility.id).where(Facility.home_region == REGION).order_by(Facility.id)
    ).all()


def settle_anew(unit: Unit, facilities: Sequence[UUID]) -> None:
    """Work out again what is true of facilities, as of now."""
    write_settled(unit, open_dossiers(unit, [(REGION, each) for each in facilities]).values())
