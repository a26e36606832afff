"""Hashing passwords: on purpose slow and large (64 MiB, a fifth of a second), so few at once in a process.

Whoever comes from a device that the account is known on always finds a turn, however many strangers guess.
"""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from inspection.errors import InspectionError
from inspection.signing.passwords import normalised

AT_ONCE, STRANGERS_AT_ONCE = 2, 1
MOST_WAITING = 4  # strangers; each waits on a thread that somebody else may need
PATIENCE = 2.0  # seconds

HASHER = PasswordHasher()  # argon2id with the parameters of RFC 9106 for machines without memory to spare


class Crowded(InspectionError):
    """Too many sign in at once; safe to send again."""

    slug = "crowded"


class Turns:
    """Who may hash now."""

    def __init__(self) -> None:
        self._all = BoundedSemaphore(AT_ONCE)
        self._strangers = BoundedSemaphore(STRANGERS_AT_ONCE)
        self._waiting = BoundedSemaphore(MOST_WAITING)

    @contextmanager
    def turn(self, *, known: bool) -> Iterator[None]:
        """One's turn. known: on a device of the account. Raises Crowded."""
        with ExitStack() as held:
            if not known:
                _take(held, self._waiting, 0)
                _take(held, self._strangers, PATIENCE)
            _take(held, self._all, PATIENCE)
            yield


turns = Turns()


def hashed(password: str) -> str:
    """What is kept of a password."""
    return HASHER.hash(_bytes(password))


def matches(held: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed. It takes as long for None, which no password matches."""
    compared = _dummy()
    try:
        right = HASHER.verify(held or compared, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and held is not None


def is_outdated(held: str) -> bool:
    """Whether one would hash it otherwise today."""
    return HASHER.check_needs_rehash(held)


def _bytes(password: str) -> bytes:
    return normalised(password).encode(errors="surrogatepass")


@cache
def _dummy() -> str:
    return HASHER.hash(secrets.token_hex())  # nobody has this one


def _take(held: ExitStack, place: BoundedSemaphore, patience: float) -> None:
    if not place.acquire(timeout=patience) if patience else not place.acquire(blocking=False):
        raise Crowded("too many sign in at once; try again in a moment")
    held.callback(place.release)
