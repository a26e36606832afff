"""Signing in by password and code.

It takes two units with the hashing between them, which takes long: in the first the attempt is counted
(`attempts.reserve`), in the second (`enter`) everything is looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inspection.bulk import table_of
from inspection.signing import attempts, recovery, totp
from inspection.signing.attempts import Counter
from inspection.signing.journalled import note
from inspection.signing.sessions import Begun, NewSession, begin
from inspection.signing.totp import Sealer
from inspection.tables.signing import Method, PasswordSignIn
from inspection.unit import Unit

P = PasswordSignIn.__table__.c
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who a name stands for, and what their password is compared with."""

    person_id: UUID
    enrolment: UUID
    password_hash: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody showed, besides a name: a password that was compared, and a code of one kind or the other.

    anew: the password hashed as one would hash it today, where that has changed.
    """

    password_right: bool
    code: str | None = None
    recovery_code: str | None = None
    anew: str | None = None


def find(session: Session, name: str) -> Candidate | None:
    """Who signs in by this name."""
    if "\0" in name:
        return None  # PostgreSQL refuses U+0000
    row = session.execute(select(P.person_id, P.enrolment, P.password_hash).where(P.name == name)).first()
    return None if row is None else Candidate(*row)


def candidate_of(session: Session, person_id: UUID) -> Candidate | None:
    """What the password of a person is compared with; None if they have none."""
    row = session.execute(
        select(P.person_id, P.enrolment, P.password_hash).where(P.person_id == person_id)
    ).first()
    return None if row is None else Candidate(*row)


def enter(
    unit: Unit,
    candidate: Candidate | None,
    proof: Proof,
    new: NewSession,
    *,
    counters: Sequence[Counter],
    sealer: Sealer,
) -> Begun | None:
    """Sign in whoever proved who they are; None, and nothing changed, for everybody else.

    candidate: as `find` gave it; it takes the same steps for nobody. counters: in which the attempt was counted.
    """
    held = _still(unit, candidate)
    second = held is not None and _second(unit, held, proof, sealer)
    if held is None or not proof.password_right or not second:
        return None
    attempts.take_back(unit, counters)
    if proof.anew is not None:
        held.password_hash = proof.anew
    return begin(unit, held.person_id, new, Method.PASSWORD)


def prove(unit: Unit, candidate: Candidate, proof: Proof, counters: Sequence[Counter], sealer: Sealer) -> bool:
    """Whether somebody who is signed in showed their password, or a code, once more.

    With a password that was compared and is wrong a code is not looked at.
    """
    held = _still(unit, candidate)
    if held is None:
        return False
    if not (proof.password_right or _second(unit, held, proof, sealer, alone=True)):
        return False
    attempts.take_back(unit, counters)
    return True


def spend_step(unit: Unit, person_id: UUID, step: int) -> bool:
    """Whether no code of this step or a later one was accepted before. Of two at once one is told so."""
    mine = (P.person_id == person_id) & (P.totp_step < step)
    spent = update(table_of(PasswordSignIn)).where(mine).values(totp_step=step).returning(P.person_id)
    return unit.session.connection().execute(spent).first() is not None


def _still(unit: Unit, candidate: Candidate | None) -> PasswordSignIn | None:
    """The row of a candidate, locked, if it is still what the password was compared with."""
    who = NOBODY if candidate is None else candidate.person_id
    compared = "" if candidate is None else candidate.password_hash
    found = select(PasswordSignIn).where(P.person_id == who, P.password_hash == compared)
    return unit.session.scalars(found.with_for_update()).first()


def _second(unit: Unit, held: PasswordSignIn, proof: Proof, sealer: Sealer, *, alone: bool = False) -> bool:
    """Whether the second proof is right. It is spent only beside a right password, or where it is enough alone."""
    spend = proof.password_right or alone
    if proof.code is not None:
        secret = sealer.open(held.totp_secret)
        step = None if secret is None else totp.step_of(secret, proof.code, unit.now, held.totp_step)
        return step is not None and spend and spend_step(unit, held.person_id, step)
    if (
        proof.recovery_code is None
        or not spend
        or not recovery.use_code(unit, held.person_id, proof.recovery_code)
    ):
        return False
    left = recovery.codes_left(unit.session, held.person_id)
    note(unit, held.person_id, "recovery_code.used", {"left": (left + 1, left)}, actor_id=held.person_id)
    return True
