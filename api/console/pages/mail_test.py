"""Whether mail leaves: a test mail to one's own address, and what the mail server says to it."""

from dataclasses import replace
from typing import Any

from flask import Response, g
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from api.console import tongues
from api.console.blueprint import page
from api.console.page import Page, draw, form_id, write
from api.mail.messages import Unmailable
from api.mail.notes import Note, NoteTo, note
from api.mail.sending import Folder, Smtp, Way, way
from api.wiring import wiring
from inspection.access import NEEDS, Act
from inspection.errors import DoesNotApply, Forbidden
from inspection.outbox import Refusal
from inspection.signing.journalled import note as journal
from inspection.tables.areas import Level
from inspection.tables.people import Person

FILED = lazy_gettext(
    "It lies as a file in the folder of the server. No mail server is set, so nothing arrives anywhere."
)
TAKEN = lazy_gettext("The mail server took it. Whether it arrives, your mailbox says.")
NOT_SIGNED_IN = lazy_gettext("The mail server does not accept the name or password that are set.")
REFUSED = lazy_gettext("The mail server refuses this mail for good.")
LATER = lazy_gettext("The mail server says: not now. Letters are tried again by themselves.")
AWAY = lazy_gettext("The mail server cannot be reached.")
REFUSED_SIGN_IN = ("530", "534", "535", "538")
SECONDS = 15.0  # for each answer of the mail server: somebody waits for the page


@page("/mail", "mail_test")
class MailTest(Page):
    """The way that mail takes, and a button to try it."""

    def get(self) -> Response:
        """What is set, without secrets."""
        return _drawn(_own_address())

    def post(self) -> Response:
        """Send one mail to the caller's own address, at once, outside of the queue of letters."""
        address = _own_address()
        if tongues.only_asked():  # what has left cannot be taken back
            raise DoesNotApply(tongues.ONLY_LANGUAGE)
        if address is None:
            return _drawn(None, said=_("You have no address of mail; another administrator can give you one."))
        carrier = _way()
        settings, made = wiring().settings, form_id()
        try:
            message = note(Note.TEST, NoteTo(made, address, settings.mail_from, g.work.now))
        except Unmailable:
            return _drawn(address, said=_("Your address is none that mail can go to."), status=422)
        refusal = carrier.send(message)
        outcome = "taken" if refusal is None else "refused" if refusal.for_good else "later"
        write(lambda work: journal(work, g.caller.person_id, "mail.tested", {"outcome": (None, outcome)}))
        return _drawn(
            address, said=_said(carrier, refusal), good=refusal is None, answer=refusal and refusal.answer
        )


def _own_address() -> str | None:
    """The caller's address. Raises Forbidden for who administers nothing."""
    if not any(g.caller.reach(Act.ADMINISTER, level) for level in Level):
        raise Forbidden(NEEDS[Act.ADMINISTER], act=Act.ADMINISTER.value)
    address: str | None = g.work.session.get_one(Person, g.caller.person_id).email
    return address


def _way() -> Way:
    found = way(wiring().settings.mail)
    return replace(found, seconds=SECONDS) if isinstance(found, Smtp) else found


def _said(carrier: Way, refusal: Refusal | None) -> str:
    """What came of it, in words."""
    if isinstance(carrier, Folder):
        return str(FILED)
    if refusal is None:
        return str(TAKEN)
    code = refusal.answer[:3]
    if code in REFUSED_SIGN_IN:
        return str(NOT_SIGNED_IN)
    if refusal.for_good:
        return str(REFUSED)
    return str(LATER if code.isdigit() else AWAY)


def _drawn(address: str | None, status: int = 200, **about: Any) -> Response:
    found = way(wiring().settings.mail)
    given: dict[str, Any] = {"said": "", "good": False, "answer": None}
    return draw(
        "mail_test",
        status,
        address=address,
        server=f"{found.host}:{found.port}" if isinstance(found, Smtp) else None,
        secure=found.secure if isinstance(found, Smtp) else None,
        sender=wiring().settings.mail_from,
        form_id=form_id(),
        **(given | about),
    )
