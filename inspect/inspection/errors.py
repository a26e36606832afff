"""What can be refused, as plain exceptions that carry data.

A view never catches them: `api/problems.py` gives each a status and a form. `message` is an English sentence
for logs and developers; `slug` is the stable name that clients and translations use; `members` are the facts
of the case and are shown to the caller, so they never hold what the caller may not see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class InspectionError(Exception):
    """Base of everything the domain refuses."""

    slug: ClassVar[str] = "refused"

    def __init__(self, message: str, **members: Any) -> None:
        super().__init__(message)
        self.message = message
        self.members = members


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one field: where, why, and what would be accepted.

    pointer: JSON pointer into the refused document, for example `/answers/3/value`.
    """

    pointer: str
    reason: str
    accepted: str


MOST_WORDS = 4000  # characters of faults that are kept as a reason


def in_words(faults: Sequence[Fault]) -> str:
    """All of them as one text for a person, cut where it gets too long."""
    said = (f"{f.pointer}: " * bool(f.pointer) + f"{f.reason} (accepted: {f.accepted})" for f in faults)
    return "; ".join(said)[:MOST_WORDS]


class InvalidInput(InspectionError):
    """The form is right but the meaning is not; lists every fault found, not only the first."""

    slug = "invalid-input"

    def __init__(self, faults: Sequence[Fault], message: str = "some values cannot be accepted") -> None:
        listed = [{"pointer": f.pointer, "reason": f.reason, "accepted": f.accepted} for f in faults]
        super().__init__(message, errors=listed)
        self.faults = tuple(faults)


class NotFound(InspectionError):
    """There is no such object, or the caller may not know that there is."""

    slug = "not-found"


class Forbidden(InspectionError):
    """The caller's role does not allow this to anybody, whatever the object."""

    slug = "forbidden"


class Unauthenticated(InspectionError):
    """Nobody is signed in, or the token is not ours."""

    slug = "unauthenticated"


class TokenOver(Unauthenticated):
    """The access token of a tablet was ours, and its time is over."""

    slug = "token-over"


class NotPaired(Unauthenticated):
    """The tablet was ours, and has been silent for too long or was stopped long ago."""

    slug = "not-paired"


class WrongCode(Unauthenticated):
    """The pairing code is not known, over, or was used by another tablet."""

    slug = "wrong-code"


class StaleVersion(InspectionError):
    """The document was changed since the caller read it; carries the held `rev`."""

    slug = "stale-version"


class AlreadyDifferent(InspectionError):
    """The id is taken by a document with other content."""

    slug = "id-taken"


class DoesNotApply(InspectionError):
    """The act is well formed but the object is not in a state that allows it."""

    slug = "does-not-apply"


class Busy(InspectionError):
    """Others hold the same rows and the retries are used up; safe to send again."""

    slug = "busy"
