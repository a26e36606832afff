"""How fast somebody may guess, without being able to lock anybody out.

A device that an account was signed in on before is counted by itself; so whoever hammers an account from
elsewhere is in nobody's way there. All others share a counter for the account and one for their network. An
attempt is counted before it is tried and taken back if it was right, so that many at once gain nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from inspection.bulk import insert_new_rows, table_of
from inspection.signing.limits import FORGOTTEN
from inspection.tables.signing import Counted, SignInFailure
from inspection.unit import Unit

F = SignInFailure.__table__.c


@dataclass(frozen=True, slots=True)
class Patience:
    """After how many failures the first pause comes, and the longest: each is twice the one before."""

    free: int
    first: timedelta
    longest: timedelta


PATIENCE: Mapping[Counted, Patience] = {
    Counted.DEVICE: Patience(10, timedelta(seconds=30), timedelta(minutes=15)),
    Counted.ACCOUNT: Patience(5, timedelta(minutes=1), timedelta(hours=4)),
    Counted.ADDRESS: Patience(50, timedelta(seconds=30), timedelta(minutes=15)),
    Counted.SESSION: Patience(5, timedelta(minutes=1), timedelta(hours=1)),
}


@dataclass(frozen=True, slots=True)
class Counter:
    """Something whose failures are counted together; key: 32 bytes."""

    kind: Counted
    key: bytes


def counter(kind: Counted, *whose: bytes) -> Counter:
    """The counter of whoever these bytes name."""
    said = b"".join(len(part).to_bytes(4, "big") + part for part in (kind.value.encode(), *whose))
    return Counter(kind, hashlib.sha256(said).digest())


def pause(kind: Counted, failures: int) -> timedelta:
    """How long to wait after so many failures."""
    patience = PATIENCE[kind]
    over = failures - patience.free
    if over < 0:
        return timedelta()
    doubled: timedelta = patience.first * 2 ** min(over, 20)
    return min(doubled, patience.longest)


def must_wait(session: Session, counters: Sequence[Counter], now: datetime) -> timedelta | None:
    """How long these have to wait, if they have to: a look ahead, so that nobody queues for nothing."""
    rows = session.scalars(select(SignInFailure).where(F.key.in_([each.key for each in counters])))
    return max((_left(row, Counted(row.kind), now) for row in rows), default=timedelta()) or None


def reserve(unit: Unit, counters: Sequence[Counter]) -> timedelta | None:
    """Count one attempt by each, as if it had failed. How long to wait instead, where one of them has to.

    Call it in a unit of its own, which stays whatever becomes of the attempt.
    """
    asked = sorted(counters, key=lambda each: each.key)  # two attempts must not wait for each other in a circle
    new = [{"key": c.key, "kind": c.kind.value, "failures": 0, "last_at": unit.now} for c in asked]
    insert_new_rows(unit.session, SignInFailure, new)
    these = select(SignInFailure).where(F.key.in_([each.key for each in asked]))
    held = {row.key: row for row in unit.session.scalars(these.order_by(F.key).with_for_update())}
    left = [_left(held[c.key], c.kind, unit.now) for c in asked]
    if wait := max(left, default=timedelta()):
        return wait
    for row in held.values():
        row.failures = 1 if row.last_at + FORGOTTEN <= unit.now else row.failures + 1
        row.last_at = unit.now
    return None


def take_back(unit: Unit, counters: Sequence[Counter]) -> None:
    """The attempt was right. A known device starts anew; of the others only this attempt is forgotten.

    Otherwise whoever guesses would be given free attempts each time that the owner signs in.
    """
    for each in sorted(counters, key=lambda each: each.key):
        mine = F.key == each.key
        if each.kind in (Counted.DEVICE, Counted.SESSION):
            unit.session.connection().execute(delete(table_of(SignInFailure)).where(mine))
        else:
            less = update(table_of(SignInFailure)).where(mine, F.failures > 0).values(failures=F.failures - 1)
            unit.session.connection().execute(less)


def forgive(unit: Unit, counters: Sequence[Counter]) -> None:
    """Forget all failures of these."""
    keys = [each.key for each in counters]
    unit.session.connection().execute(delete(table_of(SignInFailure)).where(F.key.in_(keys)))


def _left(row: SignInFailure, kind: Counted, now: datetime) -> timedelta:
    if row.last_at + FORGOTTEN <= now:
        return timedelta()
    return max(row.last_at + pause(kind, row.failures) - now, timedelta())
