"""Which re-checks somebody has taken in hand on the last evening: planned, put off, called off."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from inspection.countries import local_date
from inspection.demo.acting import Stage
from inspection.demo.people import AKIMAT_DISTRICT, HEAD, INSPECTORS, REGION
from inspection.demo.sites import LEFT_ALONE
from inspection.followup_acts import assign, cancel, postpone
from inspection.tables.facilities import Facility, Standing
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.unit import Unit

PLANNED = ((0, 0), (0, 1), (1, 0), (1, 4))  # number of the inspector, days from now
PUT_OFF_DAYS = 21
STOPS = 8
PUT_OFF, CALLED_OFF = (
    "Объектіде күрделі жөндеу жүріп жатыр, тексеру аяқталғаннан кейін.",
    "Субъект мекенжайын ауыстырды, ғимарат бос тұр.",
)


def plan_rounds(unit: Unit, stage: Stage) -> None:
    """Say who goes where and when; of one that it has time, of one that nobody has to go."""
    head, today = stage.sign_in(unit, HEAD), local_date(unit.now, "KZ")
    queued = _queued(unit, len(PLANNED) + 2)
    for held in queued[1:2]:
        postpone(unit, head, held.id, held.rev, until=today + timedelta(days=PUT_OFF_DAYS), reason=PUT_OFF)
    for held in queued[2:3]:
        cancel(unit, head, held.id, held.rev, reason=CALLED_OFF)
    for held, (number, days) in zip([*queued[:1], *queued[3:]], PLANNED, strict=False):
        person = stage.ids[INSPECTORS[number]]
        assign(unit, head, held.id, held.rev, assignee=person, planned_on=today + timedelta(days=days))


def _queued(unit: Unit, most: int) -> Sequence[FollowUp]:
    same = (Facility.home_region == FollowUp.home_region) & (Facility.id == FollowUp.facility_id)
    wanted = select(FollowUp).join(Facility, same).where(FollowUp.home_region == REGION)
    open_ = wanted.where(FollowUp.state == FollowUpState.QUEUED.value, Facility.kind != LEFT_ALONE)
    found = unit.session.scalars(open_.order_by(FollowUp.wanted_from, FollowUp.id).limit(most + 1)).all()
    return found[:-1]  # one is left in the pool


def to_be_checked(unit: Unit) -> Sequence[UUID]:
    """Where in the city a re-check is open and most visits are obstructed: as many as make a tour."""
    same = (Standing.home_region == FollowUp.home_region) & (Standing.id == FollowUp.facility_id)
    wanted = select(FollowUp.facility_id).join(Standing, same).where(FollowUp.home_region == REGION)
    here = wanted.where(FollowUp.state == FollowUpState.QUEUED.value, FollowUp.district_code == AKIMAT_DISTRICT)
    known = here.where(Standing.obstructed.is_not(None))
    return unit.session.scalars(known.order_by(Standing.obstructed.desc(), Standing.id).limit(STOPS)).all()
