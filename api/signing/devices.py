"""Devices on which somebody signed in before: what their cookie says, and to which accounts they are known.

A device has an id and, for each account that was signed in on it, a mark of our key on both. Whoever guesses
passwords elsewhere has none, so their failures are not the owner's. Source: OWASP, "device cookies".
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from uuid import UUID

from api.keys import Keys

ID, MARK = 16, 16  # bytes
MOST_ACCOUNTS = 5  # of one device; the one that was used longest ago is forgotten
OURS, KNOWN = b"device", b"device of"


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that we have given an id. marks: of accounts, the last used first."""

    id: bytes
    marks: tuple[bytes, ...] = ()


def read(keys: Keys, text: str | None) -> Device | None:
    """The device whose cookie this is; None for one that we did not make."""
    try:
        held = urlsafe_b64decode((text or "") + "=" * (-len(text or "") % 4))
    except (Error, ValueError):
        return None
    made, ours, marks = held[:ID], held[ID : ID + MARK], held[ID + MARK :]
    if (
        len(ours) != MARK
        or len(marks) % MARK
        or len(marks) > MOST_ACCOUNTS * MARK
        or not keys.signed(OURS, made, ours)
    ):
        return None
    return Device(made, tuple(marks[at : at + MARK] for at in range(0, len(marks), MARK)))


def spell(keys: Keys, device: Device) -> str:
    """What the cookie of a device says."""
    held = device.id + keys.sign(OURS, device.id, MARK) + b"".join(device.marks)
    return urlsafe_b64encode(held).decode().rstrip("=")


def is_known(keys: Keys, device: Device | None, person_id: UUID, enrolment: UUID) -> bool:
    """Whether an account was signed in on it, since it was last enrolled."""
    return device is not None and any(
        keys.signed(KNOWN, device.id + person_id.bytes + enrolment.bytes, mark) for mark in device.marks
    )


def made_known(keys: Keys, device: Device, person_id: UUID, enrolment: UUID) -> Device:
    """The device, known to an account."""
    said = device.id + person_id.bytes + enrolment.bytes
    others = [mark for mark in device.marks if not keys.signed(KNOWN, said, mark)]
    return Device(device.id, (keys.sign(KNOWN, said, MARK), *others)[:MOST_ACCOUNTS])
