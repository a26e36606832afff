"""Short mails to people who sign in, about their own account: Kazakh first, then Russian."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum
from uuid import UUID

from api.mail.messages import Envelope, message
from api.mail.texts import LANGUAGES, texts


class Note(StrEnum):
    """What is said; the words are `texts.yaml`'s."""

    TEST = "test"
    RENAMED_OLD = "renamed_old"
    RENAMED_NEW = "renamed_new"


SUBJECTS = {Note.TEST: "test_subject", Note.RENAMED_OLD: "renamed_subject", Note.RENAMED_NEW: "renamed_subject"}


@dataclass(frozen=True, slots=True)
class NoteTo:
    """To whom a note goes. id: of the mail, the same whenever it is sent again."""

    id: UUID
    address: str
    sender: str
    now: datetime


def note(said: Note, to: NoteTo) -> EmailMessage:
    """The mail. Raises BadAddress."""
    subject = " / ".join(texts().say("word", SUBJECTS[said], language) for language in LANGUAGES)
    given = {
        "subject": subject,
        "said": said.value,
        "parts": [{"language": language} for language in LANGUAGES],
        "w": lambda name, part: texts().say("word", name, part["language"]),
    }
    return message(Envelope(to.id, to.sender, to.address, to.now, LANGUAGES), given, "note")
