"""Whether a notice is still true when its letter is about to go out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from inspection.bulk import among
from inspection.history import Spot
from inspection.notices.stages import Event, act_of, stages
from inspection.tables.answers import OperatorReply
from inspection.tables.facilities import Facility
from inspection.tables.notices import Notice
from inspection.tables.violation_acts import ViolationAct
from inspection.tables.violations import STANDING, Violation, ViolationState
from inspection.telling import Say
from inspection.unit import Unit
from inspection.violation_rows import violation_id

OVER = frozenset({ViolationState.RELEASED, ViolationState.WAIVED})


@dataclass(frozen=True, slots=True)
class Truth:
    """A violation as it is now. due_on: what people were told, extensions included."""

    state: ViolationState
    due_on: date | None


def truths(unit: Unit, notices: Collection[Notice]) -> Mapping[UUID, Truth]:
    """The violations of these notices. One query, and one more where facilities were merged.

    What is true of a violation of a merged facility is what is true of the same one where it counts now.
    """
    keys = {(notice.home_region, notice.violation_id) for notice in notices}
    of_facility = (Facility.home_region == Violation.home_region) & (Facility.id == Violation.facility_id)
    columns = (Violation.home_region, Violation.id, Violation.criterion, Violation.place, Violation.state)
    statement = select(*columns, Violation.due_on, Facility.merged_into).join(Facility, of_facility)
    found = unit.session.execute(statement.where(among((Violation.home_region, Violation.id), keys))).all()
    true = {row.id: Truth(ViolationState(row.state), row.due_on) for row in found}
    counting = {
        row.id: (row.home_region, violation_id(row.merged_into, Spot(row.criterion, row.place)))
        for row in found
        if row.merged_into is not None
    }
    if counting:
        elsewhere = among((Violation.home_region, Violation.id), counting.values())
        rows = unit.session.execute(statement.where(elsewhere))
        there = {row.id: Truth(ViolationState(row.state), row.due_on) for row in rows}
        true |= {made: there[key[1]] for made, key in counting.items() if key[1] in there}
    return true


def unanswered(unit: Unit, notices: Collection[Notice]) -> Collection[UUID]:
    """The questions that these notices tell and that were neither answered nor taken back. One query, or none."""
    asking = {stage.name for stage in stages().telling(Event.ASKED)}
    keys = {(n.home_region, n.document_id) for n in notices if n.stage in asking and n.document_id is not None}
    if not keys:
        return ()
    act, later = ViolationAct, aliased(ViolationAct)
    taken_back = exists().where(later.home_region == act.home_region, later.takes_back == act.id)
    answered = exists().where(OperatorReply.home_region == act.home_region, OperatorReply.request_id == act.id)
    wanted = select(act.id).where(among((act.home_region, act.id), keys), ~taken_back, ~answered)
    return unit.session.scalars(wanted).all()


def is_true(notice: Notice, now: Truth | None, *, waits: bool) -> bool:
    """Whether a notice may still go out. waits: its question is an unanswered one.

    What a date brought says the date alone, whatever became of its stage since. An act that this version no longer
    knows says nothing that anybody could vouch for.
    """
    act, due_on = act_of(notice.stage), notice.due_on
    if now is None or (act is None and notice.document_id is not None):
        return False
    if isinstance(act, Event):
        # Whatever date holds: it tells what happened or is asked, and not the date.
        return now.state in STANDING and (waits or act is not Event.ASKED)
    if act is Say.RELEASED:
        return now.state in OVER
    if act is Say.CORRECTED:
        return due_on is None or (now.state in STANDING and now.due_on == due_on)
    return now.state in STANDING and now.due_on == due_on
