"""Taxpayer numbers: BIN and IIN of Kazakhstan with their check digit, INN of Kyrgyzstan without one.

Digits of a BIN: 1-4 year and month of registration, 5 type (4 resident, 5 non-resident, 6 individual
entrepreneurs), 6 whether head office (0), branch (1), representation (2) or farm (3), 7-11 serial, 12 check.
Digits of an IIN: 1-6 date of birth, 7 century and sex (1-2 XIX, 3-4 XX, 5-6 XXI), 8-11 serial, 12 check.
Sources: the numbering rules as public validators read them; that a number whose second weighting still gives
10 is never given out is from memory. An IIN is personal: no message here repeats a number.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from inspection.countries import country_of
from inspection.errors import Fault, InvalidInput

LENGTHS = {"bin_iin": 12, "inn": 14}
WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
CENTURIES = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}


class TaxpayerKind(StrEnum):
    """What a number stands for: an organisation, a person, or in Kyrgyzstan either."""

    BIN = "bin"
    IIN = "iin"
    INN = "inn"


@dataclass(frozen=True, slots=True)
class TaxpayerId:
    """A checked number: its digits without anything between them."""

    kind: TaxpayerKind
    digits: str


def check_taxpayer_id(text: str, country: str, pointer: str = "") -> TaxpayerId:
    """The number in `text`, by the rule of the country (`KZ`, `KG`); spaces around it do not count.

    Raises InvalidInput at `pointer` with every reason why it cannot be a number of that country.
    """
    rule = country_of(country).taxpayer_id
    digits, length = text.strip(), LENGTHS[rule]
    accepted = (
        f"{length} digits of a BIN or IIN with a right check digit"
        if rule == "bin_iin"
        else f"{length} digits of an INN"
    )
    reasons = _wrong_form(digits, length)
    kind = TaxpayerKind.INN
    if rule == "bin_iin" and not reasons:
        kind = TaxpayerKind.BIN if digits[4] in "456" else TaxpayerKind.IIN
        reasons = (_wrong_bin(digits) if kind is TaxpayerKind.BIN else _wrong_iin(digits)) + _wrong_check(digits)
    if reasons:
        raise InvalidInput([Fault(pointer, reason, accepted) for reason in reasons])
    return TaxpayerId(kind, digits)


def check_digit(first_eleven: str) -> int | None:
    """Twelfth digit of the BIN or IIN that begins with these eleven; None if no number begins so."""
    for weights in (WEIGHTS, SECOND_WEIGHTS):
        rest = sum(int(digit) * weight for digit, weight in zip(first_eleven, weights, strict=True)) % 11
        if rest < 10:
            return rest
    return None


def organisation_number(tax_id: str | None, country: str) -> str | None:
    """A number that may be printed. A person's own is left to the pen: papers travel by mail."""
    if tax_id is None:
        return None
    try:
        kind = check_taxpayer_id(tax_id, country).kind
    except InvalidInput:
        return None  # it was taken under another rule, and nobody can say whose it is
    return tax_id if kind is TaxpayerKind.BIN else None


def make_bin(serial: int) -> str:
    """An invented BIN for demo and tests: it passes every check and no organisation can have it.

    serial: 0 to 99,999, another number for each; else ValueError. The year of registration is written 49:
    for 1949 too early, for 2049 not yet.
    """
    if not 0 <= serial <= 99_999:
        raise ValueError("a serial has at most five digits")
    # No check digit fits one in a hundred beginnings: then the next month is taken.
    for month in range(1, 13):
        first_eleven = f"49{month:02}40{serial:05}"
        digit = check_digit(first_eleven)
        if digit is not None:
            return f"{first_eleven}{digit}"
    raise AssertionError("no month fits")


def _wrong_form(digits: str, length: int) -> list[str]:
    reasons = []
    alien = [place for place, sign in enumerate(digits, start=1) if sign not in "0123456789"]
    if alien:
        reasons.append(f"place {alien[0]} is not a digit")
    if 0 < (held := len(digits)) < length and not alien:
        reasons.append(f"there are {held} signs, not {length}; zeros in front may have been lost in a spreadsheet")
    elif held != length:
        reasons.append(f"there are {held} signs, not {length}")
    return reasons


def _wrong_bin(digits: str) -> list[str]:
    reasons = []
    if not 1 <= int(digits[2:4]) <= 12:
        reasons.append(f"digits 3 and 4 are a month of registration, and {digits[2:4]} is none")
    if digits[5] not in "0123":
        reasons.append(
            f"digit 6 tells head office (0), branch (1), representation (2) or farm (3), not {digits[5]}"
        )
    return reasons


def _wrong_iin(digits: str) -> list[str]:
    if digits[4] not in "0123":
        return [f"digit 5 is 4 to 6 in a BIN and 0 to 3 in an IIN, not {digits[4]}"]
    if digits[6] not in CENTURIES:
        return [f"digit 7 tells century and sex, 1 to 6, not {digits[6]}"]
    try:
        date(CENTURIES[digits[6]] + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return ["the first six digits are no date of birth"]
    return []


def _wrong_check(digits: str) -> list[str]:
    expected = check_digit(digits[:11])
    if expected is None:
        return ["no check digit fits the first eleven digits"]
    if digits[11] != str(expected):
        return [f"the check digit is {digits[11]}, by the others it must be {expected}"]
    return []
