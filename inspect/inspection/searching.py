"""Names folded for searching, so that Kazakh, Russian and Latin spellings of one name meet.

Қаскелең, Каскелен and Kaskelen all fold to `kaskelen`. The fold is for comparing only and is never shown.
"""

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

from inspection.errors import Fault, InvalidInput

# Letters that fall together: и, й, ы, і and y; г, ғ and gh; х, һ and kh; ж, zh and j; у, ұ, ү and w. Marks above
# letters (й, ё, é) are taken off before, so those letters stand here without them.
_CYRILLIC = dict(zip("абвгдежзиклмнопрстуфхыэәғқңөұүһі", "abvgdejziklmnoprstufhieagknouuhi", strict=True))
_SEVERAL = {"ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": "", "ю": "iu", "я": "ia"}
_LETTERS = str.maketrans({**_CYRILLIC, **_SEVERAL, "ı": "i", "y": "i", "w": "u", "q": "k"})
_PAIRS = (("zh", "j"), ("kh", "h"), ("gh", "g"))
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Words of the text in one spelling: lower case, base Latin letters and digits, single spaces between."""
    apart = unicodedata.normalize("NFKD", text.replace("№", " ")).casefold()
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    for pair, letter in _PAIRS:
        bare = bare.replace(pair, letter)
    return " ".join(_WORD.findall(bare.translate(_LETTERS)))


def fold_all(texts: Iterable[str | None]) -> str:
    """Folded words of several texts, each word once, in order of appearance."""
    return " ".join(dict.fromkeys(word for text in texts if text for word in fold(text).split()))


def refuse_wordless(sought: str) -> None:
    """Refuse, at `/text`, a text in which nothing is left to search for: it would find every row."""
    if not fold(sought):
        reason = "there is nothing in this to search for"
        raise InvalidInput([Fault("/text", reason, "at least one letter or digit")])


def finds(column: InstrumentedAttribute[str], sought: str) -> ColumnElement[bool]:
    """The condition that a folded column holds the beginning of every word that is sought.

    Raises InvalidInput at `/text` where no word is sought.
    """
    refuse_wordless(sought)
    # A space in front lets a word be found at its beginning only; folded words hold no % and no _.
    padded = " " + column
    return and_(*(padded.like(f"% {word}%") for word in fold(sought).split()))
