"""What people do with a queued re-check: who goes, when, and that nobody has to.

Settling says what is to be looked at and never touches any of this. A tablet may take a re-check for its own
person (`sync/followups.py`); giving it to somebody else is the head of department's.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from inspection.access import Act, Caller, PlacedRow, known, may, require
from inspection.countries import local_date
from inspection.errors import DoesNotApply, Fault, Forbidden, InvalidInput, StaleVersion
from inspection.heads import lock_facilities
from inspection.homes import born_somewhere
from inspection.journal import Change
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.people import Person
from inspection.unit import Unit

KIND = "followup"
OPEN = (FollowUpState.QUEUED, FollowUpState.ASSIGNED)
LONGEST_WAIT = timedelta(days=90)  # that one person may put a re-check off for
MOST = 500
GONE = "whoever had it may not audit there any more"


def assign(
    unit: Unit,
    caller: Caller,
    followup_id: UUID,
    rev: int,
    *,
    assignee: UUID | None,
    planned_on: date | None = None,
) -> FollowUp:
    """Give a re-check to somebody, or back to the pool of its district. rev: the version the caller has read.

    Inspectors take what nobody has and give back what they have; who goes instead is the head of department's
    matter. The same again changes nothing. Raises NotFound, Forbidden, StaleVersion, DoesNotApply for one that is
    closed, and InvalidInput for somebody who may not audit there today and for a day that is over.
    """
    held = _locked(unit, caller, followup_id, Act.SUBMIT_AUDIT)
    wanted = {"assignee_id": assignee, "planned_on": planned_on}
    if all(getattr(held, name) == value for name, value in wanted.items()):
        return held
    _refuse(held, rev)
    if not may_hand(caller, held, held.assignee_id, assignee):
        raise Forbidden("only a head of department gives a follow-up to somebody else")
    if assignee is not None and not _may_go(unit, assignee, held):
        accepted = "somebody who may send audits in its district today, or null for the pool"
        raise InvalidInput([Fault("/assignee", "this person cannot go there", accepted)])
    today = local_date(unit.now, held.country)
    if planned_on is not None and planned_on < today:
        raise InvalidInput([Fault("/planned_on", "this day is over", f"{today.isoformat()} or later")])
    return _change(unit, held, "changed", {**wanted, "state": _state(assignee)})


def may_hand(caller: Caller, place: PlacedRow, held_by: UUID | None, to: UUID | None) -> bool:
    """Whether the caller may give a re-check at a place, which somebody or nobody has, to somebody or nobody."""
    return {held_by, to} <= {caller.person_id, None} or may(caller, Act.CONFIRM, place)


def postpone(unit: Unit, caller: Caller, followup_id: UUID, rev: int, *, until: date, reason: str) -> FollowUp:
    """Put a re-check off: until that day it is not due, and stays in the list.

    The same again changes nothing. Raises as `assign` does, and InvalidInput for a day that is too early or late.
    """
    held = _locked(unit, caller, followup_id, Act.CONFIRM)
    if (held.postponed_until, held.postponed_why) == (until, reason):
        return held
    _refuse(held, rev)
    today = local_date(unit.now, held.country)
    if not today < until <= today + LONGEST_WAIT:
        accepted = f"from {today + timedelta(days=1)} to {today + LONGEST_WAIT}"
        raise InvalidInput([Fault("/until", "a re-check cannot be put off to this day", accepted)])
    return _change(unit, held, "postponed", {"postponed_until": until, "postponed_why": reason}, reason)


def cancel(unit: Unit, caller: Caller, followup_id: UUID, rev: int, *, reason: str) -> FollowUp:
    """Say that nobody has to go. It stays so until there is another reason to go than those it was queued for.

    The same again changes nothing. Raises as `assign` does.
    """
    held = _locked(unit, caller, followup_id, Act.CONFIRM)
    if held.state == FollowUpState.CANCELLED and held.cancelled_why == reason:
        return held
    _refuse(held, rev)
    closed = {"state": FollowUpState.CANCELLED.value, "closed_at": unit.now, "closed_by": caller.person_id}
    return _change(unit, held, "cancelled", {**closed, "cancelled_why": reason}, reason)


def return_stranded(unit: Unit, after: UUID | None = None) -> tuple[UUID | None, int]:
    """Give back to the pool what is assigned to people who may not audit there any more, page by page.

    Returns the last re-check that was looked at (None: there are no more) and how many went back.
    """
    assigned = FollowUp.state == FollowUpState.ASSIGNED.value
    wanted = select(FollowUp.home_region, FollowUp.id, FollowUp.facility_id).where(assigned)
    if after is not None:
        wanted = wanted.where(FollowUp.id > after)
    rows = unit.session.execute(wanted.order_by(FollowUp.id).limit(MOST)).all()
    if not rows:
        return None, 0
    lock_facilities(unit.session, [(row.home_region, row.facility_id) for row in rows])
    people: dict[UUID, Caller] = {}
    returned = 0
    for row in rows:
        held = unit.session.get_one(FollowUp, (row.home_region, row.id), populate_existing=True)
        if held.state == FollowUpState.ASSIGNED and held.assignee_id is not None:
            going = people.setdefault(held.assignee_id, known(unit.session, held.assignee_id, now=unit.now))
            if not may(going, Act.SUBMIT_AUDIT, held):
                back = {"assignee_id": None, "planned_on": None, "state": FollowUpState.QUEUED.value}
                _change(unit, held, "returned", back, GONE)
                returned += 1
    return rows[-1].id, returned


def covered(items: Collection[Mapping[str, Any]], cancelled: Collection[FollowUp]) -> bool:
    """Whether everything there is to look at was there when a person said that nobody has to go."""
    return any(all(item in one.items for item in items) for one in cancelled)


def _locked(unit: Unit, caller: Caller, followup_id: UUID, act: Act) -> FollowUp:
    """The re-check under the lock of its facility, if the caller may do this. Raises NotFound, Forbidden."""
    wanted = select(FollowUp).where(born_somewhere(FollowUp, followup_id))
    held = unit.session.scalars(wanted).one_or_none()
    require(caller, act, held, what=KIND)
    assert held is not None  # noqa: S101 - require refuses None
    lock_facilities(unit.session, [(held.home_region, held.facility_id)])
    unit.session.refresh(held)
    require(caller, act, held, what=KIND)  # it may have moved since
    return held


def _refuse(held: FollowUp, rev: int) -> None:
    if held.rev != rev:
        raise StaleVersion("somebody changed this follow-up since you read it", held_rev=held.rev)
    if held.state not in OPEN:
        raise DoesNotApply("this follow-up is closed", state=held.state)


def _may_go(unit: Unit, person: UUID, held: FollowUp) -> bool:
    if unit.session.get(Person, person) is None:
        return False
    return may(known(unit.session, person, now=unit.now), Act.SUBMIT_AUDIT, held)


def _state(assignee: UUID | None) -> str:
    return (FollowUpState.ASSIGNED if assignee else FollowUpState.QUEUED).value


def _change(
    unit: Unit, held: FollowUp, action: str, wanted: Mapping[str, Any], reason: str | None = None
) -> FollowUp:
    facts = {n: (getattr(held, n), value) for n, value in wanted.items() if getattr(held, n) != value}
    for name, (_, value) in facts.items():
        setattr(held, name, value)
    held.rev += 1
    unit.journal.add(Change(held.home_region, f"followup.{action}", KIND, str(held.id), facts, reason))
    unit.session.flush()
    return held
