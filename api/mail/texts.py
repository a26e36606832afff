"""The words of letters (`texts.yaml`), read once and checked: a missing one is found at once, not in a mail."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from inspection.notices.content import DATES
from inspection.notices.stages import ACTS

LANGUAGES = ("kk", "ru")
PLACE = re.compile(r"\{(\w+)\}")
BY_STAGE = ("subject", "say")
SAID = frozenset({*ACTS, *DATES})  # what a section of a letter can say
GROUPS = (*BY_STAGE, "also", "word", "digest", "unit")


class BadTexts(ValueError):
    """What is missing or torn in the words of letters, all of it."""


class Texts:
    """Words by group and name, in a language."""

    def __init__(self, held: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
        self._held = held

    def say(self, group: str, name: str, language: str, **values: object) -> str:
        """A text with its values. Raises KeyError for one that is not there."""
        return self._held[group][name][language].format_map({key: str(value) for key, value in values.items()})

    def also(self, says: str, language: str) -> str:
        """What is said of items that stand under something more urgent."""
        held = self._held["also"].get(says) or self._held["say"][says]
        return held[language]

    def unit(self, code: str | None, language: str) -> str:
        """A unit as it stands behind a number; a unit without a word of its own as it is written in checklists."""
        return "" if code is None else self._held["unit"].get(code, {}).get(language, code)


@cache
def texts() -> Texts:
    """The words that Pandus comes with."""
    return read_texts((Path(__file__).parent / "texts.yaml").read_text("utf-8"))


def read_texts(text: str) -> Texts:
    """The words in a YAML text. Raises BadTexts with all that is missing for an act or date, or in a language."""
    held = yaml.safe_load(text)
    if not isinstance(held, dict) or set(held) != set(GROUPS):
        raise BadTexts(f"there are not just the groups {', '.join(GROUPS)}")
    wrong = [
        f"{group}/{name}: {what}"
        for group in GROUPS
        for name, said in _dict(held[group]).items()
        for what in _wrong(said)
    ]
    unknown = sorted(_dict(held["also"]).keys() - SAID)
    wrong += [f"also/{name}: nothing says this" for name in unknown]
    for group in BY_STAGE:
        names = set(_dict(held[group]))
        wrong += [f"{group}/{name}: no words for this" for name in sorted(SAID - names)]
        wrong += [f"{group}/{name}: nothing says this" for name in sorted(names - SAID)]
    if wrong:
        raise BadTexts("; ".join(wrong))
    return Texts(held)


def _dict(held: Any) -> dict[str, Any]:
    return held if isinstance(held, dict) else {}


def _wrong(said: Any) -> list[str]:
    if not isinstance(said, dict) or not all(isinstance(text, str) and text for text in said.values()):
        return ["a text in each language is wanted"]
    if set(said) != set(LANGUAGES):
        return [f"wanted in {' and '.join(LANGUAGES)}"]
    values = {frozenset(PLACE.findall(text)) for text in said.values()}
    return [] if len(values) == 1 else ["the languages say different values"]
