"""What somebody wants of the provider of identities, kept in the small signed cookie while they are there."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from api.wiring import wiring
from inspection.access import token_hash

LASTS = timedelta(minutes=10)
START = "/sign-in/oidc"
KEPT = "errand"


class Wanted(StrEnum):
    """What for."""

    INVITATION = "invitation"
    LINKING = "linking"


@dataclass(frozen=True, slots=True)
class Errand:
    """What for, and about what: the hash of an invitation's secret, or the id of a session."""

    wanted: Wanted
    about: str

    @classmethod
    def invitation(cls, secret: str) -> "Errand":
        """To accept an invitation."""
        return cls(Wanted.INVITATION, token_hash(secret).hex())

    @classmethod
    def linking(cls, session_id: UUID) -> "Errand":
        """To link whom the session belongs to."""
        return cls(Wanted.LINKING, str(session_id))


def begin_errand(session: MutableMapping[str, Any], errand: Errand, back: str = "") -> str:
    """Remember an errand in the cookie; where the browser goes next. back: a path of ours to come back to."""
    until = (wiring().units.now() + LASTS).timestamp()
    session[KEPT] = [errand.wanted.value, errand.about, until]
    return f"{START}?{urlencode({'errand': 1} | ({'next': back} if back else {}))}"


def take_errand(session: MutableMapping[str, Any]) -> Errand | None:
    """The errand that was begun lately, once."""
    wanted, about, until = session.pop(KEPT, None) or ("", "", 0)
    if not wanted or until < wiring().units.now().timestamp():
        return None
    return Errand(Wanted(wanted), about)
