"""The links that a letter carries, by mail and on paper."""

from collections.abc import Callable, Iterator
from uuid import UUID

from api.work import Work
from inspection.answers.links import link_for_letters
from inspection.notices.content import Content


def links_in(work: Work, said: Content, address: Callable[[UUID], str | None]) -> Iterator[tuple[str, str]]:
    """Number of a prescription to where it is answered; none where the link was revoked.

    address: where a link leads, by its id. Each link is made, or moved on, as it goes out.
    """
    for number, prescription in said.answered.items():
        link = link_for_letters(work, prescription)
        if link is not None and (where := address(link.id)):
            yield number, where
