"""Tokens of tablets: signed, not stored, and the same whenever they are asked for. So a lost answer does no harm.

A refresh token names a tablet and a generation, an access token a tablet and its end. Both are base64url of
that with an HMAC-SHA256 behind, after a word by which they are told apart, and found where they should not be.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.keys import Keys
from inspection.access import OfTablet
from inspection.errors import TokenOver, Unauthenticated

ACCESS_LASTS = timedelta(hours=1)
REFRESH, ACCESS = "pdr_", "pda_"
MARK = 32
NOT_OURS = "the token is not known"


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh token says whose signature was checked."""

    device_id: UUID
    generation: int


def refresh_token(keys: Keys, device_id: UUID, generation: int) -> str:
    """The refresh token of a generation."""
    return _spell(keys, REFRESH, device_id.bytes + struct.pack(">I", generation))


def access_token(keys: Keys, device_id: UUID, until: datetime) -> str:
    """A token by which a tablet may ask until then, to the second."""
    return _spell(keys, ACCESS, device_id.bytes + struct.pack(">q", int(until.timestamp())))


def is_of_tablet(token: str) -> bool:
    """Whether this wants to be a tablet's access token."""
    return token.startswith(ACCESS)


def read_refresh(keys: Keys, token: str) -> Refresh:
    """What a refresh token says. Raises Unauthenticated."""
    said = _read(keys, REFRESH, token, 20)
    return Refresh(UUID(bytes=said[:16]), struct.unpack(">I", said[16:])[0])


def read_access(keys: Keys, token: str, now: datetime) -> OfTablet:
    """Whose an access token is. Raises Unauthenticated, also when it is over."""
    said = _read(keys, ACCESS, token, 24)
    if struct.unpack(">q", said[16:])[0] <= now.astimezone(UTC).timestamp():
        raise TokenOver("this access token is over; ask for another")
    return OfTablet(UUID(bytes=said[:16]))


def _spell(keys: Keys, kind: str, said: bytes) -> str:
    return kind + _letters(said + keys.sign(kind.encode(), said, MARK))


def _letters(held: bytes) -> str:
    return urlsafe_b64encode(held).decode().rstrip("=")


def _read(keys: Keys, kind: str, token: str, length: int) -> bytes:
    letters = token.removeprefix(kind)
    try:
        held = urlsafe_b64decode(letters + "=" * (-len(letters) % 4)) if token.startswith(kind) else b""
    except (Error, ValueError):
        held = b""
    said, mark = held[:length], held[length:]
    # base64 has several spellings of the same bytes, and a token has one.
    if _letters(held) != letters or len(mark) != MARK or not keys.signed(kind.encode(), said, mark):
        raise Unauthenticated(NOT_OURS)
    return said
