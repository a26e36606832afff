"""When a digest is due: weeks, holidays, and the hour between two countries."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from inspection.digests.queueing import digest_id
from inspection.digests.weeks import due_week, last_week, morning, week_name, week_of
from inspection.workdays import Workdays

CALENDARS: Mapping[str, Workdays] = {country: Workdays(country, {}) for country in ("KZ", "KG")}
MINUTE = timedelta(minutes=1)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("day", "week", "name"),
    [
        (date(2026, 3, 16), date(2026, 3, 16), "2026-W12"),
        (date(2026, 3, 22), date(2026, 3, 16), "2026-W12"),
        (date(2026, 12, 31), date(2026, 12, 28), "2026-W53"),
        (date(2027, 1, 3), date(2026, 12, 28), "2026-W53"),
        (date(2027, 1, 4), date(2027, 1, 4), "2027-W01"),
        (date(2024, 12, 30), date(2024, 12, 30), "2025-W01"),  # of the year in which its Thursday lies
    ],
)
def test_a_week_begins_on_monday_and_is_named_as_iso_8601_names_it(day: date, week: date, name: str) -> None:
    assert (week_of(day), week_name(week)) == (week, name)


def test_the_past_week_ends_on_the_day_before() -> None:
    past = last_week(date(2027, 1, 4))
    assert (past.first, past.last) == (date(2026, 12, 28), date(2027, 1, 3))


@pytest.mark.parametrize(
    ("country", "week", "first"),
    [
        ("KZ", date(2026, 3, 16), "2026-03-16T03:00:00+00:00"),  # 08:00 is an hour earlier in Bishkek
        ("KG", date(2026, 3, 16), "2026-03-16T02:00:00+00:00"),
        ("KZ", date(2026, 3, 23), "2026-03-26T03:00:00+00:00"),  # Nauryz, and the days moved for it
        ("KZ", date(2026, 12, 28), "2026-12-28T03:00:00+00:00"),
        ("KZ", date(2027, 1, 4), "2027-01-05T03:00:00+00:00"),
        ("KG", date(2026, 1, 5), "2026-01-08T02:00:00+00:00"),
    ],
)
def test_it_is_due_on_the_first_working_morning(country: str, week: date, first: str) -> None:
    due = morning(week, country, CALENDARS[country])
    assert due is not None
    assert due.astimezone(UTC).isoformat() == first


def test_a_decree_has_the_last_word() -> None:
    moved = Workdays("KZ", {date(2026, 3, 16): False, date(2026, 3, 17): False})
    due = morning(date(2026, 3, 16), "KZ", moved)
    assert due is not None
    assert due.date() == date(2026, 3, 18)


def test_in_a_week_in_which_nobody_works_there_is_none() -> None:
    week = date(2026, 5, 4)
    assert morning(week, "KG", CALENDARS["KG"]) is None
    assert due_week(at(2026, 5, 8, 6), {"KG"}, CALENDARS) is None
    assert due_week(at(2026, 5, 8, 6), {"KG", "KZ"}, CALENDARS) is not None  # somebody works in the other country


@pytest.mark.parametrize(("country", "hour"), [("KZ", 3), ("KG", 2)])
def test_not_a_minute_before_the_morning_of_its_country(country: str, hour: int) -> None:
    due = at(2026, 3, 16, hour)
    assert due_week(due - MINUTE, {country}, CALENDARS) is None
    assert due_week(due, {country}, CALENDARS) == (date(2026, 3, 16), due)


def test_who_has_areas_in_two_countries_waits_for_the_later_morning() -> None:
    assert due_week(at(2026, 3, 16, 2, 30), {"KZ", "KG"}, CALENDARS) is None
    assert due_week(at(2026, 3, 16, 3), {"KZ", "KG"}, CALENDARS) is not None
    assert due_week(at(2026, 3, 25, 6), {"KZ", "KG"}, CALENDARS) is None  # the one still feasts, the other works


def test_while_it_is_monday_in_one_country_and_sunday_in_the_other_nothing_is_due() -> None:
    between = at(2026, 3, 22, 18, 30)
    assert due_week(between, {"KZ", "KG"}, CALENDARS) is None
    assert due_week(between, {"KZ"}, CALENDARS) is not None


def test_the_digest_of_a_week_stays_due_until_the_week_is_over_and_no_longer() -> None:
    sunday = at(2026, 3, 22, 18, 59)
    assert due_week(sunday, {"KZ"}, CALENDARS) == (date(2026, 3, 16), at(2026, 3, 16, 3))
    assert due_week(sunday + MINUTE, {"KZ"}, CALENDARS) is None  # the next one, from its own morning on


def test_no_two_readers_or_weeks_share_an_id() -> None:
    somebody, other = (f"person:{UUID(int=n)}" for n in (1, 2))
    weeks = [date(2026, 1, 5) + n * timedelta(days=7) for n in range(60)]
    ids = {digest_id(who, week) for who in (somebody, other) for week in weeks}
    assert len(ids) == 120
    assert digest_id(somebody, weeks[0]) == UUID("ff33a4dd-cf93-5f3a-9d39-cd09e144efe8")  # for ever
