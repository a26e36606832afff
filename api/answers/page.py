"""The page of a link, in the reader's language: what it shows, and how what is wrong is said."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from flask import request, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.answers.files import kept
from api.answers.forms import FIELDS, Form
from api.keys import Keys
from api.languages import wanted_language
from api.mail.judged import measured, wanted
from api.papers.words import read_words
from api.settings import LANGUAGES
from api.wiring import wiring
from inspection.answers.links import Link
from inspection.answers.opened import Opened, OpenedItem, QuestionState
from inspection.history import MAIN
from inspection.prescription_states import ItemState
from inspection.tables.answers import ReplyKind

NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}


def language() -> str:
    """The language that the address asks for, else what the browser accepts, else the installation's."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else wanted_language(wiring().settings.default_language)


def say(name: str, /, **values: object) -> str:
    """A word of the page in the reader's language."""
    return _words()[name][language()].format_map({key: str(value) for key, value in values.items()})


def notice(name: str) -> str:
    """A page that says one thing only, such as that a link is over."""
    return _render("notice.html.j2", heading=say(name), text=say(f"{name}_how"))


def answer_page(link: Link, seen: Opened, form: Form, key: Keys, token: str, *, sent: bool = False) -> str:
    """The page of a link. sent: whether the form's submission has just arrived."""
    tongue = language()
    items = [_item(item, tongue) for item in seen.items]
    standing = [item for item in items if not item["over"]]
    return _render(
        "answer.html.j2",
        seen=seen,
        name=_named,
        day=_day,
        items=items,
        open=standing,
        first=_first(standing),
        kinds=[kind.value for kind in ReplyKind],
        form=form,
        wrong=[(field, form.wrong[field]) for field in FIELDS if field in form.wrong],
        kept=list(zip(kept(key, link.id, form.files), form.files, strict=True)),
        sent=sent,
        paper=url_for("answers.paper", token=token),
    )


def _first(standing: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Of a field that is a group the first of its controls: a group itself takes no focus."""
    kind = next(iter(ReplyKind)).value
    return {"kind": f"kind-{kind}", "items": f"item-{standing[0]['position']}" if standing else "answer"}


def in_words(sentence: str) -> str:
    """A sentence of the rules in the reader's language."""
    return wiring().phrasebook.say(sentence, language())


def _render(template: str, **given: Any) -> str:
    tongue = language()
    languages = [(code, NAMES[code], code == tongue) for code in LANGUAGES]
    return _environment().get_template(template).render(w=say, language=tongue, languages=languages, **given)


def _item(item: OpenedItem, tongue: str) -> Mapping[str, Any]:
    over = item.state is ItemState.OVER
    written = tongue if tongue in ("kk", "ru") else "ru"  # numbers and units: no English letters exist
    return {
        "id": str(item.violation_id),
        "position": item.position,
        "title": _named(item.title) or item.criterion,
        "place": "" if item.place == MAIN else item.place,
        "measured": measured(item.value, item.unit, written),
        "limit": wanted(item.limit, item.value, item.unit, written),
        "due": _day(item.due_on),
        "left": _left(item.days_left),
        "state": item.state.value,
        "over": over,
        "replies": item.replies,
        # What is over needs no explanation any more.
        "questions": [q for q in item.questions if not over or q.state is QuestionState.ANSWERED],
    }


def _left(days: int) -> str:
    if days == 0:
        return say("today")
    return say("left" if days > 0 else "passed", days=abs(days))


def _named(text: Mapping[str, str]) -> str:
    """A name in the reader's language; English readers get the Russian one where there is none."""
    return text.get(language()) or text.get("ru") or text.get("kk") or ""


def _day(day: date | None) -> str:
    return "" if day is None else day.strftime("%d.%m.%Y")


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return read_words((Path(__file__).parent / "words.yaml").read_text("utf-8"), LANGUAGES)


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=True)
