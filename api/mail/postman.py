"""Notices and digests from decision to mail server. Every step can be killed and run again."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from api.mail.delivering import Delivery
from api.mail.digest_post import DigestPost
from api.mail.letter_post import LetterPost
from api.mail.sending import Way
from api.work import Units, Work
from inspection.digests.queueing import foresee_page as foresee_page_of_digests
from inspection.digests.queueing import queue_page
from inspection.digests.readers import Reader
from inspection.notices.deciding import decide_page, foresee_page, regions
from inspection.notices.letters import gather
from inspection.notices.news import tell_news
from inspection.tables.notices import NoticeState


@dataclass(frozen=True, slots=True)
class Postman:
    """Who carries mail: by which way, and from whom. photo: fetches what may be shown of one, by SHA-256.

    address: where a link to answer leads, by its id; base: what addresses begin with. None where nobody has said
    how this installation is reached.
    """

    units: Units
    way: Way
    sender: str
    photo: Callable[[bytes], bytes]
    address: Callable[[UUID], str | None] = lambda _: None
    base: str | None = None
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

    def queue_digests(self) -> int:
        """Queue the weekly digests that are due. Returns how many were new."""
        queued, after = 0, None
        while True:
            made, after = self.units.write(partial(queue_page, after=after))
            queued += made
            if after is None:
                return queued

    def foresee_digests(self) -> Iterator[tuple[Reader, date]]:
        """Who would have which week's digest queued now. Writes nothing."""
        after = None
        while True:
            page = self.units.read(partial(foresee_page_of_digests, after=after))
            yield from page.digests
            if (after := page.after) is None:
                break

    def deliver(self, most: int | None = None, lane: int = 0) -> Counter[str]:
        """Try mail that is due, as `Delivery` does it."""
        letters = LetterPost(self.units, self.sender, self.photo, self.address)
        digests = DigestPost(self.units, self.sender, self.base)
        return Delivery(self.units, self.way, [letters, digests], self.pause).deliver(most, lane)
