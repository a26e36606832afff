"""Notices from decision to mail server. Every step can be killed and run again; two at once do no harm.

Between the moment when a mail server has taken a letter and the commit that writes it down there is a window of
milliseconds: a process that dies in it sends the letter once more after its lease, with the same Message-ID.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from api.mail.composing import BadAddress, compose
from api.mail.linking import links_in
from api.mail.sending import Way
from api.papers.pictures import illustrate
from api.papers.printing import print_prescription
from api.papers.typesetting import NotPrinted
from api.photo_store import StoreAway
from api.work import DatabaseAway, Units, Work
from inspection.errors import Busy
from inspection.notices.content import Content, content
from inspection.notices.deciding import decide_page, foresee_page, regions
from inspection.notices.letters import LEASE, Refusal, due_letters, gather, mark_taken, record, take
from inspection.notices.news import tell_news
from inspection.prescription_papers import Paper, freeze_held, photos_shown
from inspection.tables.notices import LetterState, NoticeState

LANES = 4
AWAY = timedelta(seconds=0.5)  # between two tries to write down what became of a letter
MARGIN = timedelta(minutes=2)  # of its lease, in which others are not overtaken
Key = tuple[str, UUID]  # home region, id of a letter
log = structlog.get_logger("pandus.mail")


@dataclass(frozen=True, slots=True)
class _Read:
    """A letter that was taken to be sent."""

    content: Content
    papers: Sequence[Paper]
    links: Mapping[str, str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Postman:
    """Who carries letters: by which way, and from whom. photo: fetches what may be shown of one, by SHA-256.

    address: where a link to answer leads, by its id; None where nobody has said how this installation is reached.
    """

    units: Units
    way: Way
    sender: str
    photo: Callable[[bytes], bytes]
    address: Callable[[UUID], str | None] = lambda _: None
    pause: Callable[[float], None] = time.sleep

    def decide(self) -> int:
        """Tell news and decide what is due, in every region. Returns the number of notices that dates brought."""
        return sum(self._decide_in(region) for region in self.units.read(regions))

    def _decide_in(self, region: str) -> int:
        told: UUID | None = None
        while (told := self.units.write(partial(tell_news, region=region, after=told))) is not None:
            pass
        made, after = 0, None
        while True:
            page = self.units.write(partial(decide_page, region=region, after=after))
            made, after = made + page.made, page.after
            if after is None:
                return made

    def foresee(self) -> Iterator[Mapping[str, Any]]:
        """The notices that `decide` would make today and that would go out. Writes nothing."""
        for region in self.units.read(regions):
            after = None
            while True:
                page = self.units.read(partial(foresee_page, region=region, after=after))
                yield from (row for row in page.rows if row["state"] != NoticeState.SUPERSEDED)
                if (after := page.after) is None:
                    break

    def gather(self) -> int:
        """Put every waiting notice into its letter. Returns how many notices there were."""
        each = (partial(gather, region=region) for region in self.units.read(regions))
        return sum(self._until_none(unit) for unit in each)

    def _until_none(self, unit: Callable[[Work], int]) -> int:
        total = 0
        while count := self.units.write(unit):
            total += count
        return total

    def deliver(self, most: int | None = None, lane: int = 0) -> Counter[str]:
        """Try letters that are due, once each, and at most so many. Returns how many were sent, put off, ...

        lane: of LANES that several deliver in at once; each begins elsewhere, so that they seldom meet. Where they
        do, whoever comes second finds the letter taken.
        """
        became: Counter[str] = Counter()
        tried: set[Key] = set()
        while most is None or len(tried) < most:
            due = self.units.read(due_letters)
            first = lane * len(due) // LANES
            keys = [key for key in (*due[first:], *due[:first]) if key not in tried]
            keys = keys if most is None else keys[: most - len(tried)]
            if not keys:
                break
            tried.update(keys)
            became.update(self._deliver(key) for key in keys)
        return became

    def _deliver(self, key: Key) -> str:
        read = self.units.write(partial(self._read, key=key))
        if read is None:
            return "elsewhere"
        if isinstance(read, LetterState):
            return read.value
        mail = read if isinstance(read, Refusal) else self._write(read, key)
        refusal = mail if isinstance(mail, Refusal) else self._send(mail, key)
        if refusal is None:
            with suppress(DatabaseAway, Busy):  # then it is written down below, if that takes longer
                self.units.keep(partial(mark_taken, key=key))
        self._record(key, refusal)
        if refusal is None:
            return "sent"
        log.warning("letter_refused", letter=str(key[1]), for_good=refusal.for_good)
        return "failed" if refusal.for_good else "put_off"

    def _record(self, key: Key, refusal: Refusal | None) -> None:
        """Write down what became of it. A database that is away is waited for: nobody else knows of it.

        Raises DatabaseAway, Busy when the letter is about to be free for others.
        """
        waited = timedelta(0)
        while True:
            try:
                return self.units.write(lambda work: record(work, key, refusal))
            except (DatabaseAway, Busy):
                if waited >= LEASE - MARGIN:
                    raise
            self.pause(AWAY.total_seconds())
            waited += AWAY

    def _read(self, work: Work, key: Key) -> _Read | Refusal | LetterState | None:
        """What is to be said, as true as it is at this moment; else why nothing is to be sent, as `take` says."""
        taken = take(work, key)
        if taken is None or isinstance(taken, LetterState):
            return taken
        letter, notices = taken
        if not letter.address:
            return Refusal("the address is gone", for_good=True)
        said = content(work, letter, notices)
        papers = [freeze_held(work, paper) for paper in said.papers]
        return _Read(said, papers, dict(links_in(work, said, self.address)), work.now)

    def _write(self, read: _Read, key: Key) -> EmailMessage | Refusal:
        """The mail, whole or not at all. Outside of any unit: printing takes time, and photos may be far away."""
        domain = self.sender.rpartition("@")[2]
        try:
            papers = self._print(read.papers)
            return compose(
                read.content, sender=self.sender, domain=domain, now=read.now, papers=papers, links=read.links
            )
        except BadAddress as error:
            return Refusal(str(error), for_good=True)
        except (NotPrinted, StoreAway) as error:  # mended by whoever keeps the server; the letter waits
            log.exception("paper_failed", letter=str(key[1]))
            return Refusal(f"{type(error).__name__}: {error}", for_good=False)

    def _print(self, papers: Sequence[Paper]) -> Mapping[str, bytes]:
        """PDFs by the names of their files. All their photos together stay below what a mail server takes."""
        pictures = illustrate([photo for paper in papers for photo in photos_shown(paper)], self.photo)
        return {f"{paper.content['number']}.pdf": print_prescription(paper, pictures) for paper in papers}

    def _send(self, message: EmailMessage, key: Key) -> Refusal | None:
        try:
            return self.way.send(message)
        except Exception as error:  # of the way itself, a full disk perhaps: tried again like any other refusal
            log.exception("way_failed", letter=str(key[1]))
            return Refusal(type(error).__name__, for_good=False)
