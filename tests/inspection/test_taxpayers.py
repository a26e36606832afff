import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.errors import InvalidInput
from inspection.taxpayers import TaxpayerKind, check_digit, check_taxpayer_id, make_bin


def reasons(text: str, country: str = "KZ") -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        check_taxpayer_id(text, country, "/bin")
    assert {fault.pointer for fault in caught.value.faults} == {"/bin"}
    assert all("digits" in fault.accepted for fault in caught.value.faults)
    return [fault.reason for fault in caught.value.faults]


def number(first_eleven: str) -> str:
    return f"{first_eleven}{check_digit(first_eleven)}"


@pytest.mark.parametrize(
    ("text", "country", "kind"),
    [
        ("940140000385", "KZ", TaxpayerKind.BIN),
        ("990140004654", "KZ", TaxpayerKind.BIN),
        ("061211600012", "KZ", TaxpayerKind.IIN),
        ("  940140000385\n", "KZ", TaxpayerKind.BIN),
        ("00000000000000", "KG", TaxpayerKind.INN),
    ],
)
def test_a_right_number_is_taken_with_its_kind(text: str, country: str, kind: TaxpayerKind) -> None:
    found = check_taxpayer_id(text, country)
    assert (found.kind, found.digits) == (kind, text.strip())


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("", "KZ", ["there are 0 signs, not 12"]),
        ("61211600012", "KZ", ["there are 11 signs, not 12; zeros in front may have been lost in a spreadsheet"]),
        ("9401400003855", "KZ", ["there are 13 signs, not 12"]),
        ("94O140000385", "KZ", ["place 3 is not a digit"]),
        ("٩40140000385", "KZ", ["place 1 is not a digit"]),
        ("94-0140000385", "KZ", ["place 3 is not a digit", "there are 13 signs, not 12"]),
        ("940140000386", "KZ", ["the check digit is 6, by the others it must be 5"]),
        (number("94134000038"), "KZ", ["digits 3 and 4 are a month of registration, and 13 is none"]),
        (
            number("94014900038"),
            "KZ",
            ["digit 6 tells head office (0), branch (1), representation (2) or farm (3), not 9"],
        ),
        (number("94017000038"), "KZ", ["digit 5 is 4 to 6 in a BIN and 0 to 3 in an IIN, not 7"]),
        (number("06121190001"), "KZ", ["digit 7 tells century and sex, 1 to 6, not 9"]),
        (number("01022950001"), "KZ", ["the first six digits are no date of birth"]),
        ("01020550001x", "KG", ["place 12 is not a digit", "there are 12 signs, not 14"]),
        (
            "0102055000123",
            "KG",
            ["there are 13 signs, not 14; zeros in front may have been lost in a spreadsheet"],
        ),
    ],
)
def test_a_wrong_number_is_refused_with_every_reason(text: str, country: str, expected: list[str]) -> None:
    assert [reason.split(",")[0] for reason in reasons(text, country)] == [one.split(",")[0] for one in expected]
    assert reasons(text, country) == expected


def test_a_wrong_month_and_a_wrong_check_digit_are_told_at_once() -> None:
    right = number("94134000038")
    wrong = right[:11] + str((int(right[11]) + 1) % 10)
    assert len(reasons(wrong)) == 2


def test_the_leap_day_of_1900_is_no_birthday_and_that_of_2000_is() -> None:
    assert check_taxpayer_id(number("00022950001"), "KZ").kind is TaxpayerKind.IIN
    assert reasons(number("00022930001")) == ["the first six digits are no date of birth"]


def test_where_the_first_weighting_gives_ten_the_second_decides() -> None:
    # A single one, under the weight 10 of the first weighting and 1 of the second.
    assert check_digit("00000000010") == 1
    # 2·8 + 8·9 + 1·10 = 98 and 2·10 + 8·11 + 1·1 = 109: both leave 10.
    assert check_digit("00000002810") is None


@given(st.text("0123456789", min_size=11, max_size=11), st.integers(0, 10), st.integers(1, 9))
def test_a_check_digit_catches_every_single_slip_of_the_first_weighting(
    digits: str, place: int, slip: int
) -> None:
    first = sum(int(d) * w for d, w in zip(digits, range(1, 12), strict=True)) % 11
    changed = digits[:place] + str((int(digits[place]) + slip) % 10) + digits[place + 1 :]
    second = sum(int(d) * w for d, w in zip(changed, range(1, 12), strict=True)) % 11
    # Weight 11 does not count in the first weighting, and a sum of 10 goes over to the second.
    if 10 in (first, second) or place == 10:
        return
    assert check_digit(digits) != check_digit(changed)


@given(st.integers(0, 99_999))
def test_an_invented_number_passes_every_check_and_belongs_to_nobody(serial: int) -> None:
    found = check_taxpayer_id(make_bin(serial), "KZ")
    assert found.kind is TaxpayerKind.BIN
    assert found.digits.startswith("49"), "no organisation was registered in 1949, nor yet in 2049"
    assert found.digits[6:11] == f"{serial:05}"


@pytest.mark.parametrize("serial", [-1, 100_000])
def test_a_serial_of_more_than_five_digits_is_refused(serial: int) -> None:
    with pytest.raises(ValueError, match="five digits"):
        make_bin(serial)


def test_a_reason_never_repeats_the_number() -> None:
    assert not any("06121160001" in reason for reason in reasons("061211600013"))
