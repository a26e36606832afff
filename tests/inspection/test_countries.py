from datetime import UTC, date, datetime

import pytest

from inspection.countries import COUNTRIES, country_of, local_date
from inspection.errors import InvalidInput


def test_every_country_is_kept_under_its_own_code_and_has_names_in_its_languages() -> None:
    for code, country in COUNTRIES.items():
        assert country.code == code
        assert {*country.languages, "kk", "ru", "en"} <= set(country.names)


@pytest.mark.parametrize(
    ("moment", "country", "there"),
    [
        (datetime(2026, 3, 1, 18, 59, tzinfo=UTC), "KZ", date(2026, 3, 1)),
        (datetime(2026, 3, 1, 19, 0, tzinfo=UTC), "KZ", date(2026, 3, 2)),
        (datetime(2024, 2, 28, 18, 30, tzinfo=UTC), "KZ", date(2024, 2, 29)),  # UTC+6 until the reform
        (datetime(2026, 3, 1, 18, 0, tzinfo=UTC), "KG", date(2026, 3, 2)),
    ],
)
def test_the_local_date_follows_the_clock_of_the_country(moment: datetime, country: str, there: date) -> None:
    assert local_date(moment, country) == there


def test_a_moment_without_an_offset_has_no_local_date() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        local_date(datetime(2026, 3, 1), "KZ")  # noqa: DTZ001 that is the point


def test_a_country_that_is_not_served_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidInput) as caught:
        country_of("UZ", "/answers/country")
    [fault] = caught.value.faults
    assert (fault.pointer, fault.accepted) == ("/answers/country", "KZ or KG")


@pytest.mark.parametrize(
    ("country", "code", "region"),
    [
        ("KZ", "101033100", "100000000"),
        ("KZ", "750000000-2", "750000000"),
        ("KG", "41703220400010", "41703000000000"),
        ("KG", "41711000000000-2", "41711000000000"),
    ],
)
def test_a_code_tells_its_region(country: str, code: str, region: str) -> None:
    classifier = COUNTRIES[country].classifier
    assert classifier.accepts(code)
    assert classifier.region_of(code) == region


@pytest.mark.parametrize(
    "code", ["", "10100000", "1010000000", "KZ1010000", "101000000-3", "１０１０３３１００", "101000000\n"]
)
def test_what_is_no_kato_code_is_not_accepted(code: str) -> None:
    assert not COUNTRIES["KZ"].classifier.accepts(code)
