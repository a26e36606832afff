"""What the pages of the console say, found in their sources, and the catalogs that translate it."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from api.console.languages import DOMAIN, FOLDER

TRANSLATED = ("kk", "ru")
METHODS = [("**/templates/**.html.j2", "jinja2"), ("**.py", "python")]
OPTIONS = {"**/templates/**.html.j2": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def said() -> Iterator[str | tuple[str, ...]]:
    """Every message of the pages: a sentence, or a sentence with its plural."""
    found = extract_from_dir(str(FOLDER.parent), METHODS, OPTIONS, KEYWORDS)
    yield from sorted({each[2] for each in found}, key=str)


def path(language: str) -> Path:
    """Where the catalog of a language lies."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def catalog(language: str) -> Catalog:
    """The catalog of a language; empty where there is none yet."""
    held = path(language)
    if not held.exists():
        return Catalog(locale=language)
    with held.open("rb") as file:
        return read_po(file, locale=language)


def bring_up(language: str) -> list[str]:
    """Write a catalog with just what the pages say, in order; the messages that have no translation yet."""
    old, new = catalog(language), Catalog(locale=language, fuzzy=False)
    for message in said():
        held = old.get(message if isinstance(message, str) else message[0])
        nothing: str | tuple[str, ...] = "" if isinstance(message, str) else ("",) * new.num_plurals
        new.add(message, string=held.string if held and held.string else nothing)
    path(language).parent.mkdir(parents=True, exist_ok=True)
    with path(language).open("wb") as file:
        write_po(file, new, width=0, omit_header=True, no_location=True)  # a header would tell the time
    return missing(new)


def missing(held: Catalog) -> list[str]:
    """The messages of a catalog that are not translated, or only some of their plural forms are."""
    return [str(message.id) for message in held if message.id and not all(texts(message))]


def texts(message: Message) -> tuple[str, ...]:
    """A translation, or one for each of its plural forms."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
