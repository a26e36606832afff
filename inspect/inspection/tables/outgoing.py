"""What every mail that leaves has in common, whatever it says."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from inspection.tables.columns import Regional


class MailState(StrEnum):
    """How far a mail has come. Some kinds of mail have further states of their own."""

    QUEUED = "queued"
    HELD = "held"  # a backup was restored: it may have gone out before, and a person says
    SENT = "sent"  # a mail server took it
    CANCELLED = "cancelled"  # there was nothing left to say
    FAILED = "failed"  # no mail server will take it


class Outgoing(Regional):
    """A mail to one recipient, and its way. Its id follows from its key and is that of the message."""

    recipient: Mapped[str] = mapped_column(String(48))  # as notices name them
    address: Mapped[str] = mapped_column(comment="of mail, when the letter was last tried; empty: there is none")
    state: Mapped[str] = mapped_column(String(9))
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(comment="while somebody sends it: when that counts as failed")
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(500), comment="the mail server's last word")
