"""What the address of a report asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import g
from flask_babel import gettext as _

from api.console.lists import said_in_address
from inspection.countries import COUNTRIES, local_date
from inspection.periods import Period
from inspection.reports.asked import By
from inspection.tables.areas import Level


@dataclass(slots=True)
class Asked:
    """A report. wrong: what could not be read, by field; a default stands in its place."""

    first: date
    last: date
    area: str
    by: By
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def period(self) -> Period:
        """The days that it is about."""
        return Period(self.first, self.last)

    def query(self) -> dict[str, Any]:
        """As `ReportQuery` has it."""
        area = {"area": self.area} if self.area else {}
        return {"first": self.first, "last": self.last, "by": self.by, **area}

    def address(self) -> dict[str, Any]:
        """The part of an address that asks for it."""
        area = {"area": self.area} if self.area else {}
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "by": self.by.value, **area}


def asked() -> Asked:
    """What this address asks for; this year so far, in all areas of the caller, if it says nothing."""
    today = local_date(g.work.now, next(iter(COUNTRIES)))
    wrong: dict[str, str] = {}
    first = _day("from", date(today.year, 1, 1), wrong)
    last = _day("to", today, wrong)
    return Asked(first, last, said_in_address("area"), _by(wrong), wrong)


def _day(name: str, default: date, wrong: dict[str, str]) -> date:
    said = said_in_address(name)
    try:
        return date.fromisoformat(said) if said else default
    except ValueError:
        wrong[name] = _("This is no date. Write it as 2026-12-31.")
        return default


def _by(wrong: dict[str, str]) -> By:
    said = said_in_address("by")
    if said in [by.value for by in By]:
        return By(said)
    if said:
        wrong["by"] = _("Choose one of these.")
    countries = any(grant.level == Level.COUNTRY for grant in g.caller.grants)
    return By.REGION if countries else By.DISTRICT


def fields_wrong(faults: Mapping[str, str]) -> dict[str, str]:
    """Faults of the rules, by the fields of the form."""
    return {name if name in ("from", "to", "area") else "": said for name, said in faults.items()}
