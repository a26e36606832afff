"""A real SMTP server on a loopback port of its own; it takes, refuses, hangs or hangs up as it is told."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

OK = "250 taken"
HANG_UP = "hang up"  # after the data came, without a word
SILENCE = "silence"


@dataclass
class MailServer:
    """What came, and what is to be answered.

    says: the answer to DATA. of_recipient: to RCPT. taken: mails answered with 250; seen: all whose data came.
    """

    port: int = 0
    says: str = OK
    of_recipient: str | None = None
    taken: list[EmailMessage] = field(default_factory=list)
    seen: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer a recipient."""
        if self.of_recipient:
            return self.of_recipient
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail and answer."""
        content = envelope.original_content or b""
        mail: Any = message_from_bytes(content, policy=policy.default)
        self.seen.append(mail)
        if self.says == HANG_UP:
            transport: Any = server.transport
            transport.abort()
        if self.says == SILENCE:
            await asyncio.sleep(30)
        if self.says == OK:
            self.taken.append(mail)
        return self.says if self.says[:1].isdigit() else "451 never heard"


class _Controller(Controller):
    """Lets the system choose the port, and tells it to the library's own first connection."""

    def _trigger_server(self) -> None:
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server(**about: Any) -> Iterator[MailServer]:
    """A server that ends with the block."""
    handler = MailServer(**about)
    with serving(handler) as port:
        handler.port = port
        yield handler


@contextmanager
def serving(handler: Any) -> Iterator[int]:
    """A server that answers as a handler says, until the block ends. Its port."""
    controller = _Controller(handler, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop(no_assert=True)
