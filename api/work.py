"""Units of work: the only place in Pandus that opens and commits transactions.

Requests, jobs and commands all run as `units.write(fn)` or `units.read(fn)`. A unit may be run again when the
database asks for it, so `fn` changes nothing outside its Work; what must follow the commit is given to
`Work.after_commit`. What must survive a refusal is a return value or a unit of its own, never an exception.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker
from uuid6 import uuid7

from api.running_command import running_command
from inspection.database import Patience, empty_log, keeping, looking, reading, studying
from inspection.errors import Busy, InspectionError
from inspection.journal import Journal
from inspection.unit import Unit

T = TypeVar("T")

RERUNS = 3
LONGEST_LOOK, LONGEST_STUDY = 30, 60  # seconds
FIRST_PAUSE = 0.02  # seconds; each further pause is longer by as much

# PostgreSQL: serialisation failure, deadlock, lock not available in time.
LOST_RACE = {"40001", "40P01", "55P03"}
# A row that another unit made first; run again, the unit sees it and refuses or accepts as its rules say.
MADE_FIRST = "23505"
SQLITE_MADE_FIRST = {1555, 2067}  # SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE
# PostgreSQL: classes 08 (connection), 57 (operator intervention) and 53 (out of connections, disk or memory).
AWAY_CLASSES = {"08", "57", "53"}
# https://www.sqlite.org/rescode.html: BUSY, LOCKED; and IOERR, FULL, CANTOPEN.
SQLITE_LOST_RACE = {5, 6}
SQLITE_AWAY = {10, 13, 14}
# query_canceled (a statement_timeout), and INTERRUPT (our clock ran out).
TOO_LONG, SQLITE_TOO_LONG = "57014", 9

log = structlog.get_logger("pandus.work")


class DatabaseAway(InspectionError):
    """The database cannot be reached or cannot work now; safe to send again."""

    slug = "database-away"


class TakesTooLong(InspectionError):
    """What was asked for takes longer than anybody waits; less of it may not."""

    slug = "takes-too-long"


def clock() -> datetime:
    """The server's clock: now, in UTC."""
    return datetime.now(UTC)


def new_salt() -> bytes:
    """16 random bytes, to hide a personal value behind a commitment."""
    return secrets.token_bytes(16)


def new_id() -> UUID:
    """A new UUID version 7: ids made one after another sort one after another."""
    return UUID(int=uuid7().int)  # uuid6 has a subclass, which JSON and drivers do not all know


@dataclass(frozen=True)
class Work(Unit):
    """One transaction and what belongs to it: the domain's Unit, and what is to ring after the commit."""

    _doorbells: list[Callable[[], None]] = field(default_factory=list)

    def after_commit(self, doorbell: Callable[[], None]) -> None:
        """Ring once the transaction is committed. A doorbell is a hint: losing one loses nothing."""
        self._doorbells.append(doorbell)


class Units:
    """Opens, commits, rolls back and re-runs units of work on one database.

    failed_doorbells: how many failed since the process started.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], datetime] = clock,
        new_id: Callable[[], UUID] = new_id,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._writing = sessionmaker(engine, expire_on_commit=False)
        self._reading = sessionmaker(reading(engine), expire_on_commit=False)
        look, study = (Patience(seconds, time.monotonic) for seconds in (LONGEST_LOOK, LONGEST_STUDY))
        self._looking = sessionmaker(looking(engine, look), expire_on_commit=False)
        self._studying = sessionmaker(studying(engine, study), expire_on_commit=False)
        self._keeping = sessionmaker(keeping(engine), expire_on_commit=False)
        self._clock = clock
        self._new_id = new_id
        self._pause = pause
        self._counting = Lock()
        self.failed_doorbells = 0

    def now(self) -> datetime:
        """The server's clock, where no unit is open."""
        return self._clock()

    def leave_no_trace(self) -> None:
        """After something was erased about people: the database's log forgets it, too, as far as it can."""
        empty_log(self._engine)

    def write(self, fn: Callable[[Work], T]) -> T:
        """What fn returns, committed. Rolled back if it raises.

        Raises Busy when the unit lost a race for its rows 1 + RERUNS times, DatabaseAway when the database
        cannot be reached.
        """
        return self._run(self._writing, fn)

    def read(self, fn: Callable[[Work], T]) -> T:
        """What fn returns; the database refuses any writing in it. Raises as `write` does."""
        return self._run(self._reading, fn)

    def look(self, fn: Callable[[Work], T]) -> T:
        """What fn returns, as `read`, for a few statements that need no transaction around them: it costs less.

        On PostgreSQL there is none, so fn cannot read through a cursor of the server (`yield_per`).
        Raises TakesTooLong after LONGEST_LOOK seconds.
        """
        return self._run(self._looking, fn)

    def study(self, fn: Callable[[Work], T]) -> T:
        """What fn returns, as `read`, where somebody waits for the answer and it rests on much.

        Raises TakesTooLong after LONGEST_STUDY seconds.
        """
        return self._run(self._studying, fn)

    def keep(self, fn: Callable[[Work], T]) -> T:
        """What fn returns, as `write`, where fn writes by a single statement: it costs less.

        On PostgreSQL that statement commits by itself, so fn sends it last of all and touches nothing that is
        written at the end of a unit: no replicated table, no journal.
        """
        return self._run(self._keeping, fn)

    def _run(self, sessions: sessionmaker[Session], fn: Callable[[Work], T]) -> T:
        for rerun in range(RERUNS + 1):
            if rerun:
                self._pause(FIRST_PAUSE * rerun)
            try:
                with sessions.begin() as session:  # the only commit in Pandus
                    now = self._clock()
                    work = Work(session, now, self._new_id, Journal(now=now, new_salt=new_salt))
                    work.journal.request_id = running_command()
                    result = fn(work)
                    work.close()  # region heads are locked last, and the journal written under their locks
            except DBAPIError as error:
                if _took_too_long(error):
                    raise TakesTooLong("this takes too long to put together; ask for less at once") from error
                if _is_away(error):
                    raise DatabaseAway("the database cannot be reached") from error
                if not _lost_race(error) and not (_made_first(error) and rerun == 0):
                    raise
                lost = error
            else:
                # Not earlier: a quick worker would look for rows that are not there yet.
                self._ring(work._doorbells)
                return result
        raise Busy("others hold the same rows; send the request again") from lost

    def _ring(self, doorbells: list[Callable[[], None]]) -> None:
        for doorbell in doorbells:
            try:
                doorbell()
            except Exception:  # the work is committed; nobody may be told that it failed
                with self._counting:
                    self.failed_doorbells += 1
                log.exception("doorbell_failed")


def _took_too_long(error: DBAPIError) -> bool:
    return _sqlite_code(error) == SQLITE_TOO_LONG or getattr(error.orig, "sqlstate", None) == TOO_LONG


def _lost_race(error: DBAPIError) -> bool:
    if (code := _sqlite_code(error)) is not None:
        return code in SQLITE_LOST_RACE
    return getattr(error.orig, "sqlstate", None) in LOST_RACE


def _made_first(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlite_errorcode", None) in SQLITE_MADE_FIRST:
        return True
    return getattr(error.orig, "sqlstate", None) == MADE_FIRST


def _is_away(error: DBAPIError) -> bool:
    if (code := _sqlite_code(error)) is not None:
        return code in SQLITE_AWAY
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # the driver never heard from the server
        return error.connection_invalidated or type(error.orig).__name__ in (
            "OperationalError",
            "ConnectionTimeout",
        )
    return state[:2] in AWAY_CLASSES


def _sqlite_code(error: DBAPIError) -> int | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # extended codes keep the plain one in the low byte
