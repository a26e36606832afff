"""The rules of signing in that need no table: passwords, codes, names, what a browser says of itself, pauses."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.signing import passwords, totp
from inspection.signing.agents import LONGEST, in_words
from inspection.signing.attempts import PATIENCE, counter, pause
from inspection.signing.names import sign_in_name
from inspection.signing.passwords import faults_of, normalised
from inspection.tables.signing import Counted

ABOUT = ("Үлгі Сынақов", "ulgi.synaqov@people.example")


@pytest.mark.parametrize(
    "password",
    [
        *("correct horse battery staple", "сегіз ешкі өзенде жүзді", "жеті түнде не болды", "xk7-Qp2_vLz9!"),
        *(
            "Пандус у каждой двери!",
            "дванадцать синих котов",
            "🦉🐎🌲🏔️🚪🪟🧭🔑🕯️🧵🪡🧊",
            "тоғыз қоян алма теріп жүр",
        ),
    ],
)
def test_long_passwords_of_any_make_are_accepted(password: str) -> None:
    assert list(faults_of(password, ABOUT)) == []


@pytest.mark.parametrize(
    "password",
    [
        *("elevenchars", "a" * 201, "", " "),
        *("password1234", "Password2026!", "qwerty123456", "1234567890123", "йцукенгшщзхъ", "пароль123456"),
        *("құпиясөз2026", "adminadminadmin", "ALMATY2026ALMATY", "PandusPandus12", "zaq12wsx1234", "abcdefghijkl"),
        *("aaaaaaaaaaaaaaaa", "abababababab", "Сынақов2026!!", "ulgi.synaqov1", "үлгі сынақов", "ulgisynaqov2026"),
        *("ｐａｓｓｗｏｒｄ1234", "987654321098", "qazwsxqazwsx", "kazakhstan-2026", "............"),
    ],
)
def test_what_anybody_would_try_first_is_refused(password: str) -> None:
    (fault,) = faults_of(password, ABOUT)
    assert fault.pointer == "/password"


@given(st.text(max_size=300))
def test_whatever_is_typed_there_is_at_most_one_fault(password: str) -> None:
    found = list(faults_of(password, ABOUT))
    assert len(found) <= 1
    if not found:
        assert passwords.SHORTEST <= len(normalised(password).casefold()) <= passwords.LONGEST


def test_a_letter_is_the_same_however_the_keyboard_spells_it() -> None:
    assert normalised("й") == normalised("й")


# RFC 6238, appendix B, with SHA-1; six of its eight digits.
RFC_SECRET = b32encode(b"12345678901234567890").decode()
RFC_CODES = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]


@pytest.mark.parametrize(("second", "code"), RFC_CODES)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    now = datetime.fromtimestamp(second, UTC)
    assert totp.step_of(RFC_SECRET, f" {code[:3]} {code[3:]}", now, 0) == second // 30


@pytest.mark.parametrize(("off", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(off: int, good: bool) -> None:
    now = datetime.fromtimestamp(1234567890 + off, UTC)
    assert (totp.step_of(RFC_SECRET, "005924", now, 0) is not None) is good


def test_a_step_that_was_accepted_is_not_accepted_again() -> None:
    now = datetime.fromtimestamp(1234567890, UTC)
    step = totp.step_at(now)
    assert totp.step_of(RFC_SECRET, "005924", now, step - 1) == step
    assert totp.step_of(RFC_SECRET, "005924", now, step) is None


@given(st.text(max_size=30))
def test_what_is_no_code_is_none(typed: str) -> None:
    assert totp.step_of(RFC_SECRET, typed, datetime(2026, 3, 16, tzinfo=UTC), 2**62) is None


@pytest.mark.parametrize("digits", ["٠٠٥٩٢٤", "００５９２４", "00592", "0059244", "-05924", "0x5924", "5924.0"])
def test_only_six_plain_digits_are_a_code(digits: str) -> None:
    assert totp.step_of(RFC_SECRET, digits, datetime.fromtimestamp(1234567890, UTC), 0) is None


@pytest.mark.parametrize(
    "spelled", ["Anna@Example.KZ", " anna@example.kz ", "ａｎｎａ@example.kz", "ANNA@EXAMPLE.kz"]
)
def test_a_name_is_the_same_however_it_is_spelled(spelled: str) -> None:
    assert sign_in_name(spelled) == "anna@example.kz"


@given(st.text(max_size=100))
def test_folding_a_name_again_changes_nothing(address: str) -> None:
    folded = sign_in_name(address)
    assert sign_in_name(folded) == folded


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox 145, Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
            "Chrome 142, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge 142, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 YaBrowser/25.10 Safari/537.36", "Yandex 25, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Version/18.1 Mobile/15E148 Safari/604.1", "Safari 18, iOS"),
        ("curl/8.5.0", "?"),
        ("", "?"),
        ("<script>alert(1)</script>", "?"),
        ("Firefox/" + "9" * 5000, "Firefox 9999"),
    ],
)
def test_a_browser_is_called_by_what_it_says(agent: str, said: str) -> None:
    assert in_words(agent) == said


@given(st.text(max_size=500))
def test_whatever_a_browser_says_it_becomes_few_words(agent: str) -> None:
    assert 1 <= len(in_words(agent)) <= LONGEST


@given(st.sampled_from(Counted), st.integers(0, 10_000))
def test_pauses_grow_and_end(kind: Counted, failures: int) -> None:
    assert timedelta() <= pause(kind, failures) <= pause(kind, failures + 1) <= PATIENCE[kind].longest
    assert (pause(kind, failures) == timedelta()) is (failures < PATIENCE[kind].free)


def test_whose_failures_are_counted_cannot_be_confused() -> None:
    keys = {
        counter(kind, *whose).key
        for kind in Counted
        for whose in ((b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"abc", b""), ())
    }
    assert len(keys) == len(Counted) * 5
