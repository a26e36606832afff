"""What stands on the paper of a prescription, in words: plain text, to which the template adds only places."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from api.mail.judged import TIGHT, measured
from api.mail.judged import wanted as limit_in_words
from api.mail.messages import SPOKEN
from api.papers.signs import breakable, printable
from api.papers.words import words
from inspection.history import MAIN
from inspection.prescription_papers import Paper

COLUMNS = {  # to the letters that fit into one line of it
    "requirement": 24,
    "law": 14,
    "judged": 15,
    "groups": 20,
    "severity": 12,
    "photo": 8,
    "recommendation": 15,
    "due": 11,
}
LINE = 30  # letters that fit into one line above the table
FOOT = ("reply", "extension", "appeal")
Row = Mapping[str, Any]


def prescription(paper: Paper, pictures: Mapping[str, bytes]) -> dict[str, Any]:
    """What the template prints. pictures: by SHA-256 in hex; what has none is named in a remark."""
    content = paper.content
    languages = SPOKEN[content["country"]]
    title = " / ".join(_w("short", language) for language in languages)
    return {
        "title": printable(f"{title} № {content['number']}"),
        "author": printable(content["department"]["kk"]),
        "footer": printable(f"{title} № {content['number']}"),
        "page": " / ".join(_w("page", language) for language in languages),
        "parts": [_part(content, language) for language in languages],
        "annex": " / ".join(_w("photos", language) for language in languages),
        "photos": list(_photos(content, pictures, languages)),
        "remarks": list(_remarks(paper, pictures, languages)),
    }


def _w(name: str, language: str, **values: object) -> str:
    said = words()[name][language]
    return said.format_map(values) if values else said


def _part(content: Row, language: str) -> Row:
    return {
        "language": language,
        "department": printable(content["department"][language]),
        "heading": printable(f"{_w('title', language)} № {content['number']}"),
        "head": [
            (_w("issued", language), _day(content["issued_on"])),
            (_w("made_at", language), printable(content["place"].get(language, "—"))),
        ],
        "blocks": [_basis(content, language), _subject(content, language), _object(content, language)],
        "violations": _w("violations", language),
        "intro": _w("intro", language),
        "columns": ["№", *(breakable(_w(name, language), fits) for name, fits in COLUMNS.items())],
        "items": [list(_cells(item, language)) for item in content["items"]],
        "foot": [(_w(name, language), _w(f"{name}_how", language)) for name in FOOT],
        "equal": _w("equal", language) if len(SPOKEN[content["country"]]) > 1 else None,
        "signatures": _signatures(content, language),
    }


def _block(title: str, language: str, *lines: tuple[str, str | None]) -> Row:
    """lines: a word and what is said; None: an empty line to be filled in by pen."""
    said = [(_w(name, language), text and breakable(printable(text), LINE)) for name, text in lines]
    return {"title": _w(title, language), "lines": said}


def _basis(content: Row, language: str) -> Row:
    basis, period = content["basis"], content["period"]
    days = list(dict.fromkeys(_day(period[end]) for end in ("from", "to") if period[end]))
    return _block(
        "basis",
        language,
        ("ground", _w(content["ground"], language)),
        ("appointment", _act(basis["appointment_number"], basis["appointment_date"])),
        ("ersop", _act(basis["ersop_number"], basis["ersop_date"])),
        ("results", None),
        ("period", "–".join(days) or None),
        ("checklist", f"{content['checklist']['key']} {content['checklist']['version']}"),
    )


def _act(number: str | None, day: str | None) -> str | None:
    said = [f"№{TIGHT}{number}"] if number else []
    return ", ".join([*said, *([_day(day)] if day else [])]) or None


def _subject(content: Row, language: str) -> Row:
    subject = content["subject"] or {"name": {}, "bin": None, "address": None, "kato": None}
    return _block(
        "subject",
        language,
        ("name", subject["name"].get(language)),
        ("bin", subject["bin"]),
        ("address", subject["address"]),
        ("kato", subject["kato"]),
        ("representative", None),
    )


def _object(content: Row, language: str) -> Row:
    held = content["object"]
    size = None if held["size"] == "unknown" else _w(held["size"], language)
    return _block(
        "object",
        language,
        ("name", held["name"].get(language)),
        ("kind", held["kind"][language]),
        ("address", held["address"].get(language)),
        ("size", size),
    )


def _cells(item: Row, language: str) -> Iterator[Sequence[str]]:
    """The cells of an item, each as its lines."""
    nothing = _w("nothing", language)
    limit = limit_in_words(item["limit"], item["value"], item["unit"], language)
    place = [] if item["place"] == MAIN else [_w("at", language, place=item["place"])]
    law = [f"{item['norm']}, {item['clause']}"] if item["clause"] else [nothing]
    judged = _judged(item, limit, language)
    is_number = isinstance(item["value"], int | float) and not isinstance(item["value"], bool)
    wanted = _w("to_limit", language, value=limit) if limit and is_number else _w("to_requirement", language)
    groups = [group[language] for group in item["groups"]] or [nothing]
    shown = [", ".join(map(str, item["photos"])) or nothing]
    severity = [item["severity"].get(language, nothing)]
    due = [_day(item["due_on"])]
    lines = ([item["title"][language], *place], law, judged, groups, severity, shown, [wanted], due)
    yield [str(item["position"])]
    for fits, each in zip(COLUMNS.values(), lines, strict=True):
        yield [breakable(printable(line), fits) for line in each]


def _judged(item: Row, limit: str, language: str) -> Sequence[str]:
    if isinstance(item["value"], str):
        return [_w("not_met", language)]  # an answer that was chosen has a code, and no words of a language
    value = measured(item["value"], item["unit"], language) or _w("nothing", language)
    said = [_w("measured", language, value=value)]
    return [*said, _w("limit", language, value=limit)] if limit else said


def _day(day: str | None) -> str:
    return date.fromisoformat(day).strftime("%d.%m.%Y") if day else ""


def _signatures(content: Row, language: str) -> Row:
    def blank(name: str, said: str | None = None, *, short: bool = False) -> Row:
        return {"name": _w(name, language), "said": said and printable(said), "short": short}

    signer = [blank("full_name", content["inspector"]), blank("post"), blank("signature", short=True)]
    given = [blank("day", short=True), blank("full_name"), blank("post"), blank("signature", short=True)]
    lines = [
        {"who": _w("inspector", language), "blanks": signer},
        {"who": _w("received", language), "blanks": [*given, blank("channel", short=True)]},
    ]
    return {"title": _w("signatures", language), "lines": lines}


def _photos(content: Row, pictures: Mapping[str, bytes], languages: Sequence[str]) -> Iterator[Row]:
    titles = {item["position"]: item["title"] for item in content["items"]}
    for photo in content["photos"]:
        if photo["sha256"] in pictures:
            about = {"number": photo["number"], "item": photo["item"]}
            alternatives = (
                _w("alternative", language, item=photo["item"], title=titles[photo["item"]][language])
                for language in languages
            )
            yield {
                "file": f"photo-{photo['number']}.jpg",
                "sha256": photo["sha256"],
                "caption": " / ".join(_w("caption", language, **about) for language in languages),
                "alternative": printable(" / ".join(alternatives)),
            }


def _remarks(paper: Paper, pictures: Mapping[str, bytes], languages: Sequence[str]) -> Iterator[Row]:
    missing = [photo for photo in paper.content["photos"] if photo["sha256"] not in pictures]
    kinds = (("unseen", False), ("too_many", True))
    for name, seen in kinds:
        numbers = [str(photo["number"]) for photo in missing if (photo["sha256"] in paper.seen) is seen]
        for language in languages if numbers else ():
            yield {"language": language, "said": _w(name, language, numbers=", ".join(numbers))}
