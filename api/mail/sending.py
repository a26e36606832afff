"""The ways mail leaves by: a folder of .eml files, or an SMTP server."""

import smtplib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from inspection.outbox import Refusal

SECONDS = 60.0  # for each answer of a mail server; a letter is held for ten minutes
FOR_GOOD = 500


class Way(Protocol):
    """Sends one mail. Returns None when it was taken, else why not; the other side's faults raise nothing."""

    def send(self, message: EmailMessage) -> Refusal | None: ...


@dataclass(frozen=True, slots=True)
class Folder:
    """Mail as files, for an installation without a mail server. A second copy replaces the first."""

    path: Path

    def send(self, message: EmailMessage) -> Refusal | None:
        """Write the mail under its Message-ID, whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        name = message_number(message)
        half = self.path / f".{name}.part"
        half.write_bytes(message.as_bytes())
        half.replace(self.path / f"{name}.eml")
        return None


@dataclass(frozen=True, slots=True)
class Smtp:
    """An SMTP server. secure: `smtps` from the first byte, `starttls` after greeting, `plain` on this machine."""

    host: str
    port: int
    secure: str
    user: str
    password: str
    seconds: float = SECONDS

    def send(self, message: EmailMessage) -> Refusal | None:
        """Hand the mail over; a connection for each, because letters are few and servers forget idle ones."""
        try:
            server = self._connect()
            try:
                server.ehlo_or_helo_if_needed()
                refused = server.send_message(message, mail_options=_asked(server, message))
            finally:
                _leave(server)
        except smtplib.SMTPRecipientsRefused as error:
            return _first(error.recipients)
        except smtplib.SMTPResponseException as error:
            # A refused sign-in is our matter, not the letter's: it can be mended and tried again.
            ours = isinstance(error, smtplib.SMTPAuthenticationError)
            return _refusal(error.smtp_code, error.smtp_error, for_good=error.smtp_code >= FOR_GOOD and not ours)
        except (smtplib.SMTPException, OSError) as error:
            return Refusal(f"{type(error).__name__}: {error}", for_good=False)
        return _first(refused) if refused else None

    def _connect(self) -> smtplib.SMTP:
        opened: Callable[..., smtplib.SMTP] = smtplib.SMTP_SSL if self.secure == "smtps" else smtplib.SMTP
        server = opened(self.host, self.port, timeout=self.seconds)
        try:
            if self.secure == "starttls":
                server.starttls()
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


def _asked(server: smtplib.SMTP, message: EmailMessage) -> list[str]:
    """What a report shall hold should the letter come back (RFC 3461), where the server knows how.

    Not the letter itself, which may have papers, but its number.
    """
    if not server.has_extn("dsn"):
        return []
    return ["RET=HDRS", f"ENVID={message_number(message)}"]


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye without waiting for an answer: what was said of the letter has to be written down at once.

    What goes wrong here says nothing of the letter.
    """
    with suppress(smtplib.SMTPException, OSError):
        server.putcmd("quit")
    server.close()


def message_number(message: EmailMessage) -> str:
    """The number of a letter, as its Message-ID has it."""
    return str(message["Message-ID"]).strip("<>").partition("@")[0]


def way(address: str) -> Way:
    """The way that a setting names: a folder, or `smtp://`, `smtps://` or `smtp+starttls://`."""
    parts = urlsplit(address)
    schemes = {"smtp": ("plain", 25), "smtps": ("smtps", 465), "smtp+starttls": ("starttls", 587)}
    if parts.scheme in schemes:
        secure, port = schemes[parts.scheme]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return Smtp(parts.hostname or "127.0.0.1", parts.port or port, secure, user, password)
    return Folder(Path(address.removeprefix("file://")))


def _first(refused: dict[str, tuple[int, bytes]]) -> Refusal:
    code, said = next(iter(refused.values()))
    return _refusal(code, said, for_good=code >= FOR_GOOD)


def _refusal(code: int, said: bytes | str, *, for_good: bool) -> Refusal:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Refusal(f"{code} {text}", for_good)
