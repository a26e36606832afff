"""A unit of work as the domain sees it: a session, one reading of the clock, new ids, and the journal.

Units are opened, closed and committed in one place outside the domain (`api/work.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from inspection.heads import lock_heads
from inspection.journal import Journal
from inspection.sync.feed import moved, write_feed


@dataclass(frozen=True)
class Unit:
    """What an operation that writes is given.

    now: the clock, read once for the whole unit. new_id: makes a time-ordered UUID.
    """

    session: Session
    now: datetime
    new_id: Callable[[], UUID]
    journal: Journal

    def close(self) -> None:
        """Do what must come last in the transaction, under the locks of the region heads."""
        self.session.flush()
        moves = moved(self.session)
        regions = self.journal.regions() | moves.regions()
        if regions:
            heads = lock_heads(self.session, regions)
            write_feed(self.session, heads, moves, self.now)
            self.journal.write(self.session, heads)
