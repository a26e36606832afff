from pathlib import Path

import pytest

from inspection.errors import InvalidInput
from inspection.text_encodings import BLOCK, encoding_of, likely_encoding

RUSSIAN = "id,name\n1,Городская поликлиника\n2,Детская больница № 3\n"
KAZAKH = "id,name\n1,Қалалық емхана\n2,Өскемен балалар ауруханасы\n"


def refusal(path: Path, said: str | None = None) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as refused:
        encoding_of(path, said)
    (fault,) = refused.value.faults
    return fault.pointer, fault.reason, fault.accepted


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_unicode_is_recognised_with_and_without_a_mark(tmp_path: Path, codec: str, found: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(KAZAKH.encode(codec))
    assert encoding_of(path) == found
    assert path.read_text(encoding=encoding_of(path)) == KAZAKH


@pytest.mark.parametrize(
    ("text", "codec", "hint"),
    [
        (RUSSIAN, "cp1251", "windows-1251"),
        (KAZAKH, "kz1048", "kz-1048"),
        (RUSSIAN, "cp866", "cp866"),
        (RUSSIAN.replace(" № 3", ""), "koi8-r", "koi8-r"),
        ("id,name\n1,Clínica pediátrica São José\n", "cp1252", "windows-1252"),
    ],
)
def test_another_encoding_is_refused_with_the_line_and_the_encoding_that_reads_it(
    tmp_path: Path, text: str, codec: str, hint: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(codec))
    pointer, reason, accepted = refusal(path)
    assert (pointer, reason) == ("/2", "line 2 is not UTF-8")
    # Russian text reads the same in windows-1251 and in its Kazakh sister.
    assert accepted.endswith(f"--encoding {hint}") or (hint, accepted[-7:]) == ("windows-1251", "kz-1048")
    named = accepted.rsplit(" ", 1)[1]
    assert path.read_text(encoding=encoding_of(path, named)) == text


def test_bytes_that_are_no_words_in_any_encoding_get_no_hint() -> None:
    assert likely_encoding(b"\xff\xfe\x00\x81") is None
    assert likely_encoding(b"plain ascii") is None


def test_the_line_is_right_far_into_a_file_and_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = BLOCK // 10
    path.write_bytes("Аптека,1\n".encode() * lines + b"\xcf\xee\n")
    assert refusal(path)[0] == f"/{lines + 1}"
    path.write_bytes(b"a\n" * 3 + "я".encode()[:1])  # cut in the middle of a letter
    assert refusal(path)[0] == "/4"


def test_a_named_encoding_that_does_not_fit_or_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(RUSSIAN.encode())
    assert refusal(path, "ascii")[1] == "line 2 is not ASCII"
    assert refusal(path, "klingon-1")[0] == "/encoding"
    assert refusal(path, "base64")[0] == "/encoding"


def test_a_mark_says_more_than_a_person(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(RUSSIAN.encode("utf-8-sig"))
    assert encoding_of(path, "windows-1251") == "utf-8-sig"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"")
    assert refusal(path)[1] == "the file is empty"
