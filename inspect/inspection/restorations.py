"""When a backup was last put back, and what is believed of that time.

An installation that was lost went on after its last backup: it wrote letters, and nobody knows which. So whatever
came about before the backup was put back may have been told already.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.tables.restorations import Restoration

MAY_HAVE_GONE_OUT = "a backup was restored: this may have gone out before"


def last_restoration(session: Session) -> tuple[UUID, datetime] | None:
    """The id and moment of the newest one; None where no backup was ever put back. One statement."""
    newest = select(Restoration.id, Restoration.restored_at).order_by(Restoration.restored_at.desc()).limit(1)
    found = session.execute(newest).one_or_none()
    return None if found is None else (found.id, found.restored_at)
