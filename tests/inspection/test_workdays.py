from datetime import date, timedelta
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.workdays import Workdays

KZ = Workdays("KZ", {})
KG = Workdays("KG", {})


@pytest.mark.parametrize(
    ("workdays", "issued_on", "days", "due"),
    [
        (KZ, date(2026, 6, 1), 30, date(2026, 7, 1)),  # a Wednesday: stays
        (KZ, date(2026, 6, 1), 33, date(2026, 7, 7)),  # Saturday, Sunday, then Capital Day on the Monday
        (KZ, date(2025, 12, 22), 10, date(2026, 1, 5)),  # New Year 1-2 January, then a weekend
        (KZ, date(2024, 3, 1), 20, date(2024, 3, 26)),  # Nauryz 21-23, a Sunday, the 23rd made up on Monday
        (KZ, date(2024, 1, 30), 30, date(2024, 2, 29)),  # leap day is a day
        (KZ, date(2023, 1, 30), 30, date(2023, 3, 1)),
        (KZ, date(2024, 4, 24), 10, date(2024, 5, 4)),  # a Saturday worked for the Wednesday after
        (KZ, date(2024, 4, 28), 10, date(2024, 5, 10)),  # that Wednesday and Victory Day
        (KZ, date(2024, 12, 26), 10, date(2025, 1, 5)),  # a Sunday worked for Friday the 3rd
        (KG, date(2025, 12, 22), 10, date(2026, 1, 8)),  # a week of New Year and Christmas
        (KG, date(2026, 2, 19), 30, date(2026, 3, 23)),  # Nooruz on a Saturday is not made up
        (KG, date(2026, 8, 1), 30, date(2026, 9, 1)),  # Independence Day on the Monday
    ],
)
def test_a_period_ends_on_the_next_working_day(workdays: Workdays, issued_on: date, days: int, due: date) -> None:
    assert workdays.due_date(issued_on, days) == due


def test_a_decree_has_the_last_word_in_both_directions() -> None:
    decreed = Workdays("KZ", {date(2026, 7, 4): True, date(2026, 7, 1): False, date(2026, 7, 6): True})
    assert decreed.due_date(date(2026, 6, 1), 33) == date(2026, 7, 4)
    assert decreed.due_date(date(2026, 6, 1), 30) == date(2026, 7, 2)
    assert decreed.is_working(date(2026, 7, 6)), "a feast can be worked by decree"


def test_working_days_can_be_counted_instead() -> None:
    counted = Workdays("KZ", {date(2026, 3, 28): True}, counting="working")
    # 20, 26, 27 March, then the decreed Saturday; 21-25 are Nauryz and its made-up days.
    assert counted.due_date(date(2026, 3, 19), 4) == date(2026, 3, 28)


def test_years_beyond_the_estimates_still_have_weekends_feasts_and_overrides() -> None:
    assert not KZ.is_working(date(2090, 3, 22))
    assert KZ.is_working(date(2150, 3, 23)), "past 2100 the library knows no feasts"
    assert not KZ.is_working(date(2150, 3, 22)), "a Sunday"
    assert not Workdays("KZ", {date(2150, 3, 23): False}).is_working(date(2150, 3, 23))


@pytest.mark.parametrize("days", [0, -5])
def test_a_period_without_a_day_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        KZ.due_date(date(2026, 6, 1), days)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 400), st.sampled_from(["KZ", "KG"]))
def test_a_due_date_is_a_working_day_never_early_and_never_skips_one(
    issued_on: date, days: int, country: str
) -> None:
    workdays = Workdays(country, {})
    due, bare = workdays.due_date(issued_on, days), issued_on + timedelta(days=days)
    assert workdays.is_working(due)
    assert due >= bare
    assert not any(workdays.is_working(bare + timedelta(days=skipped)) for skipped in range((due - bare).days))


def test_ten_thousand_due_dates_take_less_than_a_fifth_of_a_second() -> None:
    KZ.due_date(date(2026, 1, 1), 1)
    started = process_time()
    for n in range(10_000):
        KZ.due_date(date(2024, 1, 1) + timedelta(days=n % 1_000), 10 + n % 90)
    assert process_time() - started < 0.2
