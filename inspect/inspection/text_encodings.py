"""Which encoding a text file is in: UTF-8 unless it says otherwise, and never a silent guess.

A file that is not UTF-8 is refused with the line, and with the encoding in which that line would read like words.
"""

import codecs
from pathlib import Path

from inspection.errors import Fault, InvalidInput

MARKS = (  # UTF-32's mark begins like UTF-16's, so it is looked for first
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Single-byte encodings that registers here are known to come in; kz-1048 is windows-1251 with Kazakh letters.
CANDIDATES = ("kz1048", "cp1251", "cp866", "koi8-r", "cp1252")
SAID_AS = {"kz1048": "kz-1048", "cp1251": "windows-1251", "cp1252": "windows-1252"}
LETTERS = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі")
BLOCK = 1 << 20


def encoding_of(path: Path, said: str | None = None) -> str:
    """Name of the codec that reads the whole file without a fault; the file is read through once.

    said: the encoding a person named. Raises InvalidInput, with the line, if a part does not fit it (or, with
    none named, does not fit UTF-8).
    """
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((name for mark, name in MARKS if start.startswith(mark)), None)
    encoding = marked or _known(said) or ("utf-16" if _looks_like_utf16(start) else "utf-8")
    if encoding == "utf-16" and marked is None:
        encoding = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    _read_through(path, encoding)
    return encoding


def _known(said: str | None) -> str | None:
    if said is None:
        return None
    try:
        found = codecs.lookup(said)
        "".encode(found.name)
    except LookupError:
        accepted = "an encoding like utf-8, windows-1251 or kz-1048"
        raise InvalidInput([Fault("/encoding", f"{said!r} is no encoding we know", accepted)]) from None
    return found.name


def _looks_like_utf16(start: bytes) -> bool:
    # A table begins with a Latin letter or a quotation mark, and of that UTF-16 makes a zero byte.
    return len(start) == 4 and (start[0] == start[2] == 0) != (start[1] == start[3] == 0)


def _read_through(path: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line, kept = 1, b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as error:
                # The decoder counts from what it had kept of the block before.
                raise _refused(error, line, encoding) from None
            kept = block
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _refused(error, line, encoding) from None
    if not kept:
        raise InvalidInput([Fault("", "the file is empty", "a file with at least one row")])


def _refused(error: UnicodeDecodeError, line: int, encoding: str) -> InvalidInput:
    line += error.object[: error.start].count(b"\n")
    begin = error.object.rfind(b"\n", 0, error.start) + 1
    end = error.object.find(b"\n", error.start)
    sample = error.object[begin : end if end >= 0 else begin + 1000][:1000]
    likely = likely_encoding(sample)
    hint = f"the file saved as UTF-8, or --encoding {likely}" if likely else "the file saved as UTF-8"
    reason = f"line {line} is not {encoding.removesuffix('-sig').upper()}"
    return InvalidInput([Fault(f"/{line}", reason, hint)], "the file cannot be read")


def likely_encoding(sample: bytes) -> str | None:
    """The single-byte encoding in which most words of a line read like words; None if none does."""
    best, most = None, 0
    for candidate in CANDIDATES:
        try:
            words = sample.decode(candidate).split()
        except UnicodeDecodeError:
            continue
        count = sum(_reads_like_a_word(word) for word in words)
        if count > most:
            best, most = candidate, count
    return SAID_AS.get(best, best) if best else None


def _reads_like_a_word(word: str) -> bool:
    letters = [sign for sign in word if sign.isalpha()]
    foreign = [sign for sign in letters if not sign.isascii()]
    if not foreign or any(not sign.isalpha() and not sign.isascii() and sign not in "«»№–—…“”" for sign in word):
        return False
    if all(sign.lower() in LETTERS for sign in letters):
        body = "".join(letters)
        return body in (body.lower(), body.upper(), body.capitalize())
    # An accent among plain letters, as in Clínica; a whole word of accents is Cyrillic read wrongly.
    latin = all(sign.isascii() or "À" <= sign <= "ÿ" for sign in letters)
    return latin and len(foreign) * 2 < len(letters)
