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
    for mail in sorted((folder / "new").iterdir())[:MOST]:
        with mail.open("rb") as held:
            bounce = read_bounce(held.read(LONGEST))
        if bounce is None:
            kept, flags = "not_understood", ""
        elif units.write(partial(_came_back, bounce=bounce)):
            kept, flags = "came_back", "S"
            log.warning("mail_came_back", id=str(bounce.mail))
        else:
            kept, flags = "known", "S"
        mail.replace(folder / "cur" / f"{mail.name.partition(':')[0]}:2,{flags}")
        became[kept] += 1
    return became


def _came_back(work: Work, bounce: Bounce) -> bool:
    """An address that does not exist is not written to again until somebody writes it anew."""
    return any(outbox.came_back(work, bounce.mail, bounce.answer) for outbox in (LETTERS, DIGESTS))
