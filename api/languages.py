"""What people read, in their language: Kazakh, Russian or English.

The rules speak English sentences, some with values in them. The catalogs (`translations/<language>/LC_MESSAGES/
messages.po`) hold the same sentences as msgids, with `{name}` where a value stands; a sentence is found by its
text, or by fitting such a pattern, and the values that were in it are looked up the same way.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask import g, has_request_context, request

from api.settings import LANGUAGES

SOURCE = "en"  # the language of the msgids
FOLDER = Path(__file__).parent / "translations"
PLACE = re.compile(r"\{(\w+)\}")
DEEPEST = 5  # sentences within sentences: a list, each being one of ..., or null


class Phrasebook:
    """Sentences and their translations.

    catalogs: language to msgid to translation. Raises ValueError for a language that Pandus does not speak.
    """

    def __init__(self, catalogs: Mapping[str, Mapping[str, str]]) -> None:
        if unknown := set(catalogs) - set(LANGUAGES):
            raise ValueError(f"Pandus does not speak {', '.join(sorted(unknown))}")
        self._catalogs = {language: dict(catalog) for language, catalog in catalogs.items()}
        self._msgids = {msgid for catalog in catalogs.values() for msgid in catalog}
        patterns = [PLACE.split(msgid) for msgid in self._msgids if PLACE.search(msgid)]
        # A pattern that ends with a value comes late, or `from {low} to {high}` would take `{inner}, or null` for
        # itself; then the most literal first.
        self._patterns = sorted(patterns, key=lambda parts: (not parts[-1], -len("".join(parts[::2])), parts))

    def knows(self, sentence: str) -> bool:
        """Whether the sentence was written for people: the catalogs hold it or its pattern."""
        return sentence in self._msgids or self._fit(sentence) is not None

    def say(self, sentence: str, language: str) -> str:
        """The sentence in a language; unchanged if the catalog does not hold it.

        language: one of LANGUAGES. Raises ValueError for any other.
        """
        if language not in LANGUAGES:
            raise ValueError(f"Pandus does not speak {language}")
        return self._said(sentence, self._catalogs.get(language, {}), DEEPEST)

    def _said(self, sentence: str, catalog: Mapping[str, str], depth: int) -> str:
        if said := catalog.get(sentence):
            return said
        fit = self._fit(sentence) if catalog and depth else None
        if fit is None or not (said := catalog.get(fit[0])):
            return sentence
        values = {name: self._said(value, catalog, depth - 1) for name, value in fit[1].items()}
        return PLACE.sub(lambda place: values[place[1]], said)

    def _fit(self, sentence: str) -> tuple[str, dict[str, str]] | None:
        for parts in self._patterns:
            if (values := _values(parts[::2], sentence)) is not None:
                msgid = "".join(f"{{{part}}}" if i % 2 else part for i, part in enumerate(parts))
                return msgid, dict(zip(parts[1::2], values, strict=True))
        return None


@cache  # it never changes while a process lives
def read_phrasebook(folder: Path = FOLDER) -> Phrasebook:
    """The catalogs of a folder, one for every language but the source."""
    catalogs = {}
    for language in LANGUAGES:
        if language != SOURCE:
            with (folder / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
                catalog = read_po(file, locale=language)
            catalogs[language] = {str(m.id): str(m.string) for m in catalog if m.id and m.string and not m.fuzzy}
    return Phrasebook(catalogs)


def wanted_language(default: str) -> str:
    """The language to answer in: what the client accepts, else the caller's own, else the default."""
    if not has_request_context():
        return default
    for tag, quality in request.accept_languages:  # the most wanted first
        # Not Werkzeug's best_match: it would answer `kk-KZ, en;q=0.5` in English.
        language = tag.partition("-")[0].lower()
        if quality > 0 and language in LANGUAGES:
            return language
    caller = g.get("caller")
    return caller.language if caller is not None and caller.language in LANGUAGES else default


def _values(literals: Sequence[str], sentence: str) -> list[str] | None:
    """What stands between the literal parts if the sentence is made of them, else None.

    Takes a time linear in the sentence, which a regular expression would not: values come from outside.
    """
    first, *middle, last = literals
    if not (sentence.startswith(first) and sentence.endswith(last)):
        return None
    at, end = len(first), len(sentence) - len(last)
    values = []
    for literal in middle:
        found = sentence.find(literal, at, end)
        if found < 0:
            return None
        values.append(sentence[at:found])
        at = found + len(literal)
    return [*values, sentence[at:end]] if at <= end else None
