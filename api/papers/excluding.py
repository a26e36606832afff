"""The letter that recommends to consider excluding a provider from the portal of social services, as PDF."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from api.mail.messages import SPOKEN
from api.papers.signs import breakable, printable
from api.papers.typesetting import typeset
from api.papers.words import say
from inspection.criteria import Text
from inspection.exclusion_letters import ExclusionLetter, Site, Told
from inspection.history import MAIN

_w = partial(say, "exclusion_letter.yaml")
COLUMNS = {"violation": 30, "found_on": 11, "prescription": 16, "due": 11, "state": 15}  # letters that fit
LINE = 40
Part = Mapping[str, Any]


def print_exclusion_letter(letter: ExclusionLetter) -> bytes:
    """The PDF, Kazakh first; the same content gives the same bytes. Raises NotPrinted."""
    languages = SPOKEN[letter.country]
    title = " / ".join(_w("short", language) for language in languages)
    name = printable(letter.operator.get(languages[-1], ""))
    given = {
        "title": f"{title}: {name}",
        "footer": title,
        "page": " / ".join(_w("page", language) for language in languages),
        "parts": [_part(letter, language, both=len(languages) > 1) for language in languages],
    }
    return typeset("exclusion_letter.typ", given, datetime.combine(letter.made_on, time(), UTC), {})


def _part(letter: ExclusionLetter, language: str, *, both: bool) -> Part:
    shown = sum(len(site.violations) for site in letter.sites)
    counts = {"shown": shown, "all": letter.gross}
    return {
        "language": language,
        "department": None if letter.department is None else _name(letter.department, language),
        "number": _w("number", language),
        "made_on": (_w("made_on", language), _day(letter.made_on)),
        "draft": _w("draft", language),
        "to": _w("to", language, area=_name(letter.area, language)),
        "heading": _w("title", language),
        "provider": [
            (_w("provider", language), _name(letter.operator, language)),
            (_w("bin", language), letter.number),
        ],
        "facts": _w("facts", language, day=_day(letter.made_on)),
        "counts": list(_counts(letter, language)),
        "advice": _w("advice", language),
        "equal": _w("equal", language) if both else None,
        "signature": [_w(name, language) for name in ("signature", "full_name", "signed")],
        "listing": _w("listing", language),
        "left_out": _w("left_out", language, **counts) if shown < letter.gross else None,
        "columns": ["№", *(breakable(_w(name, language), fits) for name, fits in COLUMNS.items())],
        "sites": [_site(site, language) for site in letter.sites],
    }


def _counts(letter: ExclusionLetter, language: str) -> Iterator[tuple[str, str]]:
    yield _w("gross", language), str(letter.gross)
    if letter.gross:
        yield _w("overdue", language), str(letter.overdue)
    if letter.oldest_due_on is not None:
        yield _w("oldest", language), _day(letter.oldest_due_on)
    yield _w("others", language), str(letter.others)
    yield _w("complaints", language), str(letter.complaints)
    yield _w("unscheduled", language), str(letter.unscheduled)


def _site(site: Site, language: str) -> Part:
    rows = enumerate(site.violations, start=1)
    address = site.address.get(language)
    return {
        "name": _name(site.name, language),
        "address": None if address is None else breakable(printable(address), LINE),
        "rows": [[[str(number)], *_cells(told, language)] for number, told in rows],
    }


def _cells(told: Told, language: str) -> Iterator[Sequence[str]]:
    place = [] if told.place == MAIN else [_w("at", language, place=told.place)]
    state = "declared" if told.declared else "late" if told.overdue else "standing"
    cells = (
        [told.title.get(language, ""), *place],
        [_day(told.opened_on)],
        [told.prescription or _w("nothing", language)],
        [_day(told.due_on) if told.due_on else _w("untold", language)],
        [_w(state, language)],
    )
    for fits, lines in zip(COLUMNS.values(), cells, strict=True):
        yield [breakable(printable(line), fits) for line in lines]


def _name(name: Text, language: str) -> str:
    return breakable(printable(name.get(language, "")), LINE)


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")
