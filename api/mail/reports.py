"""Reports of mail servers that a letter could not be delivered (RFC 3464), read from the mail they come in."""

import email
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import policy
from email.message import Message
from uuid import UUID

LONGEST = 1 << 20  # of a report is read: what comes behind is our own letter
NUMBER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that came back. answer: the status code (RFC 3463), and words of who gave it up."""

    mail: UUID
    answer: str


def read_bounce(mail: bytes) -> Bounce | None:
    """The letter that this mail says was given up. None: it says something else, perhaps to a person.

    A report that a letter is late, or has arrived, is none that it was given up.
    """
    try:
        return _read(mail)
    except RecursionError:  # parts within parts within parts: no server writes that
        return None


def _read(mail: bytes) -> Bounce | None:
    # The newer policy raises where it cannot parse a stranger's header.
    message = email.message_from_bytes(mail[:LONGEST], policy=policy.compat32)
    if message.get_content_type() != "multipart/report" or message.get_param("report-type") != "delivery-status":
        return None
    parts = list(message.walk())
    fields = [
        group for part in parts if part.get_content_type() == "message/delivery-status" for group in _of(part)
    ]
    failed = next((group for group in fields if group.get("Action", "").strip().lower() == "failed"), None)
    letter = next(filter(None, map(_number, _names(fields, parts))), None)
    if failed is None or letter is None:
        return None
    return Bounce(letter, _answer(failed))


def _of(part: Message) -> Iterator[Mapping[str, str]]:
    """The groups of fields of a report: of the mail, then of each recipient."""
    groups = part.get_payload()
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, Message):
            yield {name.title(): str(value) for name, value in group.items()}


def _names(fields: list[Mapping[str, str]], parts: list[Message]) -> Iterator[str]:
    """Where the letter's number may stand: given along with it, or in the letter that is returned."""
    yield from (group.get("Original-Envelope-Id", "") for group in fields)
    for part in parts[1:]:
        if part.get_content_type() == "text/rfc822-headers":
            body = part.get_payload(decode=True)
            headers = email.message_from_bytes(body if isinstance(body, bytes) else b"", policy=policy.compat32)
            yield str(headers.get("Message-ID", ""))
        elif part.get_content_type() == "message/rfc822" and isinstance(part.get_payload(), list):
            yield from (
                str(held.get("Message-ID", "")) for held in part.get_payload() if isinstance(held, Message)
            )


def _number(text: str) -> UUID | None:
    found = NUMBER.search(text.lower())
    return UUID(found.group()) if found else None


def _answer(failed: Mapping[str, str]) -> str:
    status = failed.get("Status", "").split(" ", 1)[0].strip()
    said = failed.get("Diagnostic-Code", "").partition(";")[2] or failed.get("Diagnostic-Code", "")
    words = " ".join(said.split())
    return words if status and status in words else f"{status} {words}".strip()
