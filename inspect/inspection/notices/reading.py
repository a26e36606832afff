"""Letters as officials see them, and their word that one was delivered on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, func, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, narrow, require
from inspection.area_filters import lies_in
from inspection.countries import local_date
from inspection.database import Instant
from inspection.errors import DoesNotApply, Fault, InvalidInput
from inspection.homes import born_somewhere
from inspection.journal import Change
from inspection.keyset import Page, read_moment, write_cursor
from inspection.notices.content import Content, content
from inspection.notices.letters import judged
from inspection.tables.facilities import Facility
from inspection.tables.notices import Letter, LetterState, Notice
from inspection.unit import Unit

L = Letter.__table__.c
SHOWN = (
    *(L.id, L.rev, L.facility_id, L.country, L.region_code, L.district_code, L.recipient, L.local_date),
    *(L.state, L.attempts, L.queued_at, L.sent_at, L.answer, L.delivered_on, L.delivered_by, L.delivery),
)
SORT = "letters"
ON_PAPER = (LetterState.FAILED, LetterState.BY_HAND)
NOTHING_TRUE = "nothing in this letter is true any more"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What somebody says of a letter on paper: when it was handed over, and how."""

    delivered_on: date
    how: str


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    state: Sequence[LetterState] = (),
    facility_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Letters about facilities that the caller may see, the newest first; with the names of the facility.

    Raises InvalidInput for an area that is not known and a cursor that is not of this list.
    """
    statement = narrow(_listed(), Letter, caller)
    if area is not None:
        statement = statement.where(lies_in(session, Letter, area))
    if state:
        statement = statement.where(L.state.in_([each.value for each in state]))
    if facility_id is not None:
        statement = statement.where(L.facility_id == facility_id)
    if cursor is not None:
        at, last = read_moment(cursor, SORT)
        reached = tuple_(literal(at, Instant()), literal(last, Uuid()))
        statement = statement.where(tuple_(L.queued_at, L.id) < reached)
    ordered = statement.order_by(L.queued_at.desc(), L.id.desc()).limit(limit + 1)
    rows = [dict(row) for row in session.execute(ordered).mappings()]
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, write_cursor(SORT, (rows[-1]["queued_at"].isoformat(), rows[-1]["id"])) if more else None)


def _listed() -> Select[Any]:
    same = (Facility.home_region == Letter.home_region) & (Facility.id == Letter.facility_id)
    counted = (Notice.home_region == Letter.home_region) & (Notice.letter_id == Letter.id)
    notices = select(func.count()).where(counted).scalar_subquery().label("notices")
    return select(*SHOWN, Facility.name_kk, Facility.name_ru, notices).join_from(Letter, Facility, same)


def one(unit: Unit, caller: Caller, letter_id: UUID) -> Content:
    """What a letter says, as true as it is now; or said, if it went out.

    Raises NotFound, also for what the caller may not see, DoesNotApply if nothing in it is true any more.
    """
    letter = found(unit.session, caller, letter_id)
    true, untrue = judged(unit, letter)
    went_out = letter.state in (LetterState.SENT, LetterState.DELIVERED)
    said = [*true, *untrue] if went_out else true
    if not said:
        raise DoesNotApply(NOTHING_TRUE, state=letter.state)
    return content(unit, letter, said)


def deliver(unit: Unit, caller: Caller, letter_id: UUID, said: Delivery) -> Letter:
    """Write down that a letter was delivered on paper. Saying the same again changes nothing.

    Raises NotFound, Forbidden, InvalidInput for a day that cannot be, DoesNotApply for a letter that went by mail.
    """
    letter = found(unit.session, caller, letter_id, lock=True)
    require(caller, Act.PRESCRIBE, letter, what="letter")
    if letter.state == LetterState.DELIVERED and (letter.delivered_on, letter.delivery) == (
        said.delivered_on,
        said.how,
    ):
        return letter
    if letter.state not in [state.value for state in ON_PAPER]:
        raise DoesNotApply("this letter is not one to be delivered on paper", state=letter.state)
    today = local_date(unit.now, letter.country)
    if not letter.local_date <= said.delivered_on <= today:
        accepted = f"from {letter.local_date} to {today}"
        raise InvalidInput([Fault("/delivered_on", "nobody delivered it on that day", accepted)])
    facts = {"state": (letter.state, LetterState.DELIVERED.value), "delivered_on": (None, said.delivered_on)}
    letter.state, letter.rev = LetterState.DELIVERED.value, letter.rev + 1
    letter.delivered_on, letter.delivered_by, letter.delivery = said.delivered_on, caller.person_id, said.how
    unit.journal.add(Change(letter.home_region, "letter.delivered", "letter", str(letter.id), facts, said.how))
    return letter


def found(session: Session, caller: Caller, letter_id: UUID, *, lock: bool = False) -> Letter:
    """A letter that the caller may see. Raises NotFound."""
    wanted = select(Letter).where(born_somewhere(Letter, letter_id))
    letter = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    require(caller, Act.READ, letter, what="letter")
    assert letter is not None  # noqa: S101 - require has seen to it
    return letter
