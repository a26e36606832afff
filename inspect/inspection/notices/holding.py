"""Held letters: an official lets each go, or says that it went out before."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from inspection.access import NEEDS, Act, Caller, require, within
from inspection.area_filters import lies_in
from inspection.errors import Forbidden
from inspection.held_mail import MOST, HeldOutcome, Saying, Settled, settle_one
from inspection.notices.letters import LETTERS, addresses_now
from inspection.notices.reading import found
from inspection.tables.areas import Level
from inspection.tables.notices import Letter, LetterState
from inspection.unit import Unit

HELD = Letter.state == LetterState.HELD.value


def settle_letter(unit: Unit, caller: Caller, letter_id: UUID, said: Saying) -> Letter:
    """Say what becomes of one. Raises NotFound, Forbidden, DoesNotApply for one that is not held."""
    letter = found(unit.session, caller, letter_id, lock=True)
    require(caller, Act.DECIDE, letter, what="letter")
    _settle(unit, [letter], said)
    return letter


def settle_letters(
    unit: Unit, caller: Caller | None, said: Saying, area: str | None = None, limit: int = MOST
) -> Settled:
    """Say it of all where the caller may decide, the oldest first, at most so many at once.

    caller: None for whoever runs the installation. Raises Forbidden for who may decide nowhere, InvalidInput for
    an area that is not known.
    """
    where: list[ColumnElement[bool]] = [HELD]
    if caller is not None:
        if not any(caller.reach(Act.DECIDE, level) for level in Level):
            raise Forbidden(NEEDS[Act.DECIDE], act=Act.DECIDE.value)
        where.append(within(Letter, caller, Act.DECIDE))
    if area is not None:
        where.append(lies_in(unit.session, Letter, area))
    oldest = select(Letter).where(*where).order_by(Letter.queued_at, Letter.id).limit(limit)
    letters = unit.session.scalars(oldest.with_for_update(skip_locked=True)).all()
    _settle(unit, letters, said)
    unit.session.flush()
    left = unit.session.scalar(select(func.count()).select_from(Letter).where(*where)) or 0
    return Settled(len(letters), left)


def _settle(unit: Unit, letters: Sequence[Letter], said: Saying) -> None:
    released = said.outcome is HeldOutcome.RELEASE
    addresses = addresses_now(unit, letters) if released else {}
    for letter in letters:
        address = addresses.get(letter.recipient) or ""
        state = LetterState.QUEUED if address else LetterState.BY_HAND
        settle_one(unit, LETTERS, letter, said, state.value)
        if released:
            letter.address = address
