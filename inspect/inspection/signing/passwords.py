"""Which passwords are accepted: long ones, whatever they are made of, that are not what everybody tries first.

Source: NIST SP 800-63B, 5.1.1.2: length instead of composition, NFKC, a list of what is common.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from inspection.errors import Fault

SHORTEST, LONGEST = 12, 200  # characters
LEAST_LEFT = 6  # characters beside what anybody would try
LEAST_DIFFERENT = 5  # characters
# What the lists of leaked passwords are full of, and where we are.
WORDS = (
    *("password", "passwort", "passw0rd", "pass", "admin", "administrator", "welcome", "letmein", "iloveyou"),
    *("dragon", "monkey", "football", "secret", "login", "master", "qazwsx", "zaq12wsx", "1q2w3e4r", "q1w2e3r4"),
    *("пароль", "админ", "привет", "любовь", "секрет", "құпия", "құпиясөз", "сырсөз", "купия", "сәлем"),
    *("pandus", "пандус", "akimat", "акимат", "әкімдік", "almaty", "алматы", "astana", "астана", "bishkek"),
    *("бишкек", "kazakhstan", "казахстан", "қазақстан", "kyrgyzstan", "кыргызстан", "inspector", "инспектор"),
)
RUNS = ("01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
RUNS_ON = ("abcdefghijklmnopqrstuvwxyz", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
LEAST_RUN = 4
LENGTH = f"{SHORTEST} to {LONGEST} characters"
OF_ONES_OWN = "a password that is more than a name, an address, a year or a row of keys; a few words are good"


def normalised(password: str) -> str:
    """A password as it is hashed: two keyboards may spell the same letter in two ways."""
    return unicodedata.normalize("NFKC", password)


def faults_of(password: str, about: Iterable[str], pointer: str = "/password") -> Iterator[Fault]:
    """What is wrong with a new password. about: the name and address of whose it is."""
    plain = normalised(password).casefold()
    if not SHORTEST <= len(plain) <= LONGEST:
        yield Fault(pointer, "this password is too short or too long", LENGTH)
    elif len(set(plain)) < LEAST_DIFFERENT or len(_beside_the_obvious(plain, about)) < LEAST_LEFT:
        yield Fault(pointer, "this password is one of the first that anybody would try", OF_ONES_OWN)


def _beside_the_obvious(plain: str, about: Iterable[str]) -> str:
    own = {word for text in about for word in re.findall(r"[^\W_]{3,}", normalised(text).casefold())}
    years = r"(?:19|20)\d\d"
    words = "|".join(re.escape(word) for word in sorted({*own, *WORDS}, key=len, reverse=True))
    left = re.sub(f"{_runs()}|{words}|{years}", "", plain)
    return re.sub(r"[\s!-/:-@\[-`{-~]|(.)(?=\1)", "", left)


@cache
def _runs() -> str:
    found = set()
    for row in (*RUNS, *RUNS_ON):
        for line in (row, row[::-1]):
            found |= {line[a:b] for a in range(len(line)) for b in range(a + LEAST_RUN, len(line) + 1)}
    return "|".join(sorted(found, key=len, reverse=True))
