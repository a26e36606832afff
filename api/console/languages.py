"""The words of the console: Flask-Babel over catalogs that are read as they are written, without a build step."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, request
from flask_babel import Babel, Domain, get_locale

from api.languages import SOURCE, wanted_language
from api.settings import LANGUAGES
from api.wiring import wiring

FOLDER = Path(__file__).parent / "translations"
DOMAIN = "console"
COOKIE = "pandus_language"
NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}


class Catalogs(Domain):
    """Catalogs as translators write them (`.po`), each read once."""

    def get_translations(self) -> NullTranslations:
        """The catalog of the reader's language."""
        return _catalog(get_locale().language)


def register(app: Flask) -> None:
    """Let pages of an application speak."""
    Babel(app, default_domain=DOMAIN, locale_selector=language)
    app.extensions["babel"].instance.domain_instance = Catalogs(domain=DOMAIN)


def language() -> str:
    """The language that was chosen, else the caller's own, else what the browser accepts."""
    for asked in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return asked
    caller = g.get("caller")
    if caller is not None and caller.language in LANGUAGES:
        return str(caller.language)
    return wanted_language(wiring().settings.default_language)


@cache
def _catalog(tongue: str) -> NullTranslations:
    if tongue == SOURCE:
        return Translations()
    with (FOLDER / tongue / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        held = BytesIO()
        write_mo(held, read_po(file, locale=tongue))
    held.seek(0)
    return Translations(held, DOMAIN)
