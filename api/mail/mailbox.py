"""The mailbox that mail servers report to: a Maildir, into which any server or fetcher of mail can deliver."""

from collections import Counter
from functools import partial
from pathlib import Path

import structlog

from api.mail.reports import LONGEST, read_bounce
from api.work import Units
from inspection.notices.bounces import record_bounce

MOST = 500  # mails in one go
log = structlog.get_logger("pandus.mail")


class NoMailbox(ValueError):
    """The folder is no Maildir."""


def read_mailbox(units: Units, folder: Path) -> Counter[str]:
    """Read the mail that is new; how many letters came back, how many reports were of no letter that was sent,
    how many mails were no such reports.

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
        elif units.write(partial(record_bounce, letter_id=bounce.letter, answer=bounce.answer)):
            kept, flags = "came_back", "S"
            log.warning("letter_came_back", letter=str(bounce.letter))
        else:
            kept, flags = "known", "S"
        mail.replace(folder / "cur" / f"{mail.name.partition(':')[0]}:2,{flags}")
        became[kept] += 1
    return became
