"""What came of a chore, in the reader's language: chores say it in English, for logs, as counts of things."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from api.console import facts

_ = lazy_gettext
COUNT = re.compile(r"(\d+) (.+)")
NOTHING = "nothing"
WHOLE: Mapping[str, Any] = {
    NOTHING: _("nothing was to be done"),
    "no mailbox": _("no mailbox is set"),
    "no geocoder": _("no geocoder is set"),
}
COUNTED: Mapping[str, Any] = {
    # what tablets sent
    "kept": _("kept for later"),
    "waiting": _("waits for something else"),
    "taken": _("taken"),
    "merged": _("taken in part"),
    "conflict": _("lost against another change"),
    "quarantined": _("set aside"),
    "failed": _("failed"),
    "finished": _("edits taken in"),
    "weighed": _("places located anew"),
    # ranks and dates
    "numbers changed": _("numbers that changed"),
    "settled": _("places judged anew"),
    "re-checks returned": _("re-checks returned to the queue"),
    "notices": _("notices"),
    # letters
    "gathered": _("letters gathered"),
    "rung": _("handed to workers"),
    "elsewhere": _("done by another process"),
    "queued": _("queued"),
    "held": _("held back"),
    "sent": _("sent"),
    "cancelled": _("not sent: nothing in it was true any more"),
    "by_hand": _("no address: to be brought by hand"),
    "put_off": _("put off"),
    "came_back": _("came back"),
    "known": _("known already"),
    "not_understood": _("mails that report nothing"),
    # files
    "adopted": _("files found again"),
    "removed": _("removed"),
    "tasks over": _("tasks whose time is over"),
    "task files": _("files of tasks"),
    # addresses
    "placed": _("places found by address"),
    "not_found": _("not found"),
    "doubtful": _("in doubt"),
    "refused": _("refused"),
    "needless": _("has a better position"),
    "senseless": _("addresses that make no sense"),
    "away": _("the geocoder could not be reached"),
    # erasing
    "sign_ins": _("sign-ins"),
    "invitations": _("invitations"),
    "failures": _("failed attempts to sign in"),
    "pairings": _("codes of tablets"),
    "tablets": _("tablets"),
    "calendar links": _("links of calendars"),
    "tours": _("tours"),
    "tasks": _("tasks"),
    "geocoder answers": _("answers of the geocoder"),
    "drafts left behind": _("drafts left behind"),
    "drafts as they were sent": _("drafts as they were sent"),
    "edits as they were sent": _("edits as they were sent"),
    "names of who answered": _("names of who answered"),
    "names of who received": _("names of who received"),
    "addresses of letters": _("addresses of letters"),
    "addresses of digests": _("addresses of digests"),
    "words of complaints": _("words of complaints"),
    "contacts of operators": _("contacts of operators"),
    "journal values": _("values of the journal"),
    "people": _("people"),
    "files of answers": _("files of answers"),
}


def came(said: str) -> str:
    """What came of a chore. said: as the chore said it."""
    if said in WHOLE:
        return str(WHOLE[said])
    counts = [(int(found[1]), found[2]) for part in said.split(", ") if (found := COUNT.fullmatch(part))]
    if len(counts) < len(said.split(", ")):
        return said
    told = [f"{COUNTED.get(name, name)}: {facts.number(number)}" for number, name in counts if number]
    return ", ".join(told) or gettext("nothing was to be done")
