"""Held digests: who may see one lets it go, or says that it went out before."""

from uuid import UUID

from sqlalchemy import func, select

from inspection.access import NO_SUCH, Caller
from inspection.digests.queueing import DIGESTS
from inspection.digests.reading import visible
from inspection.errors import NotFound
from inspection.held_mail import MOST, Saying, Settled, settle_one
from inspection.homes import born_somewhere
from inspection.tables.digests import Digest
from inspection.tables.outgoing import MailState
from inspection.unit import Unit

HELD = Digest.state == MailState.HELD.value


def settle_digest(unit: Unit, caller: Caller, made: UUID, said: Saying) -> Digest:
    """Say what becomes of one. Raises NotFound, DoesNotApply for one that is not held."""
    mine = select(Digest).where(born_somewhere(Digest, made), visible(caller))
    digest = unit.session.scalars(mine.with_for_update()).one_or_none()
    if digest is None:
        raise NotFound(NO_SUCH["digest"], kind="digest")
    settle_one(unit, DIGESTS, digest, said, MailState.QUEUED.value)
    return digest


def settle_digests(unit: Unit, said: Saying, limit: int = MOST) -> Settled:
    """Say it of all, the oldest first, at most so many at once: for whoever runs the installation."""
    oldest = select(Digest).where(HELD).order_by(Digest.queued_at, Digest.id).limit(limit)
    digests = unit.session.scalars(oldest.with_for_update(skip_locked=True)).all()
    for digest in digests:
        settle_one(unit, DIGESTS, digest, said, MailState.QUEUED.value)
    unit.session.flush()
    left = unit.session.scalar(select(func.count()).select_from(Digest).where(HELD)) or 0
    return Settled(len(digests), left)
