"""The weekly digest as mail: subject, text and HTML, Kazakh first, then Russian."""

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

from api.mail.digest_lists import list_address, violation_address
from api.mail.messages import LONGEST_SUBJECT, SPOKEN, Envelope, message
from api.mail.texts import texts
from inspection.countries import country_of
from inspection.digests.figures import NAMES, AreaFigures, Part, Worst
from inspection.digests.taking import DigestContent
from inspection.tables.areas import Level

COLUMNS = ("open", "overdue", "falling_due", "found")  # of the parts of an area; more do not fit on a telephone


def compose_digest(content: DigestContent, *, sender: str, base: str | None) -> EmailMessage:
    """The mail of a digest. base: what addresses of lists begin with; None: it carries none. Raises BadAddress."""
    languages = list(dict.fromkeys(language for country in content.countries for language in SPOKEN[country]))
    languages.sort()  # Kazakh first
    envelope = Envelope(content.id, sender, content.address, content.at, languages)
    return message(envelope, given(content, base, languages), "digest")


def given(content: DigestContent, base: str | None, languages: Sequence[str]) -> Mapping[str, Any]:
    """What the templates are filled with."""
    return {
        "subject": " / ".join(_subject(content, language) for language in languages)[:LONGEST_SUBJECT],
        "parts": [
            {"language": language, "areas": [_area(area, base, language) for area in content.areas]}
            for language in languages
        ],
        "heads": [str(head) for head in content.heads],
        "columns": COLUMNS,
        "w": lambda name, part, **values: _say(name, part["language"], **values),
        "automatic": lambda part: texts().say("word", "automatic", part["language"]),
    }


def _say(name: str, language: str, **values: object) -> str:
    return texts().say("digest", name, language, **values)


def _subject(content: DigestContent, language: str) -> str:
    first = content.areas[0]
    overdue = sum(area.numbers["overdue"] for area in content.areas)
    if len(content.areas) == 1:
        about = _name(first.name, first.area.code, language)
    else:
        about = _say("areas", language, count=len(content.areas))
    return _say("subject", language, day=f"{first.today:%d.%m.%Y}", about=about, overdue=overdue)


def _name(name: Mapping[str, str], code: str, language: str) -> str:
    return name.get(language) or code


def _area(area: AreaFigures, base: str | None, language: str) -> dict[str, Any]:
    zone = country_of(area.area.country).time_zone
    at = area.at.astimezone(zone)
    week = {"first": f"{area.week.first:%d.%m.%Y}", "last": f"{area.week.last:%d.%m.%Y}"}
    return {
        "name": _name(area.name, area.area.code, language),
        "as_of": _say("as_of", language, day=f"{at:%d.%m.%Y}", time=f"{at:%H:%M}", **week),
        "quiet": area.quiet,
        "figures": [_figure(area, name, base, language) for name in NAMES],
        "divided": "regions" if area.area.level == Level.COUNTRY else "districts",
        "division": "region" if area.area.level == Level.COUNTRY else "district",
        "parts": [_part(area, part, base, language) for part in area.parts],
        "worst": [_worst(worst, base, language) for worst in area.worst],
        "worst_address": base and list_address(base, "worst", area, area.area.code),
    }


def _figure(area: AreaFigures, name: str, base: str | None, language: str) -> dict[str, Any]:
    number = area.numbers[name]
    return {
        "label": _say(f"figure_{name}", language),
        "number": number,
        "address": base and number and list_address(base, name, area, area.area.code),
    }


def _part(area: AreaFigures, part: Part, base: str | None, language: str) -> dict[str, Any]:
    code = part.code
    cells = [
        {
            "label": _say(f"column_{name}", language),
            "number": part.numbers[name],
            "address": base and code and part.numbers[name] and list_address(base, name, area, code),
        }
        for name in COLUMNS
    ]
    name = _say("no_district", language) if code is None else _name(part.name, code, language)
    return {"name": name, "cells": cells}


def _worst(worst: Worst, base: str | None, language: str) -> dict[str, Any]:
    visits = _say("unknown", language) if worst.visits is None else f"{worst.visits:.1f}".replace(".", ",")
    return {
        "facility": worst.facility[language],
        "title": worst.title.get(language) or worst.criterion,
        "late": _say("late", language, days=worst.days_overdue),
        "visits": _say("visits", language, visits=visits),
        "address": base and violation_address(base, worst.violation_id),
    }
