"""Accepting an invitation: with a password and an app, or by an identity elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from inspection.bulk import table_of
from inspection.signing import attempts, identities, invitations, recovery
from inspection.signing.attempts import Counter, counter
from inspection.signing.journalled import note
from inspection.signing.sessions import Begun, NewSession, begin, end_for_reset
from inspection.tables.people import Person
from inspection.tables.signing import Counted, ExternalIdentity, Method, PasswordSignIn, RecoveryCode
from inspection.unit import Unit


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What somebody will sign in with. totp_secret: encrypted; totp_step: of the code that proved it."""

    password_hash: str
    totp_secret: bytes
    totp_step: int
    codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who is signed in now, and what the devices they are known on belong to."""

    begun: Begun
    enrolment: UUID


def account_counter(name: str) -> Counter:
    """The counter that all unknown devices share for a name, whether anybody has it or not."""
    return counter(Counted.ACCOUNT, name.encode(errors="surrogatepass"))


def accept_with_password(unit: Unit, secret_hash: bytes, given: NewPassword, new: NewSession) -> Enrolled:
    """Set the password of whom an invitation is for, and sign them in.

    Raises InvitationOver, and DoesNotApply where the person has no address of mail of their own.
    """
    opened = invitations.take(unit, secret_hash)
    name = invitations.require_name(unit.session, unit.session.get_one(Person, opened.person_id))
    _forget_all(unit, opened.person_id)
    enrolment = unit.new_id()
    row = PasswordSignIn(
        person_id=opened.person_id,
        name=name,
        password_hash=given.password_hash,
        set_at=unit.now,
        enrolment=enrolment,
        totp_secret=given.totp_secret,
        totp_step=given.totp_step,
    )
    unit.session.add(row)
    unit.session.flush()
    recovery.replace_codes(unit, opened.person_id, given.codes)
    attempts.forgive(unit, [account_counter(name)])
    _note_accepted(unit, opened, Method.PASSWORD)
    return Enrolled(begin(unit, opened.person_id, new, Method.INVITATION), enrolment)


def accept_by_identity(unit: Unit, secret_hash: bytes, known: identities.Identity, new: NewSession) -> Begun:
    """Link whom an invitation is for to an identity, and sign them in. Raises InvitationOver, DoesNotApply."""
    opened = invitations.take(unit, secret_hash)
    _forget_all(unit, opened.person_id)
    identities.add(unit, opened.person_id, known)
    _note_accepted(unit, opened, Method.PROVIDER)
    return begin(unit, opened.person_id, new, Method.PROVIDER)


def is_enrolled(session: Session, person_id: UUID) -> bool:
    """Whether a person can sign in by a password."""
    return session.get(PasswordSignIn, person_id) is not None


def _forget_all(unit: Unit, person_id: UUID) -> None:
    """End all that a person signed in with, and where they are signed in."""
    end_for_reset(unit, person_id)
    for model in (RecoveryCode, PasswordSignIn, ExternalIdentity):
        table = table_of(model)
        unit.session.connection().execute(delete(table).where(table.c.person_id == person_id))


def _note_accepted(unit: Unit, opened: invitations.Opened, method: Method) -> None:
    facts = {"invitation": (None, opened.id), "method": (None, method.value)}
    note(unit, opened.person_id, "invitation.accepted", facts, actor_id=opened.person_id)
