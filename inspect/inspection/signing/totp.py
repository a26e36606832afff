"""Codes of an app, good for half a minute and once. Source: RFC 6238."""

import hmac
from datetime import datetime
from typing import Protocol

import pyotp

STEP = 30  # seconds
DRIFT = 1  # steps that a clock may be off
DIGITS = 6
SECRET = 20  # bytes; RFC 4226, 4: at least 16
ISSUER = "Pandus"


class Sealer(Protocol):
    """Encrypts what is kept of a person's app; the key is not in the database."""

    def seal(self, secret: str) -> bytes:
        """The secret, encrypted."""
        ...

    def open(self, sealed: bytes) -> str | None:
        """The secret; None if no key opens it any more."""
        ...

    def renewed(self, sealed: bytes) -> bytes | None:
        """The same under the newest key; None if it is, or if no key opens it."""
        ...


def step_at(now: datetime) -> int:
    """Half minutes since 1970."""
    return int(now.timestamp()) // STEP


def step_of(secret: str, code: str, now: datetime, last: int) -> int | None:
    """The step whose code this is, if it is about now and after the last one that was accepted.

    secret: base32. code: as it was typed.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    totp, here, found = pyotp.TOTP(secret), step_at(now), None
    for step in range(here - DRIFT, here + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), typed) and step > last:
            found = step
    return found


def uri(secret: str, name: str) -> str:
    """What an app reads from a QR code. name: by which the person signs in."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
