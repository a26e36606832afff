"""Fines of a period by the day on their paper, and since when a region records them at all.

A region that has never entered a fine has perhaps imposed many: its figure is null, not zero. From the day on
which its department entered the first, also one that was taken back since, nothing entered means that there was
nothing. A period that began before that day, or that lies in several regions of which some record nothing yet,
is `partial`: what was entered is counted, and may not be all.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from inspection.access import Act
from inspection.countries import COUNTRIES, local_date
from inspection.reports.asked import Asked, By
from inspection.reports.listing import Listing, What, listed
from inspection.tables.areas import Area, Level
from inspection.tables.facilities import Facility
from inspection.tables.fines import Fine
from inspection.tables.prescriptions import Department

NOTHING: dict[str, Any] = {"state": "not_recorded", "number": None, "sum": None, "currency": None, "since": None}
OF_FACILITY = and_(Facility.home_region == Fine.home_region, Facility.id == Fine.facility_id)


@dataclass(frozen=True, slots=True)
class Fined:
    """The fines of one row of a report in one country. sum: in its currency."""

    key: str | None
    country: str
    number: int
    sum: int


class Recording:
    """Since when which of the regions that a report covers record fines. Three statements."""

    def __init__(self, asked: Asked) -> None:
        rows = asked.session.execute(select(Area.code, Area.parent_code, Area.country, Area.level)).all()
        self._region_of = {row.code: row.parent_code for row in rows if row.level == Level.DISTRICT}
        self._country_of = {row.code: row.country for row in rows if row.level == Level.REGION}
        self._by, self._period = asked.by, asked.period
        reach = {code for level in Level for code in asked.caller.reach(Act.READ, level)}
        self._covered = self._around(reach) & (
            set(self._country_of) if asked.area is None else self._around({asked.area})
        )
        first = select(Department.area_code, func.min(Fine.recorded_at))
        of_department = first.join(Fine, Fine.department_id == Department.id).group_by(Department.area_code)
        self._since = {
            code: local_date(at, self._country_of[code])
            for code, at in asked.session.execute(of_department)
            if code in self._country_of
        }

    def figures(self, key: str | None, sums: Iterable[Fined]) -> dict[str, Any]:
        """What a row of the report says, that of all rows for a key that is no area."""
        counted, regions = list(sums), self._regions(key)
        began = [self._since[code] for code in regions if code in self._since]
        since = max(began) if began and len(began) == len(regions) else None
        if not counted and not any(day <= self._period.last for day in began):
            return dict(NOTHING)
        known = since is not None and since <= self._period.first
        countries = {each.country for each in counted} or {self._country_of[code] for code in regions}
        of_one = countries.pop() if len(countries) == 1 else None
        return {
            "state": "known" if known else "partial",
            "number": sum(each.number for each in counted),
            # Tenge and som are not added up.
            "sum": None if of_one is None else sum(each.sum for each in counted),
            "currency": None if of_one is None else COUNTRIES[of_one].currency,
            "since": since,
        }

    def _regions(self, key: str | None) -> Collection[str]:
        """The regions that a row is about, of those that the reader may see and has asked for."""
        if key is None or self._by is By.KIND:
            return self._covered
        return self._covered & {key if self._by is By.REGION else self._region_of.get(key, "")}

    def _around(self, codes: Collection[str]) -> set[str]:
        """Regions that one of these areas is, holds or lies in."""
        named = {self._region_of.get(code, code) for code in codes}
        return {code for code, country in self._country_of.items() if code in named or country in named}


def sums(asked: Asked) -> Iterator[Fined]:
    """Number and sum for each row and country."""
    key = _key(asked)
    statement = select(key, Fine.country, func.count(), func.sum(Fine.sum)).join(Facility, OF_FACILITY)
    counted = statement.where(_counts(asked)).group_by(key, Fine.country)
    return (Fined(row, country, number, int(total)) for row, country, number, total in asked.rows(counted, Fine))


def listing(asked: Asked) -> Listing:
    """The fines that are counted; `fines.sum` adds up theirs."""
    shown = Fine.imposed_on, Fine.number, Fine.sum, Fine.country
    statement = listed(_key(asked), Fine, Fine.id, Fine.facility_id, *shown).select_from(Fine)
    return Listing(What.FINE, statement.join(Facility, OF_FACILITY).where(_counts(asked)), Fine, _said)


def _key(asked: Asked) -> Any:
    return Facility.kind if asked.by is By.KIND else asked.key(Fine)


def _counts(asked: Asked) -> ColumnElement[bool]:
    return and_(Fine.imposed_on.between(asked.period.first, asked.period.last), Fine.withdrawn_at.is_(None))


def _said(row: Any) -> tuple[date, Mapping[str, Any]]:
    return row.imposed_on, {"number": row.number, "sum": row.sum, "currency": COUNTRIES[row.country].currency}
