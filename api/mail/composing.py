"""A letter as mail: subject, text and HTML, Kazakh first, then Russian.

Kyrgyzstan's letters are in Russian alone until somebody has written the Kyrgyz words.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from email.message import EmailMessage
from typing import Any

from api.mail.judged import measured, wanted
from api.mail.messages import LONGEST_SUBJECT, SPOKEN, Envelope, TooLarge, filled, message
from api.mail.texts import texts
from inspection.history import MAIN
from inspection.notices.content import DATES, Content, Item, Section

LARGEST = 7 * 1024 * 1024  # of all papers in one letter; mail makes them a third larger, and 10 MB is refused
NO_PAPERS: Mapping[str, bytes] = {}
NO_LINKS: Mapping[str, str] = {}


def paper(content: Content) -> str:
    """The letter as a page to be printed: where there is no address of mail, or none that works."""
    return filled("letter.html.j2", _given(content, NO_LINKS, attached=False))


def compose(
    content: Content,
    *,
    sender: str,
    now: datetime,
    papers: Mapping[str, bytes] = NO_PAPERS,
    links: Mapping[str, str] = NO_LINKS,
) -> EmailMessage:
    """The mail of a letter. The same content gives the same bytes, but for the date.

    sender: the address it comes from. papers: name of a file to the PDF that goes with it. links: number of a
    prescription to where it is answered. Raises BadAddress, TooLarge.
    """
    _refuse_large(papers)
    envelope = Envelope(content.id, sender, content.address, now, SPOKEN[content.country])
    made = message(envelope, _given(content, links, attached=bool(papers)), "letter")
    if papers:
        for name, pdf in papers.items():
            made.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
        made.set_boundary(f"=_{content.id.hex}_all")
    return made


def _refuse_large(papers: Mapping[str, bytes]) -> None:
    total = 0
    for name, pdf in papers.items():
        total += len(pdf)
        if total > LARGEST:
            raise TooLarge(f"{name} would make this letter {total} bytes, and at most {LARGEST} are sent")


def spoken(content: Content) -> Mapping[str, Any]:
    """What a letter says, by mail or on paper: its subject, and a part in each language of its country."""
    parts = [_part(content, language) for language in SPOKEN[content.country]]
    return {"parts": parts, "subject": " / ".join(part["subject"] for part in parts)[:LONGEST_SUBJECT]}


def _given(content: Content, links: Mapping[str, str], *, attached: bool) -> Mapping[str, Any]:
    return {
        **spoken(content),
        "attached": attached,
        "links": sorted(links.items()),
        "w": lambda name, part, **values: texts().say("word", name, part["language"], **values),
    }


def _subject(content: Content, language: str) -> str:
    return _heading(content, content.sections[0], language)


def _heading(content: Content, section: Section, language: str) -> str:
    """What a section is about; of a date also how many days that is, where it is the same for all of its items."""
    about = _about(content, section, language)
    if section.says not in DATES:
        return texts().say("subject", section.says, language, about=about)
    left = {item.days_left for item in section.items}
    said = _left(left.pop(), language) if len(left) == 1 else ""
    days = f", {said}" if said else ""
    return texts().say("subject", section.says, language, about=about, days=days)


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
        "subject": _subject(content, language),
        "department": content.department.get(language, ""),
        "facility": content.facility[language],
        "address": content.facility_address.get(language, ""),
        "operator": content.operator.get(language, ""),
        "sections": [
            {
                "heading": _heading(content, s, language),
                "say": " ".join([texts().say("say", s.says, language), *_also(s.also, language)]),
                "items": [_item(item, language) for item in s.items],
            }
            for s in content.sections
        ],
    }


def _item(item: Item, language: str) -> dict[str, Any]:
    nothing = texts().say("word", "nothing", language)
    return {
        "title": item.title.get(language) or item.criterion,
        "place": "" if item.place == MAIN else item.place,
        "measured": measured(item.value, item.unit, language) or nothing,
        "limit": wanted(item.limit, item.value, item.unit, language) or nothing,
        "due": _day(item.due_on) or texts().say("word", "no_date", language),
        "left": _left(item.days_left, language),
        "prescription": item.prescription or "",
        "also": " ".join(_also(item.also, language)),
        "questions": [{"words": each.words, "answer_by": _day(each.answer_by)} for each in item.questions],
    }


def _also(acts: Sequence[str], language: str) -> Iterator[str]:
    """What is told besides of items that stand under something more urgent."""
    return (texts().also(act, language) for act in acts)


def _day(day: date | None) -> str:
    return "" if day is None else day.strftime("%d.%m.%Y")


def _left(days: int | None, language: str) -> str:
    if days is None:
        return ""
    if days == 0:
        return texts().say("word", "today", language)
    return texts().say("word", "left" if days > 0 else "passed", language, days=abs(days))
