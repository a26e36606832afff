"""Letters to be handed over, as PDF: they say what the mail would have said, and leave a place to sign.

Kazakh first, then Russian; each letter begins on a page of its own. The same letters with the same links give the
same bytes on the same day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from api.mail.composing import spoken
from api.mail.texts import LANGUAGES, texts
from api.papers.signs import breakable, printable
from api.papers.typesetting import typeset
from api.papers.words import words
from api.qr_codes import qr_svg
from inspection.notices.printing import Addressee, ToPrint
from inspection.notices.stages import Recipient

_w = partial(texts().say, "word")
COLUMNS = {
    "requirement": 34,
    "measured": 12,
    "limit": 12,
    "due": 14,
}  # to the letters that fit into one line of it
LINE = 60  # letters that fit into one line elsewhere
SIGNED = ("day", "full_name", "signature")
Links = Mapping[str, str]
Part = Mapping[str, Any]


def print_letters(letters: Sequence[tuple[ToPrint, Links]], on: date) -> bytes:
    """The PDF of any number of letters; of none it says so. on: the day that stands in the file.

    With each letter goes number of a prescription to where it is answered. Raises NotPrinted.
    """
    codes: dict[str, bytes] = {}
    printed = [_letter(letter, links, codes) for letter, links in letters]
    given = {
        "title": printed[0]["title"] if len(printed) == 1 else _both("by_hand"),
        "language": printed[0]["parts"][0]["language"] if printed else LANGUAGES[0],
        "letters": printed,
        "none": [(language, _w("no_letters", language)) for language in LANGUAGES],
    }
    return typeset("letters.typ", given, datetime.combine(on, time(), UTC), codes)


def _both(name: str) -> str:
    return " / ".join(_w(name, language) for language in LANGUAGES)


def _letter(letter: ToPrint, links: Links, codes: dict[str, bytes]) -> Part:
    said = spoken(letter.content)
    answers = [_answer(number, address, codes) for number, address in sorted(links.items())]
    languages = [part["language"] for part in said["parts"]]
    return {
        "title": printable(said["subject"]),
        "footer": str(letter.content.id),  # as the mail is known by; so is the row of the list
        "page": " / ".join(words()["page"][language] for language in languages),
        "parts": [_part(letter, part, answers) for part in said["parts"]],
        "receipt": [
            {
                "language": language,
                "heading": _w("received", language),
                "blanks": [words()[name][language] for name in SIGNED],
            }
            for language in languages
        ],
    }


def _answer(number: str, address: str, codes: dict[str, bytes]) -> Mapping[str, str]:
    file = f"code-{len(codes)}.svg"
    codes[file] = qr_svg(address)
    return {"number": number, "address": address, "file": file}


def _part(letter: ToPrint, part: Part, answers: Sequence[Mapping[str, str]]) -> Part:
    language = part["language"]
    first, *others = part["sections"]
    to = list(_to(letter.addressee, part))
    about = [("facility", part["facility"]), ("address", part["address"])]
    about += [("operator", part["operator"])] if part["operator"] not in to else []
    enclosed = ", ".join(letter.enclosed)
    return {
        "language": language,
        "department": printable(part["department"] or "Pandus"),
        "to": (_w("to", language), [_line(said) for said in to]),
        "day": (_w("day", language), letter.day.strftime("%d.%m.%Y")),
        "about": [(_w(name, language), _line(said)) for name, said in about if said],
        "subject": _line(part["subject"]),
        "columns": ["№", *(breakable(_w(name, language), fits) for name, fits in COLUMNS.items())],
        "sections": [_section(first, language) | {"heading": None}, *(_section(s, language) for s in others)],
        "answer": _w("answer", language),
        "answers": [
            {
                **answer,
                "said": printable(_w("answer_link", language, number=answer["number"])),
                "alternative": printable(_w("code", language, number=answer["number"])),
            }
            for answer in answers
        ],
        "enclosed": printable(_w("enclosed", language, numbers=enclosed)) if enclosed else None,
    }


def _to(addressee: Addressee, part: Part) -> Iterator[str]:
    """Who it is for, in lines."""
    language = part["language"]
    if addressee.office is Recipient.DEPARTMENT:
        yield part["department"] or _w("department", language)
    elif addressee.office is Recipient.AKIMAT:
        yield _w("to_akimat", language, area=addressee.area[language])
    name = addressee.name.get(language)
    if name:
        yield name
    elif addressee.office is Recipient.OPERATOR:
        yield _w("to_nobody", language)


def _section(section: Part, language: str) -> dict[str, Any]:
    rows = enumerate(section["items"], start=1)
    return {
        "heading": _line(section["heading"]),
        "say": section["say"],
        "rows": [[[str(number)], *_cells(item, language)] for number, item in rows],
    }


def _cells(item: Mapping[str, Any], language: str) -> Iterator[Sequence[str]]:
    place = [f"{_w('place', language)}: {item['place']}"] if item["place"] else []
    number = [f"{_w('number', language)}: № {item['prescription']}"] if item["prescription"] else []
    also = [item["also"]] if item["also"] else []
    asked = [line for question in item["questions"] for line in _question(question, language)]
    left = [item["left"]] if item["left"] else []
    cells = (
        [item["title"], *place, *number, *also, *asked],
        [item["measured"]],
        [item["limit"]],
        [item["due"], *left],
    )
    for fits, lines in zip(COLUMNS.values(), cells, strict=True):
        yield [breakable(printable(line), fits) for line in lines]


def _question(asked: Mapping[str, str], language: str) -> Iterator[str]:
    yield f"{_w('question', language)}: {asked['words']}"
    yield f"{_w('answer_by', language)}: {asked['answer_by']}"


def _line(said: str) -> str:
    return breakable(printable(said), LINE)
