"""Working days of a country, and the due dates counted in them.

The holidays library knows the fixed and the lunar feasts (the latter estimated for coming years) and the
working Saturdays of past ones. Governments move days by decree, often only weeks ahead: the override table
has the last word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from inspection.countries import Counting, country_of

DAY = timedelta(days=1)
SATURDAY = 5  # of date.weekday()


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Exceptions of one year from the five-day week."""

    closed: frozenset[date]
    worked: frozenset[date]


@lru_cache(maxsize=256)
def _calendar(country: str, year: int) -> _Calendar:
    import holidays  # noqa: PLC0415 - only who counts working days needs its 4 MB

    # Neighbouring years too: a day of this one may be moved by a feast of the next.
    known = holidays.country_holidays(country, years=(year - 1, year, year + 1))
    return _Calendar(
        closed=frozenset(day for day in known if day.year == year),
        worked=frozenset(day for day in known.weekend_workdays if day.year == year),
    )


class Workdays:
    """The working days of one country.

    overrides: days moved by decree, True where people work and False where they do not. counting: how a
    period is counted, else as the country's data say. Past 2100 the library knows no feasts, so only
    weekends and overrides are left.
    """

    def __init__(self, country: str, overrides: Mapping[date, bool], counting: Counting | None = None) -> None:
        facts = country_of(country)
        self._holidays = facts.holidays
        self._overrides = dict(overrides)
        self._counting = counting or facts.counting

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day."""
        if day in self._overrides:
            return self._overrides[day]
        known = _calendar(self._holidays, day.year)
        return day in known.worked if day.weekday() >= SATURDAY else day not in known.closed

    def due_date(self, issued_on: date, remediation_days: int) -> date:
        """Last day to remedy a violation told on a local date.

        The day of issue does not count. Counted in calendar days, a period that ends on a day off ends on the
        next working day; counted in working days it ends on one anyway. Raises ValueError for fewer than one day.
        Source: the norm on counting was not read; `counting` is data for that reason.
        """
        if remediation_days < 1:
            raise ValueError("a remediation period has at least one day")
        if self._counting == "calendar":
            return self._next_working(issued_on + remediation_days * DAY)
        day = issued_on
        for _ in range(remediation_days):
            day = self._next_working(day + DAY)
        return day

    def _next_working(self, day: date) -> date:
        while not self.is_working(day):
            day += DAY
        return day
