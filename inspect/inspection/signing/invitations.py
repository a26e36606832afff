"""Invitations: by one somebody sets a password, or is linked to an identity elsewhere. It is also the way back in.

Accepting one ends all that the person signed in with before, so that whoever had got hold of it is out.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from inspection.access import Act, Caller
from inspection.bulk import insert_new_rows, table_of
from inspection.errors import AlreadyDifferent, DoesNotApply, NotFound
from inspection.granting import governs, still_governs
from inspection.signing.journalled import note
from inspection.signing.limits import INVITATION_LASTS
from inspection.signing.names import LONGEST, sign_in_name
from inspection.signing.refusals import InvitationOver
from inspection.tables.people import Person
from inspection.tables.signing import Invitation, PasswordSignIn
from inspection.unit import Unit

I = Invitation.__table__.c  # noqa: E741 - as the other tables are called
P = PasswordSignIn.__table__.c


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """A wish. id is made by the client; secret_hash: of the secret that the person will be given.

    by_password: it may only be accepted by setting a password, so that the person needs a name to sign in with.
    """

    id: UUID
    person_id: UUID
    secret_hash: bytes
    by_password: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation that can be accepted. sign_in_name: None for somebody without an address of mail."""

    id: UUID
    person_id: UUID
    person: str
    language: str
    sign_in_name: str | None
    expires_at: datetime

    @property
    def about(self) -> tuple[str, ...]:
        """What the person's password may not consist of."""
        return (self.person, self.sign_in_name or "")


def make(unit: Unit, caller: Caller | None, wish: NewInvitation) -> Invitation:
    """Invite somebody whom the caller governs; the invitation before it is withdrawn.

    caller: None on the command line. Raises NotFound, DoesNotApply for oneself, and for who has no address of mail
    of their own where they need one, AlreadyDifferent for an id that is taken.
    """
    if caller is not None and not governs(unit, caller, Act.ADMINISTER, wish.person_id):
        raise NotFound("there is no such person", kind="person")
    if caller is not None and caller.person_id == wish.person_id:
        # Else a browser that was left open would be enough to take a person's sign-in over for good.
        raise DoesNotApply("nobody invites themselves; another administrator can")
    person = unit.session.get(Person, wish.person_id)
    if person is None:
        raise NotFound("there is no such person", kind="person")
    if wish.by_password:
        require_name(unit.session, person)
    end_open(unit, wish.person_id)
    row = {
        "id": wish.id,
        "person_id": wish.person_id,
        "secret_hash": wish.secret_hash,
        "made_by": None if caller is None else caller.person_id,
        "made_at": unit.now,
        "expires_at": unit.now + INVITATION_LASTS,
    }
    if not insert_new_rows(unit.session, Invitation, [row]):
        raise AlreadyDifferent("this invitation was made before; make another", invitation=str(wish.id))
    note(unit, wish.person_id, "invitation.made", {"expires_at": (None, row["expires_at"])})
    return unit.session.get_one(Invitation, wish.id)


def withdraw(unit: Unit, caller: Caller, person_id: UUID) -> None:
    """Withdraw the invitation of somebody whom the caller governs, if there is one. Raises NotFound."""
    if not governs(unit, caller, Act.ADMINISTER, person_id):
        raise NotFound("there is no such person", kind="person")
    if end_open(unit, person_id):
        note(unit, person_id, "invitation.withdrawn")


def open_invitation(session: Session, secret_hash: bytes, now: datetime) -> Opened:
    """What a secret is good for. Raises InvitationOver.

    Who made it knows it: once the person holds more than they govern, or they govern nobody, it is over.
    """
    found = session.execute(
        select(I.id, I.person_id, I.made_by, Person.name, Person.language, Person.email, I.expires_at)
        .join(Person, Person.id == I.person_id)
        .where(I.secret_hash == secret_hash, _open(now))
    ).first()
    if found is None or not _still_good(session, found.made_by, found.person_id, now):
        raise InvitationOver("this invitation is not known, was used, or is over")
    name = None if found.email is None else sign_in_name(found.email)
    return Opened(found.id, found.person_id, found.name, found.language, name, found.expires_at)


def take(unit: Unit, secret_hash: bytes) -> Opened:
    """Accept an invitation: of two who do so at once one is told that it is over. Raises InvitationOver."""
    mine = (I.secret_hash == secret_hash) & _open(unit.now)
    locked = select(I.id).where(mine).with_for_update()
    if unit.session.execute(locked).first() is None:
        raise InvitationOver("this invitation is not known, was used, or is over")
    opened = open_invitation(unit.session, secret_hash, unit.now)
    accepted = update(table_of(Invitation)).where(I.id == opened.id).values(accepted_at=unit.now)
    unit.session.connection().execute(accepted)
    return opened


def require_name(session: Session, person: Person) -> str:
    """The name by which a person can sign in. Raises DoesNotApply without an address, or where another has it."""
    name = sign_in_name(person.email or "")
    if not 0 < len(name) <= LONGEST:
        raise DoesNotApply("this person has no address of mail to sign in with")
    if session.scalar(select(P.person_id).where(P.name == name, P.person_id != person.id)) is not None:
        raise DoesNotApply("another person signs in with this address of mail")
    return name


def _still_good(session: Session, made_by: UUID | None, person_id: UUID, now: datetime) -> bool:
    """made_by: None for the command line, which governs everybody."""
    return made_by is None or still_governs(session, made_by, Act.ADMINISTER, person_id, now=now)


def _open(now: datetime) -> ColumnElement[bool]:
    return I.accepted_at.is_(None) & I.withdrawn_at.is_(None) & (I.expires_at > now)


def end_open(unit: Unit, person_id: UUID) -> int:
    """Withdraw the invitation of somebody that is open, if there is one; how many that were."""
    these = (I.person_id == person_id) & _open(unit.now)
    withdrawn = update(table_of(Invitation)).where(these).values(withdrawn_at=unit.now).returning(I.id)
    return len(unit.session.connection().execute(withdrawn).all())
