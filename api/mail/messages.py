"""What every mail of ours is made of: headers that mail programs understand, a text and the same as HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

SPOKEN: Mapping[str, tuple[str, ...]] = {"KZ": ("kk", "ru"), "KG": ("ru",)}
LONGEST_SUBJECT = 200


class Unmailable(ValueError):
    """Why this can be no mail."""


class BadAddress(Unmailable):
    """What stands as an address is none that mail can go to."""


class TooLarge(Unmailable):
    """What goes with a mail is more than mail servers take; names the file."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What surrounds the words. id: of the mail, the same whenever it is sent again."""

    id: UUID
    sender: str
    address: str
    now: datetime
    languages: Sequence[str]


def message(envelope: Envelope, given: Mapping[str, Any], template: str) -> EmailMessage:
    """A mail in text and HTML. The same words give the same bytes, but for the date.

    given: what the templates of this name are filled with, `subject` among it. The Message-ID follows from the id
    and the sender's domain alone, so that a second copy is known as one. Raises BadAddress.
    """
    made = EmailMessage(policy=SMTP)
    # The library's own folding of a header in Cyrillic loses the spaces between its encoded words.
    made.set_raw("Subject", Header(given["subject"], "utf-8", header_name="Subject").encode())
    made["From"] = _address(envelope.sender)
    made["To"] = _address(envelope.address)
    made["Date"] = format_datetime(envelope.now)
    made["Message-ID"] = f"<{envelope.id}@{envelope.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(filled(f"{template}.txt.j2", given))
    made.add_alternative(filled(f"{template}.html.j2", given), subtype="html")
    # Before the parts are there it would become theirs.
    made["Content-Language"] = ", ".join(envelope.languages)
    made.set_boundary(f"=_{envelope.id.hex}")
    return made


def filled(template: str, given: Mapping[str, Any]) -> str:
    """A template with its values."""
    return str(_environment().get_template(template).render(given))


def _address(text: str) -> Address:
    """An address for a header. Raises BadAddress: a newline in it would begin a header of its own."""
    if any(ord(sign) < 32 or sign in " \x7f,;<>()" for sign in text):
        raise BadAddress("the address holds signs that no address of mail has")
    try:
        return Address(addr_spec=text)
    except (MessageError, ValueError, IndexError, AttributeError) as error:
        raise BadAddress("this is no address of mail") from error


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,  # half a mail is worse than none
        autoescape=select_autoescape(("html.j2",)),
        keep_trailing_newline=True,
    )
