"""The words of papers (`words.yaml` and its neighbours), read once: a missing one is found at once."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

import yaml

LANGUAGES = ("kk", "ru")
PLACE = re.compile(r"\{(\w+)\}")


class BadWords(ValueError):
    """What is missing or torn in the words of papers, all of it."""


@cache
def words(file: str = "words.yaml") -> Mapping[str, Mapping[str, str]]:
    """The words that Pandus comes with for one kind of paper, by name and language."""
    return read_words((Path(__file__).parent / file).read_text("utf-8"))


def say(file: str, name: str, language: str, **values: object) -> str:
    """One text of a file of words."""
    said = words(file)[name][language]
    return said.format_map(values) if values else said


def read_words(text: str, languages: Collection[str] = LANGUAGES) -> Mapping[str, Mapping[str, str]]:
    """The words in a YAML text. Raises BadWords with everything that is missing in a language."""
    held = yaml.safe_load(text)
    wrong = [name for name, said in held.items() if not _whole(said, languages)]
    if wrong:
        raise BadWords(f"a text in each language with the same values is wanted: {', '.join(wrong)}")
    words: Mapping[str, Mapping[str, str]] = held
    return words


def _whole(said: object, languages: Collection[str]) -> bool:
    if not isinstance(said, dict) or set(said) != set(languages):
        return False
    texts = list(said.values())
    whole = all(isinstance(text, str) and text for text in texts)
    return whole and len({frozenset(PLACE.findall(text)) for text in texts}) == 1
