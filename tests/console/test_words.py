"""Every word of the console is said in Kazakh and Russian, and a translation keeps the values of its sentence."""

import re

import pytest

from api.console import languages
from tests.console.catalogs import TRANSLATED, catalog, missing, said, texts

PLACE = re.compile(r"%\(\w+\)\w|%%")


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalog_holds_just_what_the_pages_say(language: str) -> None:
    held = {message.id for message in catalog(language) if message.id}
    wanted = set(said())
    assert held == wanted, f"`python -m tests.console` brings it up to date: {held ^ wanted}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_everything_is_translated(language: str) -> None:
    assert missing(catalog(language)) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_the_values_of_its_sentence(language: str) -> None:
    torn = []
    for message in catalog(language):
        wanted = set(PLACE.findall(str(message.id)))
        torn += [message.id for text in texts(message) if message.id and set(PLACE.findall(text)) != wanted]
    assert not torn


def test_the_catalog_of_a_language_is_read_without_being_compiled() -> None:
    assert languages._catalog("kk").gettext("Violations") == "Бұзушылықтар"
    assert languages._catalog("ru").ngettext("%(num)s visit", "%(num)s visits", 3) == "%(num)s посещения"
