"""Whose turn it is among what was kept, and what becomes of what fails or waits.

A document is counted as tried before it is tried, in a unit of its own: one that kills the process is known by its
count. Several may work on the backlog at once; on PostgreSQL each takes rows that nobody else holds.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from inspection.intake import KEY, these
from inspection.sync.outcomes import announce
from inspection.tables.areas import Area, Level
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.intake import IntakeKey, IntakeRow, IntakeState
from inspection.tables.regions import Home
from inspection.unit import Unit

MOST_ATTEMPTS = 6  # one within a batch, then five alone
GIVEN_UP = "the program failed on this row; it is kept, and can be tried again after an update"
PLAIN = {"synchronize_session": False}


def take_fresh(
    unit: Unit, collections: Collection[str], *, region: str | None = None, limit: int = 50
) -> list[IntakeKey]:
    """Kept documents of one region that were never tried, first received first; each is counted as tried.

    Commit before trying them, so that one which kills the process is known by its count. Of several who ask at
    once each gets others: what is counted is fresh no more.
    """
    fresh = _untouched(collections) & (IntakeRow.attempts == 0)
    if region is None:
        oldest = select(IntakeRow.home_region).where(fresh).order_by(IntakeRow.received_at).limit(1)
        region = unit.session.scalar(oldest)
    return _take(unit, fresh & (IntakeRow.home_region == region), limit)


def take_again(
    unit: Unit, collections: Collection[str], *, but: Collection[IntakeKey] = (), region: str | None = None
) -> IntakeKey | None:
    """The first document that was tried before and is still kept; it is counted as tried once more.

    but: those that had their turn.
    """
    tried = _untouched(collections) & (IntakeRow.attempts > 0)
    if region is not None:
        tried &= IntakeRow.home_region == region
    if but:
        tried &= ~these(but)
    taken = _take(unit, tried, 1)
    return taken[0] if taken else None


def count_attempt(unit: Unit, keys: Collection[IntakeKey], by: int = 1) -> None:
    """Count documents as tried once more, or once less if that was no attempt at all."""
    counted = update(IntakeRow).where(these(keys)).values(attempts=IntakeRow.attempts + by)
    unit.session.execute(counted.execution_options(**PLAIN))


def attempts(session: Session, key: IntakeKey) -> int:
    """How often a document was tried."""
    return session.scalars(select(IntakeRow.attempts).where(these([key]))).one()


def _untouched(collections: Collection[str]) -> ColumnElement[bool]:
    return (IntakeRow.state == IntakeState.KEPT.value) & IntakeRow.collection.in_(sorted(collections))


def _take(unit: Unit, which: ColumnElement[bool], limit: int) -> list[IntakeKey]:
    found = unit.session.execute(
        select(*KEY)
        .where(which)
        .order_by(IntakeRow.received_at, IntakeRow.document_id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # what somebody else works on
    )
    keys = [IntakeKey(*row) for row in found]
    if keys:
        counted = update(IntakeRow).where(these(keys)).values(attempts=IntakeRow.attempts + 1)
        unit.session.execute(counted.execution_options(**PLAIN))
    return keys


def claim(unit: Unit, keys: Collection[IntakeKey]) -> list[IntakeKey]:
    """Of these documents those that are still kept and that nobody else works on, for the rest of the unit.

    SQLite has no row locks; there a unit that writes is alone from its start.
    """
    if not keys:
        return []
    still = these(keys) & (IntakeRow.state == IntakeState.KEPT.value)
    found = unit.session.execute(select(*KEY).where(still).order_by(*KEY).with_for_update(skip_locked=True))
    return [IntakeKey(*row) for row in found]


def give_up(unit: Unit, key: IntakeKey) -> bool:
    """Put aside a document that the program fails on. Whether it was still kept."""
    still = these([key]) & (IntakeRow.state == IntakeState.KEPT.value)
    put_aside = _change(unit, still, IntakeState.QUARANTINED).values(reason=GIVEN_UP)
    if not unit.session.execute(put_aside.returning(*KEY)).all():
        return False
    announce(unit.session, [key])
    return True


def replay(
    unit: Unit,
    collections: Collection[str],
    *,
    state: IntakeState = IntakeState.QUARANTINED,
    document_id: UUID | None = None,
    reason_like: str | None = None,
) -> int:
    """Let documents that were put aside (or wait) have another turn, as if they had just come. Returns how many.

    reason_like: part of the reason. What a person decided about stays as it is.
    """
    which = (IntakeRow.state == state.value) & IntakeRow.collection.in_(sorted(collections))
    which &= IntakeRow.decided_at.is_(None)
    if document_id is not None:
        which &= IntakeRow.document_id == document_id
    if reason_like is not None:
        which &= IntakeRow.reason.icontains(reason_like, autoescape=True)
    return len(_again(unit, which))


def awaken(unit: Unit, arrived: Collection[UUID]) -> list[IntakeKey]:
    """Let documents that waited for one of these have another turn. Returns which they are.

    arrived: ids of audits, facilities or checklists. A document waits in the region of its sender.
    """
    if not arrived:
        return []
    regions = select(Area.code).where(Area.level <= Level.REGION)  # few, and the index begins with them
    which = IntakeRow.home_region.in_(regions) & IntakeRow.waiting_for.in_(sorted(arrived))
    return _again(unit, which & (IntakeRow.state == IntakeState.WAITING.value))


def awaken_all(unit: Unit) -> list[IntakeKey]:
    """`awaken` whatever waits for something that is there: for what came while nobody looked."""
    here = or_(
        select(Home.id).where(Home.id == IntakeRow.waiting_for).exists(),
        select(PublishedChecklist.id).where(PublishedChecklist.id == IntakeRow.waiting_for).exists(),
    )
    return _again(unit, (IntakeRow.state == IntakeState.WAITING.value) & here)


def _again(unit: Unit, which: ColumnElement[bool]) -> list[IntakeKey]:
    found = unit.session.execute(select(*KEY).where(which).order_by(*KEY).with_for_update(skip_locked=True))
    keys = [IntakeKey(*row) for row in found]
    if keys:
        unit.session.execute(_change(unit, these(keys), IntakeState.KEPT).values(attempts=0))
        announce(unit.session, keys)
    return keys


def _change(unit: Unit, which: ColumnElement[bool], state: IntakeState) -> Any:
    """The statement that gives rows another state."""
    return (
        update(IntakeRow)
        .where(which)
        .values(
            state=state.value,
            reason=None,
            waiting_for=None,
            outcome_rev=IntakeRow.outcome_rev + 1,
            understood_at=None if state is IntakeState.KEPT else unit.now,
        )
        .execution_options(**PLAIN)
    )
