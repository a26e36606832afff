"""A letter as mail: subject, text and HTML, Kazakh first, then Russian.

Kyrgyzstan's letters are in Russian alone until somebody has written the Kyrgyz words.
"""

from collections.abc import Mapping
from datetime import date, datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.mail.judged import measured, wanted
from api.mail.texts import texts
from inspection.history import MAIN
from inspection.notices.content import Content, Item, Section

SPOKEN: Mapping[str, tuple[str, ...]] = {"KZ": ("kk", "ru"), "KG": ("ru",)}
LONGEST_SUBJECT = 200
NO_PAPERS: Mapping[str, bytes] = {}
NO_LINKS: Mapping[str, str] = {}


class BadAddress(ValueError):
    """What stands as an address is none that mail can go to."""


def paper(content: Content) -> str:
    """The letter as a page to be printed: where there is no address of mail, or none that works."""
    return str(_template("letter.html.j2").render(_given(content, NO_LINKS, attached=False)))


def compose(
    content: Content,
    *,
    sender: str,
    domain: str,
    now: datetime,
    papers: Mapping[str, bytes] = NO_PAPERS,
    links: Mapping[str, str] = NO_LINKS,
) -> EmailMessage:
    """The mail of a letter. The same content gives the same bytes, but for the date.

    papers: name of a file to the PDF that goes with it. links: number of a prescription to where it is answered.

    sender: the address it comes from. domain: of the Message-ID, which follows from the letter's id alone, so that
    a second copy is known as one. Raises BadAddress.
    """
    given = _given(content, links, attached=bool(papers))
    message = EmailMessage(policy=SMTP)
    # The library's own folding of a header in Cyrillic loses the spaces between its encoded words.
    message.set_raw("Subject", Header(given["subject"], "utf-8", header_name="Subject").encode())
    message["From"] = _address(sender)
    message["To"] = _address(content.address)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{content.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_template("letter.txt.j2").render(given))
    message.add_alternative(_template("letter.html.j2").render(given), subtype="html")
    message["Content-Language"] = ", ".join(
        SPOKEN[content.country]
    )  # before the parts are there it would become theirs
    message.set_boundary(f"=_{content.id.hex}")
    if papers:
        for name, pdf in papers.items():
            message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
        message.set_boundary(f"=_{content.id.hex}_all")
    return message


def _given(content: Content, links: Mapping[str, str], *, attached: bool) -> Mapping[str, Any]:
    languages = SPOKEN[content.country]
    return {
        "attached": attached,
        "links": sorted(links.items()),
        "parts": [_part(content, language) for language in languages],
        "subject": " / ".join(_subject(content, language) for language in languages)[:LONGEST_SUBJECT],
        "w": lambda name, part, **values: texts().say("word", name, part["language"], **values),
    }


def _address(text: str) -> Address:
    """An address for a header. Raises BadAddress: a newline in it would begin a header of its own."""
    if any(ord(sign) < 32 or sign in " \x7f,;<>()" for sign in text):
        raise BadAddress("the address holds signs that no address of mail has")
    try:
        return Address(addr_spec=text)
    except (MessageError, ValueError, IndexError, AttributeError) as error:
        raise BadAddress("this is no address of mail") from error


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,  # half a mail is worse than none
        autoescape=select_autoescape(("html.j2",)),
        keep_trailing_newline=True,
    )


def _template(name: str) -> Any:
    return _environment().get_template(name)


def _subject(content: Content, language: str) -> str:
    first = content.sections[0]
    return texts().say("subject", first.stage.name, language, about=_about(content, first, language))


def _about(content: Content, section: Section, language: str) -> str:
    """The prescription's number, where all items are of one; else how many there are and where."""
    numbers = {item.prescription for item in section.items}
    if len(numbers) == 1 and (number := numbers.pop()):
        return f"№ {number}"
    facility = content.facility[language]
    return texts().say("word", "several", language, count=len(section.items), facility=facility)


def _part(content: Content, language: str) -> dict[str, Any]:
    return {
        "language": language,
        "department": content.department.get(language, ""),
        "facility": content.facility[language],
        "address": content.facility_address.get(language, ""),
        "operator": content.operator.get(language, ""),
        "sections": [
            {
                "heading": texts().say("subject", s.stage.name, language, about=_about(content, s, language)),
                "say": texts().say("say", s.stage.name, language),
                "items": [_item(item, language) for item in s.items],
            }
            for s in content.sections
        ],
    }


def _item(item: Item, language: str) -> dict[str, str]:
    nothing = texts().say("word", "nothing", language)
    return {
        "title": item.title.get(language) or item.criterion,
        "place": "" if item.place == MAIN else item.place,
        "measured": measured(item.value, item.unit, language) or nothing,
        "limit": wanted(item.limit, item.value, item.unit, language) or nothing,
        "due": _day(item.due_on) or texts().say("word", "no_date", language),
        "left": _left(item.days_left, language),
        "prescription": item.prescription or "",
        "question": item.question.words if item.question else "",
        "answer_by": _day(item.question.answer_by) if item.question else "",
    }


def _day(day: date | None) -> str:
    return "" if day is None else day.strftime("%d.%m.%Y")


def _left(days: int | None, language: str) -> str:
    if days is None:
        return ""
    if days == 0:
        return texts().say("word", "today", language)
    return texts().say("word", "left" if days > 0 else "passed", language, days=abs(days))
