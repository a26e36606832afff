"""How people can sign in, and when they last did: for lists of people."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspection.tables.signing import ExternalIdentity, Invitation, PasswordSignIn, SignIn

NOTHING: Mapping[str, Any] = {"password": False, "provider": False, "invited_until": None, "seen_at": None}


def standing_of(session: Session, people: Collection[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """How each of these people can sign in. Four queries.

    password: with an app; provider: an identity of a provider; invited_until: when an invitation that was not
    accepted ends, or ended; seen_at: when they were last seen in a browser, as far as that is still kept.
    """
    found: dict[UUID, dict[str, Any]] = {person: dict(NOTHING) for person in people}
    for model, name in ((PasswordSignIn, "password"), (ExternalIdentity, "provider")):
        for person in session.scalars(select(model.person_id).where(model.person_id.in_(people))):
            found[person][name] = True
    unused = Invitation.accepted_at.is_(None) & Invitation.withdrawn_at.is_(None)
    invited = select(Invitation.person_id, func.max(Invitation.expires_at)).where(
        Invitation.person_id.in_(people), unused
    )
    for person, until in session.execute(invited.group_by(Invitation.person_id)):
        found[person]["invited_until"] = until
    last = select(SignIn.person_id, func.max(SignIn.seen_at)).where(SignIn.person_id.in_(people))
    for person, at in session.execute(last.group_by(SignIn.person_id)):
        found[person]["seen_at"] = at
    return found
