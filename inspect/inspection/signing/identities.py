"""Who somebody is to a provider of identities: its issuer and subject. An address of mail proves nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.bulk import table_of
from inspection.errors import DoesNotApply, NotFound
from inspection.signing.journalled import note
from inspection.signing.refusals import NotLinked
from inspection.signing.sessions import Begun, NewSession, begin
from inspection.tables.signing import ExternalIdentity, Method
from inspection.unit import Unit

E = ExternalIdentity.__table__.c


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider has signed in. subject: the name that it never gives to another."""

    issuer: str
    subject: str


def enter(unit: Unit, known: Identity, new: NewSession) -> Begun:
    """Sign in who is linked to an identity. Raises NotLinked."""
    person_id = unit.session.scalar(select(E.person_id).where(_is(known)))
    if person_id is None:
        raise NotLinked("nobody is linked to this identity; accept an invitation with it first")
    return begin(unit, person_id, new, Method.PROVIDER)


def link(unit: Unit, caller: Caller, known: Identity) -> None:
    """Link the caller to an identity. Linking it again changes nothing. Raises DoesNotApply for another's."""
    held = unit.session.scalar(select(E.person_id).where(_is(known)))
    if held != caller.person_id:
        add(unit, caller.person_id, known)


def add(unit: Unit, person_id: UUID, known: Identity) -> None:
    """Link somebody to an identity that is new. Raises DoesNotApply for one that is linked."""
    if unit.session.scalar(select(E.id).where(_is(known))) is not None:
        raise DoesNotApply("another person is linked to this identity")
    made = unit.new_id()
    row = ExternalIdentity(
        id=made, person_id=person_id, issuer=known.issuer, subject=known.subject, linked_at=unit.now
    )
    unit.session.add(row)
    unit.session.flush()
    note(unit, person_id, "identity.linked", {"identity": (None, made), "issuer": (None, known.issuer)})


def linked(session: Session, caller: Caller) -> Sequence[Mapping[str, Any]]:
    """The identities of the caller, linked first first."""
    rows = select(E.id, E.issuer, E.linked_at).where(E.person_id == caller.person_id).order_by(E.linked_at, E.id)
    return [dict(row) for row in session.execute(rows).mappings()]


def unlink(unit: Unit, caller: Caller, identity_id: UUID) -> None:
    """Unlink the caller from one of their identities. Raises NotFound."""
    mine = (E.id == identity_id) & (E.person_id == caller.person_id)
    gone = delete(table_of(ExternalIdentity)).where(mine).returning(E.issuer)
    row = unit.session.connection().execute(gone).first()
    if row is None:
        raise NotFound("there is no such identity", kind="identity")
    note(
        unit,
        caller.person_id,
        "identity.unlinked",
        {"identity": (identity_id, None), "issuer": (row.issuer, None)},
    )


def _is(known: Identity) -> Any:
    return (E.issuer == known.issuer) & (E.subject == known.subject)
