"""The working days of countries, with what governments moved."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.tables.workdays import WorkdayOverride
from inspection.workdays import Workdays


def workdays_of(session: Session, countries: Collection[str]) -> Mapping[str, Workdays]:
    """The calendar of each of these countries. One query."""
    overrides: dict[str, dict[date, bool]] = {country: {} for country in countries}
    for row in session.scalars(select(WorkdayOverride).where(WorkdayOverride.country.in_(sorted(countries)))):
        overrides[row.country][row.day] = row.working
    return {country: Workdays(country, days) for country, days in overrides.items()}
