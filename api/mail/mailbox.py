"""The mailbox that mail servers report to: a Maildir, into which any server or fetcher of mail can deliver."""

from collections import Counter
from functools import partial
from pathlib import Path

import structlog

from api.mail.reports import LONGEST, Bounce, read_bounce
from api.work import Units, Work
from inspection.digests.queueing import DIGESTS
from inspection.notices.letters import LETTERS

MOST = 500  # mails in one go
log = structlog.get_logger("pandus.mail")


class NoMailbox(ValueError):
    """The folder is no Maildir."""


def read_mailbox(units: Units, folder: Path) -> Counter[str]:
    """Read what is new; how many of our mails came back, how many reports were of none that was sent, how many
    mails were no such reports.

    What was understood is marked as seen; the rest is left for a person, as mail that is not new but not seen.
    A mail whose report was recorded and not yet marked is read again, which changes nothing. Raises NoMailbox.
    """
    if not all((folder / name).is_dir() for name in ("new", "cur")):
        raise NoMailbox(f"{folder} is no Maildir: it needs the folders new, cur and tmp")
    became: Counter[str] = Counter()
    for mail in sorted(filter(_is_mail, (folder / "new").iterdir()))[:MOST]:
        try:
            with mail.open("rb") as held:
                bounce = read_bounce(held.read(LONGEST))
            kept = _recorded(units, bounce)
            flags = "" if bounce is None else "S"
            mail.replace(folder / "cur" / f"{mail.name.partition(':')[0]}:2,{flags}")
        except OSError as error:  # somebody else was quicker, or it is not ours to read: what is behind it is
            log.warning("mail_unreadable", name=mail.name, error=str(error))
        else:
            became[kept] += 1
    return became


def _is_mail(entry: Path) -> bool:
    """Whether it is a mail at all: a Maildir hides what is none, and a pipe would be waited for."""
    return entry.is_file() and not entry.name.startswith(".")


def _recorded(units: Units, bounce: Bounce | None) -> str:
    if bounce is None:
        return "not_understood"
    if not units.write(partial(_came_back, bounce=bounce)):
        return "known"
    log.warning("mail_came_back", id=str(bounce.mail))
    return "came_back"


def _came_back(work: Work, bounce: Bounce) -> bool:
    """An address that does not exist is not written to again until somebody writes it anew."""
    return any(outbox.came_back(work, bounce.mail, bounce.answer) for outbox in (LETTERS, DIGESTS))
