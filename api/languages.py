"""What people read, in their language: Kazakh, Russian or English.

The rules speak English sentences, some with values in them. The catalogs (`translations/<language>/LC_MESSAGES/
messages.po`) hold the same sentences as msgids, with `{name}` where a value stands; a sentence is found by its
text, or by fitting such a pattern, and the values that were in it are looked up the same way.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from babel.messages.pofile import read_po
from flask import g, has_request_context, request

from api.settings import LANGUAGES

SOURCE = "en"  # the language of the msgids
FOLDER = Path(__file__).parent / "translations"
PLACE = re.compile(r"\{(\w+)\}")


class Phrasebook:
    """Sentences and their translations.

    catalogs: language to msgid to translation. Raises ValueError for a language that Pandus does not speak.
    """

    def __init__(self, catalogs: Mapping[str, Mapping[str, str]]) -> None:
        if unknown := set(catalogs) - set(LANGUAGES):
            raise ValueError(f"Pandus does not speak {', '.join(sorted(unknown))}")
        self._catalogs = {language: dict(catalog) for language, catalog in catalogs.items()}
        self._msgids = {msgid for catalog in catalogs.values() for msgid in catalog}
        patterns = [(_literal_length(m), m, _pattern(m)) for m in self._msgids if PLACE.search(m)]
        # The most literal pattern first: `one of: {choices}` must not win over `one of: {choices} or null`.
        self._patterns = [(m, pattern) for _, m, pattern in sorted(patterns, key=lambda p: (-p[0], p[1]))]

    def knows(self, sentence: str) -> bool:
        """Whether the sentence was written for people: the catalogs hold it or its pattern."""
        return sentence in self._msgids or self._fit(sentence) is not None

    def say(self, sentence: str, language: str) -> str:
        """The sentence in a language; unchanged if the catalog does not hold it.

        language: one of LANGUAGES. Raises ValueError for any other.
        """
        if language not in LANGUAGES:
            raise ValueError(f"Pandus does not speak {language}")
        catalog = self._catalogs.get(language)
        if catalog is None:
            return sentence
        if said := catalog.get(sentence):
            return said
        fit = self._fit(sentence)
        if fit is None or not (said := catalog.get(fit[0])):
            return sentence
        values = {name: self.say(value, language) for name, value in fit[1].items()}
        return PLACE.sub(lambda place: values[place[1]], said)

    def _fit(self, sentence: str) -> tuple[str, dict[str, str]] | None:
        for msgid, pattern in self._patterns:
            if match := pattern.fullmatch(sentence):
                return msgid, match.groupdict()
        return None


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


def _pattern(msgid: str) -> re.Pattern[str]:
    parts = PLACE.split(msgid)  # literal, name, literal, name, ...
    return re.compile(
        "".join(f"(?P<{part}>.*?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)), re.DOTALL
    )


def _literal_length(msgid: str) -> int:
    return len(PLACE.sub("", msgid))
