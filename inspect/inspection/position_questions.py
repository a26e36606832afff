"""Questions about where a facility lies: asked by rule, decided by a person, never answered silently."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, case, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection import facilities
from inspection.access import Act, Caller, may, narrow, require
from inspection.area_filters import lies_in
from inspection.bulk import among
from inspection.countries import local_date
from inspection.database import Instant
from inspection.errors import DoesNotApply, Fault, Forbidden, InvalidInput, StaleVersion
from inspection.journal import Change
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.siting import Certainty, Site, Spot, area_index
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility, LocationMethod
from inspection.tables.positions import About, Position, PositionQuestion, QuestionState
from inspection.unit import Unit

KIND = "position_question"
SORT = "position-questions"
CLOSED = case((PositionQuestion.closed_at.is_(None), 0), else_=1)


class Decision(StrEnum):
    """What a person says to a question."""

    KEEP = "keep"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a facility may lie elsewhere; the columns of a question, see there."""

    why: str
    lat: float | None
    lon: float | None
    radius_m: float | None
    distance_m: float | None
    area: str | None
    fixes: tuple[Mapping[str, Any], ...]
    visits: tuple[str, ...]


def open_questions(
    session: Session, keys: Collection[tuple[str, UUID]], about: About
) -> Mapping[UUID, PositionQuestion]:
    """The open questions of facilities by (home region, id)."""
    rows = session.scalars(
        select(PositionQuestion).where(
            among((PositionQuestion.home_region, PositionQuestion.facility_id), keys),
            PositionQuestion.about == about.value,
            PositionQuestion.state == QuestionState.OPEN.value,
        )
    )
    return {row.facility_id: row for row in rows}


def ask(unit: Unit, held: Facility, about: About, doubt: Doubt, asked: PositionQuestion | None) -> None:
    """Open a question about a locked facility, or bring the open one up to date."""
    said = {
        "held_lat": held.lat,
        "held_lon": held.lon,
        "held_accuracy_m": held.accuracy_m,
        "held_area": held.district_code or held.region_code,
        "proposed_lat": doubt.lat,
        "proposed_lon": doubt.lon,
        "proposed_radius_m": doubt.radius_m,
        "proposed_area": doubt.area,
        "distance_m": doubt.distance_m,
        "why": doubt.why,
        "fixes": [dict(fix) for fix in doubt.fixes],
        "visits": list(doubt.visits),
    }
    if asked is not None:
        changed = {name: value for name, value in said.items() if getattr(asked, name) != value}
        for name, value in changed.items():
            setattr(asked, name, value)
        asked.rev += bool(changed)
        return
    place = {"country": held.country, "region_code": held.region_code, "district_code": held.district_code}
    made = unit.new_id()
    unit.session.add(
        PositionQuestion(
            home_region=held.home_region,
            id=made,
            facility_id=held.id,
            **place,
            about=about.value,
            state=QuestionState.OPEN.value,
            opened_at=unit.now,
            **said,
        )
    )
    facts = {"facility_id": (None, held.id), "about": (None, about.value), "distance_m": (None, doubt.distance_m)}
    unit.journal.add(Change(held.home_region, "position.asked", KIND, str(made), facts))


def withdraw(unit: Unit, asked: PositionQuestion) -> None:
    """Close a question for which nothing speaks any more."""
    _close(unit, asked, QuestionState.WITHDRAWN, None, None)


def decide(
    unit: Unit,
    caller: Caller,
    question_id: UUID,
    decision: Decision,
    reason: str,
    *,
    seen_rev: int | None = None,
) -> PositionQuestion:
    """Keep the facility where it is, or move it to what is proposed, with all its documents.

    The same decision again changes nothing. seen_rev: the version that the caller saw; a later visit can propose
    another position. Raises NotFound, Forbidden, InvalidInput for an empty reason, DoesNotApply for a question
    that is closed, and StaleVersion.
    """
    asked = unit.session.scalars(_one(question_id)).first()
    require(caller, Act.EDIT_FACILITY, asked, what="question")
    assert asked is not None  # noqa: S101 - require refuses None
    if not reason.strip():
        raise InvalidInput([Fault("/reason", "the reason is empty", "a sentence")])
    held = facilities.locked(unit.session, asked.facility_id)
    assert held is not None  # noqa: S101 - questions are asked of facilities, which are never deleted
    unit.session.refresh(asked)
    state = QuestionState.KEPT if decision is Decision.KEEP else QuestionState.MOVED
    if asked.state == state and asked.decided_by == caller.person_id and asked.reason == reason:
        return asked
    if asked.state != QuestionState.OPEN:
        raise DoesNotApply("this question is closed already", state=asked.state)
    if seen_rev not in (None, asked.rev):
        raise StaleVersion("the document was changed since you read it", rev=asked.rev)
    if decision is Decision.MOVE:
        _move(unit, caller, held, asked)
    _settle(unit.session, asked)
    _close(unit, asked, state, caller.person_id, reason)
    unit.session.flush()
    return asked


def _move(unit: Unit, caller: Caller, held: Facility, asked: PositionQuestion) -> None:
    if asked.about == About.DISTRICT:
        _move_to_area(unit, caller, held, asked)
        return
    moved: facilities.FacilityFields = {
        "lat": asked.proposed_lat,
        "lon": asked.proposed_lon,
        "accuracy_m": asked.proposed_radius_m,
        "location_method": LocationMethod.PERSON.value,
    }
    facilities.change(unit, caller, held.id, held.rev, moved)


def _move_to_area(unit: Unit, caller: Caller, held: Facility, asked: PositionQuestion) -> None:
    districts = area_index(unit.session, local_date(unit.now, held.country))
    spot = Spot(held.lat or 0.0, held.lon or 0.0, held.accuracy_m)
    (found,) = districts.sites([spot], [asked.proposed_area])
    if isinstance(found, Fault):  # the boundaries or the position have changed since it was asked
        raise DoesNotApply("the coordinates do not lie in the proposed area any more", area=asked.proposed_area)
    if not may(caller, Act.EDIT_FACILITY, found.place):
        raise Forbidden("this needs a role that may edit facilities in that area", act=Act.EDIT_FACILITY.value)
    certainty = Certainty.INSIDE if found.certainty is Certainty.GIVEN else found.certainty
    facilities.apply(unit, held, {}, Site(found.place, certainty))


def _settle(session: Session, asked: PositionQuestion) -> None:
    """Remember about which visits a person has decided: they are not asked about again."""
    position = session.get(Position, (asked.home_region, asked.facility_id), populate_existing=True)
    if position is not None and asked.visits:
        position.settled_visits = sorted({*(position.settled_visits or []), *asked.visits})


def _close(unit: Unit, asked: PositionQuestion, state: QuestionState, by: UUID | None, reason: str | None) -> None:
    asked.state, asked.closed_at, asked.decided_by, asked.reason = state.value, unit.now, by, reason
    asked.rev += 1
    facts = {"state": (QuestionState.OPEN.value, state.value)}
    unit.journal.add(Change(asked.home_region, "position.decided", KIND, str(asked.id), facts, reason=reason))


def _one(question_id: UUID) -> Select[PositionQuestion]:
    regions = select(Area.code).where(Area.level <= Level.REGION)  # few, and the key begins with them
    return select(PositionQuestion).where(
        PositionQuestion.home_region.in_(regions), PositionQuestion.id == question_id
    )


def one(session: Session, caller: Caller, question_id: UUID) -> PositionQuestion:
    """One question. Raises NotFound."""
    asked = session.scalars(_one(question_id)).first()
    require(caller, Act.READ, asked, what="question")
    assert asked is not None  # noqa: S101 - require refuses None
    return asked


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    open: bool | None = None,  # noqa: A002 - what the parameter is called
    facility_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Questions that the caller may see, open ones first, the oldest first; without their fixes.

    Raises InvalidInput for an area that is not known and a cursor that is not of this list.
    """
    columns = [column for column in PositionQuestion.__table__.c if column.key not in ("fixes", "home_region")]
    statement = narrow(select(*columns), PositionQuestion, caller)
    if area is not None:
        statement = statement.where(lies_in(session, PositionQuestion, area))
    if open is not None:
        is_open = PositionQuestion.closed_at.is_(None)
        statement = statement.where(is_open if open else ~is_open)
    if facility_id is not None:
        statement = statement.where(PositionQuestion.facility_id == facility_id)
    if cursor is not None:
        statement = statement.where(_after(cursor))
    ordered = statement.order_by(CLOSED, PositionQuestion.opened_at, PositionQuestion.id)
    found = session.execute(ordered.limit(limit + 1)).mappings().all()
    rows = [dict(row) for row in found[:limit]]
    return Page(rows, _next(rows[-1]) if len(found) > limit else None)


def _next(last: dict[str, Any]) -> str:
    return write_cursor(SORT, (int(last["closed_at"] is not None), last["opened_at"].isoformat(), last["id"]))


def _after(cursor: str) -> ColumnElement[bool]:
    closed, opened_at, last = read_cursor(cursor, SORT, (int, str, UUID))
    try:
        moment = datetime.fromisoformat(opened_at).astimezone(UTC)
    except (ValueError, OverflowError):
        reason = "this is no cursor of this list in this order"
        raise InvalidInput([Fault("/cursor", reason, "next_cursor of the page before, unchanged")]) from None
    key = tuple_(CLOSED, PositionQuestion.opened_at, PositionQuestion.id)
    after: ColumnElement[bool] = key > tuple_(literal(closed), literal(moment, Instant()), literal(last, Uuid()))
    return after
