"""Forgetting people: what says who they are goes; what has to stay explainable keeps their id."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, not_, select, update

from inspection.access import lasting_grant
from inspection.errors import DoesNotApply, NotFound
from inspection.journal import Change
from inspection.people import journal_of, stop_tablet
from inspection.retention import DRAFTS, ERASED
from inspection.tables.digests import Digest
from inspection.tables.drafts import Draft
from inspection.tables.intake import IntakeRow, IntakeState
from inspection.tables.journal import JournalEntry, JournalValue
from inspection.tables.notices import Letter, LetterState
from inspection.tables.people import Device, DigestWish, Grant, Pairing, Person
from inspection.tables.saved_views import SavedView
from inspection.tables.signing import ExternalIdentity, Invitation, PasswordSignIn, RecoveryCode, SignIn
from inspection.tables.tasks import Task, TaskKind, TaskState
from inspection.tables.tours import CalendarLink, Tour
from inspection.task_rules import OPEN
from inspection.unit import Unit

STOPPED = "its person is no longer kept"
# Of nobody's use but theirs: what they planned, and all that they sign in with.
THEIRS: tuple[Any, ...] = (
    *(CalendarLink, Tour, Pairing, SavedView),
    *(PasswordSignIn, RecoveryCode, SignIn, ExternalIdentity, Invitation),
)


def erase(unit: Unit, person_id: UUID, reason: str) -> bool:
    """Forget one person before their time; False if they are forgotten already, and then nothing changes.

    Raises NotFound, and DoesNotApply while they hold a grant, now or to come.
    """
    person = unit.session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound("there is no such person", kind="person")
    if person.name == ERASED:
        return False
    if unit.session.scalar(select(Grant.id).where(Grant.person_id == person_id, lasting_grant(unit.now)).limit(1)):
        raise DoesNotApply("this person holds a grant; end it first")
    region = journal_of(unit.session, person_id)
    forget(unit, [person_id])
    unit.journal.add(Change(region, "person.erased", "person", str(person_id), reason=reason))
    return True


def forget(unit: Unit, people: Collection[UUID]) -> None:
    """Erase what says who these people are: name, address, secrets, what they planned and what they left unsigned.

    Their grants, tablets and acts stay under their id, and journals keep the commitments of what is erased there.
    """
    session = unit.session
    session.flush()
    gone = {"name": ERASED, "email": None, "token_hash": None, "digest": DigestWish.NEVER.value}
    session.execute(update(Person).where(Person.id.in_(people)).values(**gone))
    for model in THEIRS:
        session.execute(delete(model).where(model.person_id.in_(people)))
    _end_tasks(unit, people)
    for draft in session.scalars(select(Draft).where(Draft.person_id.in_(people))):
        session.delete(draft)  # tablets hear of it
    for tablet in session.scalars(select(Device).where(Device.person_id.in_(people), Device.stopped_at.is_(None))):
        stop_tablet(unit, tablet.id, STOPPED)
    kept = IntakeRow.state != IntakeState.KEPT  # what nobody has looked at yet is nobody's to empty
    sent = and_(IntakeRow.collection == DRAFTS, IntakeRow.person_id.in_(people), kept)
    session.execute(update(IntakeRow).where(sent).values(body=b"", held=None))
    _erase_addresses(unit, people)
    about = select(JournalEntry.number).where(
        JournalEntry.home_region == JournalValue.home_region,
        JournalEntry.number == JournalValue.number,
        JournalEntry.object_kind == "person",
        JournalEntry.object_id.in_([str(each) for each in people]),
    )
    session.execute(delete(JournalValue).where(about.exists()).execution_options(synchronize_session=False))


def _end_tasks(unit: Unit, people: Collection[UUID]) -> None:
    """Nobody waits for what they asked; but somebody else whose address they corrected is still told.

    The rows stay for a while, so that their files are found and dropped.
    """
    waits = Task.state.in_([TaskState.PREPARED.value, *(state.value for state in OPEN)])
    theirs = and_(Task.person_id.in_(people), not_(and_(Task.kind == TaskKind.ADDRESS_TOLD.value, waits)))
    over = {"state": TaskState.CANCELLED.value, "ended_at": unit.now, "cancel_at": None}
    unit.session.execute(update(Task).where(theirs, waits).values(**over))
    unit.session.execute(update(Task).where(theirs).values(asked={}, expires_at=unit.now))


def _erase_addresses(unit: Unit, people: Collection[UUID]) -> None:
    """Of mail that has left, or never will; one that is queued finds no address when its turn comes."""
    recipients = [f"person:{each}" for each in people]
    for model in (Letter, Digest):
        done = and_(model.recipient.in_(recipients), model.state != LetterState.QUEUED)
        unit.session.execute(update(model).where(done).values(address="", answer=None))
