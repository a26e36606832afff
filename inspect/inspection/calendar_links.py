"""The secret addresses under which calendars are read: who has one, and when it ends."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Act, Caller, token_hash
from inspection.countries import COUNTRIES
from inspection.journal import Change
from inspection.tables.areas import Level
from inspection.tables.tours import CalendarLink
from inspection.tour_candidates import refuse_who_may_not_audit
from inspection.unit import Unit


def link(unit: Unit, caller: Caller, token: str) -> CalendarLink:
    """Make the caller's link, and end the one before. token: secret; only its hash is kept. Raises Forbidden."""
    refuse_who_may_not_audit(caller)
    revoke(unit, caller)
    made = CalendarLink(
        id=unit.new_id(),
        person_id=caller.person_id,
        token_hash=token_hash(token),
        made_at=unit.now,
        revoked_at=None,
    )
    unit.session.add(made)
    unit.journal.add(Change(_region(caller), "calendar.linked", "calendar_link", str(made.id)))
    return made


def revoke(unit: Unit, caller: Caller) -> int:
    """End the caller's links; how many there were."""
    return revoke_of(unit, caller.person_id, _region(caller))


def revoke_of(unit: Unit, person_id: UUID, region: str) -> int:
    """End all links of a person; how many there were. region: in whose journal it stands.

    A tablet that is stopped may have made one, and whoever has the tablet then has the link.
    """
    held = _held(unit.session, person_id)
    for each in held:
        each.revoked_at = unit.now
        facts = {"revoked_at": (None, unit.now)}
        unit.journal.add(Change(region, "calendar.revoked", "calendar_link", str(each.id), facts))
    return len(held)


def current(session: Session, caller: Caller) -> CalendarLink | None:
    """The link that works, without its secret: nobody has that any more."""
    return next(iter(_held(session, caller.person_id)), None)


def _held(session: Session, person: UUID) -> Sequence[CalendarLink]:
    own = (CalendarLink.person_id == person, CalendarLink.revoked_at.is_(None))
    return session.scalars(select(CalendarLink).where(*own).order_by(CalendarLink.made_at)).all()


def _region(caller: Caller) -> str:
    """In whose journal it stands: that of the first area in which the caller may audit."""
    areas = (code for level in reversed(Level) for code in caller.reach(Act.SUBMIT_AUDIT, level))
    grants = (grant.area_code for grant in caller.grants)
    return next(iter((*areas, *grants, *COUNTRIES)))
