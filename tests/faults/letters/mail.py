"""The mail server of the run: it takes, refuses, hangs up and is slow by a seed, and remembers what it took."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from random import Random
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.smtp import serving

LATER, NEVER, HANG_UP, SLOW = 0.03, 0.01, 0.02, 0.005
SLOW_SECONDS = 2.0  # well within a lease


@dataclass
class FaultyMail:
    """taken: Message-ID to the moments at which it was answered with 250; refused: those answered with 5xx.

    recipients: Message-ID to whom. did: how often what was done.
    """

    chance: Random
    calm: bool = False
    port: int = 0
    taken: dict[str, list[float]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    recipients: dict[str, set[str]] = field(default_factory=dict)
    did: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer by chance."""
        mail: Any = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        made = str(mail["Message-ID"])
        self.recipients.setdefault(made, set()).update(envelope.rcpt_tos)
        drawn = 1.0 if self.calm else self.chance.random()
        if drawn < LATER:
            return self._say("later", "451 later, please")
        if drawn < LATER + NEVER:
            self.refused.add(made)
            return self._say("never", "550 no such user")
        if drawn < LATER + NEVER + HANG_UP:
            transport: Any = server.transport
            transport.abort()
            return self._say("hung up", "451 never heard")
        if drawn < LATER + NEVER + HANG_UP + SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        self.taken.setdefault(made, []).append(time.time())
        return self._say("took", "250 taken")

    def _say(self, what: str, answer: str) -> str:
        self.did[what] += 1
        return answer


@contextmanager
def faulty_mail(chance: Random) -> Iterator[FaultyMail]:
    """A server that ends with the block."""
    handler = FaultyMail(chance)
    with serving(handler) as port:
        handler.port = port
        yield handler
