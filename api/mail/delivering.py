"""Mail from an outbox to a mail server. Every step can be killed and run again; two at once do no harm.

Between the moment when a mail server has taken a mail and the commit that writes it down there is a window of
milliseconds: a process that dies in it sends the mail once more after its lease, with the same Message-ID.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from itertools import islice
from typing import Any, Protocol

import structlog

from api.mail.sending import Way
from api.work import DatabaseAway, Units
from inspection.errors import Busy
from inspection.outbox import LEASE, Key, Outbox, Refusal
from inspection.tables.outgoing import MailState

LANES = 4
AWAY = timedelta(seconds=0.5)  # between two tries to write down what became of a mail
MARGIN = timedelta(minutes=2)  # of its lease, in which others are not overtaken
log = structlog.get_logger("pandus.mail")


class Post(Protocol):
    """One kind of mail."""

    @property
    def outbox(self) -> Outbox[Any]:
        """Where it waits."""

    def write(self, key: Key) -> EmailMessage | Refusal | MailState | None:
        """Take a mail and write it, as true as it is at this moment; None: somebody else has it.

        A state: how it ended, with nothing to send.
        """


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who hands mail over. posts: the kinds of mail, in the order in which they are looked for."""

    units: Units
    way: Way
    posts: Sequence[Post]
    pause: Callable[[float], None] = time.sleep

    def deliver(self, most: int | None = None, lane: int = 0) -> Counter[str]:
        """Try mail that is due, once each, and at most so many. Returns how many were sent, put off, ...

        lane: of LANES that several deliver in at once; each begins elsewhere, so that they seldom meet. Where they
        do, whoever comes second finds the mail taken.
        """
        return Counter(self._deliver(post, key) for post, key in islice(self._due(lane), most))

    def _due(self, lane: int) -> Iterator[tuple[Post, Key]]:
        """What is due, each once, looked for again until nothing comes that was not seen before."""
        seen: set[Key] = set()
        while True:
            due = [(post, key) for post in self.posts for key in self.units.read(post.outbox.due)]
            first = lane * len(due) // LANES
            fresh = [each for each in (*due[first:], *due[:first]) if each[1] not in seen]
            if not fresh:
                return
            seen.update(key for _, key in fresh)
            yield from fresh

    def _deliver(self, post: Post, key: Key) -> str:
        mail = self._write(post, key)
        if mail is None:
            return "elsewhere"
        if isinstance(mail, MailState):
            return mail.value
        refusal = mail if isinstance(mail, Refusal) else self._send(mail, post, key)
        if refusal is None:
            with suppress(DatabaseAway, Busy):  # then it is written down below, if that takes longer
                self.units.keep(partial(post.outbox.mark_taken, key=key))
        self._record(post, key, refusal)
        if refusal is None:
            return "sent"
        log.warning("mail_refused", kind=post.outbox.kind, id=str(key[1]), for_good=refusal.for_good)
        return "failed" if refusal.for_good else "put_off"

    def _write(self, post: Post, key: Key) -> EmailMessage | Refusal | MailState | None:
        """The mail. A fault of ours in one puts that one off, as a refusal would, and holds up no other."""
        try:
            return post.write(key)
        except (DatabaseAway, Busy):
            raise
        except Exception as error:
            log.exception("mail_not_written", kind=post.outbox.kind, id=str(key[1]))
            self.units.write(partial(post.outbox.claim, key=key))  # counted as tried, where that was undone
            return Refusal(f"{type(error).__name__}: {error}", for_good=False)

    def _record(self, post: Post, key: Key, refusal: Refusal | None) -> None:
        """Write down what became of it. A database that is away is waited for: nobody else knows of it.

        Raises DatabaseAway, Busy when the mail is about to be free for others.
        """
        waited = timedelta(0)
        while True:
            try:
                return self.units.write(partial(post.outbox.record, key=key, refusal=refusal))
            except (DatabaseAway, Busy):
                if waited >= LEASE - MARGIN:
                    raise
            self.pause(AWAY.total_seconds())
            waited += AWAY

    def _send(self, message: EmailMessage, post: Post, key: Key) -> Refusal | None:
        try:
            return self.way.send(message)
        except Exception as error:  # of the way itself, a full disk perhaps: tried again like any other refusal
            log.exception("way_failed", kind=post.outbox.kind, id=str(key[1]))
            return Refusal(type(error).__name__, for_good=False)
