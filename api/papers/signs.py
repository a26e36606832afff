"""Text as it can be printed: no sign that the built-in fonts lack, nothing that turns the line, no endless word.

PDF/UA refuses a document with a sign that cannot be shown. Libertinus Serif was asked for every sign listed here.
"""

import re
import unicodedata

UNKNOWN = "\N{WHITE SQUARE}"
SOFT_HYPHEN = "\N{SOFT HYPHEN}"
PRINTED = (
    *((0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x24F), (0x300, 0x301), (0x400, 0x4FF), (0x510, 0x513), (0x51A, 0x51D)),
    *((0x2010, 0x2027), (0x2030, 0x2040), (0x20A0, 0x20C0), (0x2116, 0x2116), (0x2190, 0x2190), (0x2192, 0x2192)),
    *((0x2212, 0x2212), (0x2248, 0x2248), (0x2260, 0x2260), (0x2264, 0x2265), (0x25A1, 0x25A1)),
)
WORD = re.compile(r"\w+")
LONGEST = 12  # letters that stay together in a word that has to break
KEPT_WHOLE = 3  # letters that stay together at either end of a word
VOWELS = frozenset("аәеёиіоөуұүыэюяaeiou")


def printable(text: str) -> str:
    """The text with every sign that cannot be shown replaced; what only steers the direction is left out."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(_sign(sign) for sign in composed if unicodedata.category(sign) != "Cf")


def _sign(sign: str) -> str:
    if unicodedata.category(sign) in ("Cc", "Zl", "Zp"):
        return " "
    return sign if any(first <= ord(sign) <= last for first, last in PRINTED) else UNKNOWN


def breakable(text: str, fits: int) -> str:
    """The text with soft hyphens between the syllables of words that have more letters than fit into their place.

    The library has no patterns for Kazakh. Only there, for a soft hyphen is in the text that is searched and read.
    """
    return WORD.sub(lambda word: _syllables(word[0]) if len(word[0]) > fits else word[0], text)


def _syllables(word: str) -> str:
    made, since = "", 0
    for place, letter in enumerate(word):
        inner = KEPT_WHOLE <= place <= len(word) - KEPT_WHOLE
        if inner and (_begins_syllable(word, place) or since >= LONGEST):
            made, since = made + SOFT_HYPHEN, 0
        made, since = made + letter, since + 1
    return made


def _begins_syllable(word: str, place: int) -> bool:
    """A consonant before a vowel begins a syllable, once one has had its vowel."""
    vowels = [letter in VOWELS for letter in word.lower()]
    return not vowels[place] and vowels[place + 1] and any(vowels[:place]) and word[place].isalpha()
