"""Telling both addresses that a person's address of mail was changed, so that neither is taken over unseen."""

import re
from uuid import uuid5

from api.mail.messages import Unmailable
from api.mail.notes import Note, NoteTo, note
from api.mail.sending import way
from api.tasks.run import Run
from inspection.errors import Busy, DoesNotApply
from inspection.tasks import Made

NOT_TAKEN = "one of the two addresses takes no mail: {answer}"
SENTENCES = (NOT_TAKEN,)
ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@,;]+>?")
TOLD = ((Note.RENAMED_OLD, "old"), (Note.RENAMED_NEW, "new"))


class MailAway(Busy):
    """The mail server cannot be reached, or wants to be asked later."""

    slug = "mail-away"


def tell_addresses(run: Run) -> Made:
    """Write to the old address and to the new one. A second attempt writes the same mails, with the same ids.

    Raises MailAway where the mail server says later, DoesNotApply where it refuses for good.
    """
    carrier, settings = way(run.parts.settings.mail), run.parts.settings
    refused = []
    for number, (said, name) in enumerate(TOLD):
        run.tell(number, len(TOLD))
        if not (address := run.asked.get(name)):
            continue
        to = NoteTo(uuid5(run.task_id, name), address, settings.mail_from, run.parts.units.now())
        try:
            refusal = carrier.send(note(said, to))
        except Unmailable as error:
            refused.append(str(error))
            continue
        if refusal is not None and not refusal.for_good:
            raise MailAway("the mail server cannot be reached; it is tried again")
        if refusal is not None:
            refused.append(refusal.answer)
    if refused:
        raise DoesNotApply(NOT_TAKEN.format(answer=_without_addresses("; ".join(refused))[:300]))
    return Made()


def _without_addresses(answer: str) -> str:
    """What a mail server said, which often repeats the address; that is not to outlive the task."""
    return ADDRESS.sub("<…>", answer)
