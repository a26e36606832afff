"""Sessions of browsers: begun with a new secret each time, ended by time or by somebody, listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, true, update
from sqlalchemy.orm import Session

from inspection.access import Act, Caller
from inspection.bulk import insert_rows, table_of
from inspection.errors import NotFound
from inspection.granting import governs
from inspection.signing.journalled import note
from inspection.signing.limits import IDLE, LASTS, MOST_SESSIONS, SEEN_EVERY
from inspection.tables.signing import Ending, Method, SignIn
from inspection.unit import Unit

S = SignIn.__table__.c
SHOWN = S.id, S.method, S.agent, S.address, S.begun_at, S.seen_at, S.ends_at


@dataclass(frozen=True, slots=True)
class NewSession:
    """A browser that is about to be signed in.

    secret_hash: of the secret that its cookie will hold; agent: browser and system in words; address: of its
    network, None if it is not known; replaces: the hash of what its cookie said before.
    """

    secret_hash: bytes
    agent: str
    address: str | None
    replaces: bytes | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that was begun."""

    id: UUID
    person_id: UUID
    ends_at: datetime


def begin(unit: Unit, person_id: UUID, new: NewSession, method: Method) -> Begun:
    """Sign somebody in. Whoever was signed in in this browser no longer is."""
    if new.replaces is not None:
        _end(unit, S.secret_hash == new.replaces, Ending.REPLACED)
    _make_room(unit, person_id)
    begun = Begun(unit.new_id(), person_id, unit.now + LASTS)
    row = {
        "id": begun.id,
        "person_id": person_id,
        "secret_hash": new.secret_hash,
        "method": method.value,
        "agent": new.agent,
        "address": new.address,
        "begun_at": unit.now,
        "seen_at": unit.now,
        "ends_at": begun.ends_at,
    }
    insert_rows(unit.session, SignIn, [row])
    facts = {"method": (None, method.value), "sign_in": (None, begun.id)}
    note(unit, person_id, "sign_in.begun", facts, actor_id=person_id)
    return begun


def touch(unit: Unit, session_id: UUID) -> None:
    """Write down that a session is used, by one statement; not more often than SEEN_EVERY."""
    lately = (S.id == session_id) & S.ended_at.is_(None) & (S.seen_at <= unit.now - SEEN_EVERY)
    seen = update(table_of(SignIn)).where(lately).values(seen_at=unit.now)
    unit.session.connection().execute(seen)


def live(session: Session, person_id: UUID, now: datetime) -> Sequence[Mapping[str, Any]]:
    """The sessions of a person that are not over, begun last first."""
    rows = select(*SHOWN).where(S.person_id == person_id, _alive(now)).order_by(S.begun_at.desc(), S.id.desc())
    return [dict(row) for row in session.execute(rows).mappings()]


def live_of(unit: Unit, caller: Caller, person_id: UUID) -> Sequence[Mapping[str, Any]]:
    """The sessions of somebody whom the caller governs. Raises NotFound."""
    _require_governed(unit, caller, person_id)
    return live(unit.session, person_id, unit.now)


def sign_out(unit: Unit, caller: Caller) -> None:
    """End the session by which the caller asks, if it is by one."""
    if caller.session is not None:
        _end(unit, S.id == caller.session.id, Ending.SIGNED_OUT)


def end_one(unit: Unit, caller: Caller, session_id: UUID) -> None:
    """End one session of the caller's own. Raises NotFound."""
    if not _end(unit, (S.id == session_id) & (S.person_id == caller.person_id), Ending.ELSEWHERE):
        raise NotFound("there is no such sign-in", kind="sign_in")


def end_others(unit: Unit, caller: Caller, why: Ending = Ending.ELSEWHERE) -> None:
    """End all sessions of the caller's own but the one by which they ask."""
    others = S.person_id == caller.person_id
    if caller.session is not None:
        others &= S.id != caller.session.id
    _end(unit, others, why)


def end_all_of(unit: Unit, caller: Caller, person_id: UUID) -> None:
    """End all sessions of somebody whom the caller governs. Raises NotFound."""
    _require_governed(unit, caller, person_id)
    _end(unit, S.person_id == person_id, Ending.ADMINISTRATOR)


def end_everywhere(unit: Unit) -> None:
    """Sign everybody out: whoever put a backup back does not know who was signed out since it was taken."""
    _end(unit, true(), Ending.ADMINISTRATOR)


def end_for_reset(unit: Unit, person_id: UUID) -> None:
    """End all sessions of somebody who was invited anew."""
    _end(unit, S.person_id == person_id, Ending.RESET)


def _alive(now: datetime) -> ColumnElement[bool]:
    return S.ended_at.is_(None) & (S.ends_at > now) & (S.seen_at > now - IDLE)


def _end(unit: Unit, which: ColumnElement[bool], why: Ending) -> int:
    """How many were ended; each stands in the journal of its person."""
    ended = update(table_of(SignIn)).where(which, _alive(unit.now)).values(ended_at=unit.now, ended_why=why.value)
    rows = unit.session.connection().execute(ended.returning(S.id, S.person_id)).all()
    for row in sorted(rows, key=lambda row: row.id):
        facts = {"sign_in": (None, row.id), "why": (None, why.value)}
        note(unit, row.person_id, "sign_in.ended", facts)
    return len(rows)


def _make_room(unit: Unit, person_id: UUID) -> None:
    newest = (
        select(S.id).where(S.person_id == person_id, _alive(unit.now)).order_by(S.begun_at.desc(), S.id.desc())
    )
    crowd = unit.session.scalars(newest.offset(MOST_SESSIONS - 1)).all()
    if crowd:
        _end(unit, S.id.in_(crowd), Ending.TOO_MANY)


def _require_governed(unit: Unit, caller: Caller, person_id: UUID) -> None:
    if not governs(unit, caller, Act.ADMINISTER, person_id):
        raise NotFound("there is no such person", kind="person")
