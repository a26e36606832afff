"""Letters as one kind of mail: taken with what is still true, printed with their prescriptions, written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from uuid import UUID

import structlog

from api.mail.composing import compose
from api.mail.linking import links_in
from api.mail.messages import Unmailable
from api.papers.pictures import illustrate
from api.papers.printing import print_prescription
from api.papers.typesetting import NotPrinted
from api.photo_store import StoreAway
from api.work import Units, Work
from inspection.notices.content import Content, content
from inspection.notices.letters import LETTERS, take
from inspection.outbox import Key, Outbox, Refusal
from inspection.prescription_papers import Paper, freeze_held, photos_shown
from inspection.tables.notices import Letter
from inspection.tables.outgoing import MailState

log = structlog.get_logger("pandus.mail")


@dataclass(frozen=True, slots=True)
class _Read:
    """A letter that was taken to be sent."""

    content: Content
    papers: Sequence[Paper]
    links: Mapping[str, str]
    now: datetime


@dataclass(frozen=True, slots=True)
class LetterPost:
    """Letters about told deadlines. photo, address: as `Postman` has them."""

    units: Units
    sender: str
    photo: Callable[[bytes], bytes]
    address: Callable[[UUID], str | None]
    outbox: Outbox[Letter] = LETTERS

    def write(self, key: Key) -> EmailMessage | Refusal | MailState | None:
        """The mail, whole or not at all. Printing takes time and photos may be far away: outside of any unit."""
        read = self.units.write(partial(self._read, key=key))
        if not isinstance(read, _Read):
            return read
        try:
            papers = self._print(read.papers)
            return compose(read.content, sender=self.sender, now=read.now, papers=papers, links=read.links)
        except Unmailable as error:  # to be delivered on paper
            return Refusal(str(error), for_good=True)
        except (NotPrinted, StoreAway) as error:  # mended by whoever keeps the server; the letter waits
            log.exception("paper_failed", letter=str(key[1]))
            return Refusal(f"{type(error).__name__}: {error}", for_good=False)

    def _read(self, work: Work, key: Key) -> _Read | Refusal | MailState | None:
        """What is to be said, as true as it is at this moment; else why nothing is to be sent, as `take` says."""
        taken = take(work, key)
        if taken is None or isinstance(taken, MailState):
            return taken
        letter, notices = taken
        if not letter.address:
            return Refusal("the address is gone", for_good=True)
        said = content(work, letter, notices)
        papers = [freeze_held(work, paper) for paper in said.papers]
        return _Read(said, papers, dict(links_in(work, said, self.address)), work.now)

    def _print(self, papers: Sequence[Paper]) -> Mapping[str, bytes]:
        """PDFs by the names of their files. All their photos together stay below what a mail server takes."""
        pictures = illustrate([photo for paper in papers for photo in photos_shown(paper)], self.photo)
        return {f"{paper.content['number']}.pdf": print_prescription(paper, pictures) for paper in papers}
