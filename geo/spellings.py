"""One Latin skeleton for a name written in Kazakh, Russian or Latin letters.

The skeleton is made to be compared and never shown: it drops what the three ways of writing disagree about
(Қ and K, И and Y, ZH and J).
"""

import re
import unicodedata
from dataclasses import dataclass

# Kazakh letters fall on the Russian one that people type in their place.
CYRILLIC = dict(zip("абвгдеёзийклмнопрстуфхыіэәғқңөұүһ", "abvgdeeziiklmnoprstufhiieagknouuh", strict=True)) | {
    "ж": "j",
    "ц": "c",
    "ч": "ch",
    "ш": "sh",
    "щ": "sh",
    "ю": "iu",
    "я": "ia",
    "ъ": "",
    "ь": "",
}
# Letters of the Kazakh Latin alphabet (2021) that lose no mark when decomposed, or lose the wrong one.
LATIN = {"ş": "sh", "ı": "i", "ä": "a", "ö": "o", "ü": "u", "ğ": "g", "ñ": "n", "ū": "u"}
# Common romanisations, longest first.
DIGRAPHS = (
    ("shch", "sh"),
    ("zh", "j"),
    ("kh", "h"),
    ("gh", "g"),
    ("ts", "c"),
    ("ck", "k"),
    ("q", "k"),
    ("x", "ks"),
)
# Words that say what a place is or who owns it, not which one it is. Written as people write them.
GENERIC = (
    "тоо жшс ип жк ао ақ гкп мкк пхв шжқ рги рмм кгу кмм оо llp too "
    "аптека дәріхана apteka pharmacy поликлиника емхана emhana polyclinic клиника clinic "
    "больница аурухана hospital городская қалалық городской улица көшесі ул дом үй пр даңғылы "
    "проспект центр орталығы center № no г қ"
)
_NUMBER = re.compile(r"\d+(?:\s*[/\-]\s*\d+)*(?:\s?[a-zа-я](?![\w]))?")
_SIGN_OF_NUMBER = re.compile(r"(?:№|#|\bno\.?|\bn)\s*(?=\d)")


@dataclass(frozen=True)
class Spelling:
    """A folded text: its telling words, sorted, in Latin letters, and its numbers, which are compared apart."""

    words: str
    numbers: frozenset[str]


def spelling_of(text: str) -> Spelling:
    """The skeleton of a name or address; a text of generic words alone keeps no words."""
    lowered = _SIGN_OF_NUMBER.sub(" ", unicodedata.normalize("NFC", text).lower())
    numbers = frozenset(skeleton(re.sub(r"\s", "", found).replace("-", "/")) for found in _NUMBER.findall(lowered))
    words = re.findall(r"[a-z]+", skeleton(_NUMBER.sub(" ", lowered)))
    return Spelling(" ".join(sorted(word for word in words if word not in _GENERIC_SKELETONS)), numbers)


def skeleton(lowered: str) -> str:
    """A lower-case text in plain Latin letters; what is neither letter nor digit stays."""
    mapped = "".join(CYRILLIC.get(letter, LATIN.get(letter, letter)) for letter in lowered)
    plain = "".join(c for c in unicodedata.normalize("NFD", mapped) if not unicodedata.combining(c))
    for pair, single in DIGRAPHS:
        plain = plain.replace(pair, single)
    return plain.replace("y", "i").replace("w", "u")


_GENERIC_SKELETONS = frozenset(skeleton(word) for word in GENERIC.split())
