"""When a digest is due, as pure rules: on the first working morning of the week, by the clocks of its areas."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

from inspection.countries import country_of, local_date
from inspection.periods import Period
from inspection.workdays import Workdays

MORNING = time(8)  # before offices open
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def week_of(day: date) -> date:
    """The Monday of the ISO week of a day."""
    return day - day.weekday() * DAY


def week_name(week: date) -> str:
    """The ISO week of a Monday, as ISO 8601 spells it: 2026-W53 begins in December."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02}"


def last_week(week: date) -> Period:
    """The seven days before a Monday: what a digest calls the past week."""
    return Period(week - WEEK, week - DAY)


def morning(week: date, country: str, workdays: Workdays) -> datetime | None:
    """When the digest of a week is due in a country; None for a week in which nobody works."""
    first = next((day for n in range(7) if workdays.is_working(day := week + n * DAY)), None)
    return None if first is None else datetime.combine(first, MORNING, country_of(country).time_zone)


def due_week(
    now: datetime, countries: Collection[str], workdays: Mapping[str, Workdays]
) -> tuple[date, datetime] | None:
    """The week whose digest is due for somebody with areas in these countries, and since when; None: none is.

    Due once it is morning in all of them. A week that is over is never due: its figures would be read as those of
    the week in which they arrive.
    """
    weeks = {week_of(local_date(now, country)) for country in countries}
    if len(weeks) != 1:
        return None  # Sunday night in one of them, Monday in another
    (week,) = weeks
    mornings = [at for country in countries if (at := morning(week, country, workdays[country])) is not None]
    since = max(mornings, default=None)
    return None if since is None or now < since else (week, since)
