"""Periods of days as the local calendars of the countries have them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from inspection.countries import COUNTRIES


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included, as the local calendar of each area has them."""

    first: date
    last: date

    def holds_moment(self, moment: Any, country: Any) -> ColumnElement[bool]:
        """The condition that a moment lies in the period by the clocks of the country of its row."""
        first, end = min(starts(self.first, code) for code in COUNTRIES), max(map(self.end, COUNTRIES))
        local = (
            and_(country == code, moment >= starts(self.first, code), moment < self.end(code))
            for code in COUNTRIES
        )
        return and_(
            moment >= first, moment < end, or_(*local)
        )  # one range for an index, and then the hour between

    def end(self, country: str) -> datetime:
        """The moment at which the last day is over in a country."""
        return starts(self.last + timedelta(days=1), country)


def starts(day: date, country: str) -> datetime:
    """The moment at which a day begins in a country."""
    return datetime.combine(day, time(), COUNTRIES[country].time_zone)
