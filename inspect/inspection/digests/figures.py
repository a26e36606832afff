"""The figures of one area, by the very conditions of the lists that show what they count.

Counted for whoever may read all of the area and nothing else, so that everybody who shares it shares the figures.
A dozen statements for an area, however many districts it has.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, and_, case, func, select

from inspection import followups, violations
from inspection.access import narrow, within
from inspection.countries import local_date
from inspection.criterion_titles import judged_by, titles_of_versions
from inspection.digests.readers import ReadArea
from inspection.digests.weeks import DAY, WEEK, last_week
from inspection.notices.reading import ON_PAPER
from inspection.periods import Period
from inspection.reports import duties
from inspection.reports.asked import Asked, By
from inspection.tables.answers import OperatorReply, ReplyState
from inspection.tables.areas import Area, Level
from inspection.tables.followups import FollowUp
from inspection.tables.notices import Letter
from inspection.tables.telling import ReviewCase
from inspection.tables.violations import Violation
from inspection.unit import Unit
from inspection.violation_filters import Filters, conditions, local_dates
from inspection.violation_orders import STANDS, Sort

WORST = 5
FOUND, IN_TIME, LATE = "found", "remedied_in_time", "remedied_late"
REPORTED = {
    ("violations_found", "total"): FOUND,
    ("items", "executed_in_time"): IN_TIME,
    ("items", "executed_late"): LATE,
}
OF_PARTS = ("open", "overdue", "falling_due", FOUND, IN_TIME, LATE)  # what is counted by district, too
WAITING = ("replies", "reviews", "rechecks", "undelivered")
NAMES = (*OF_PARTS, *WAITING)
Text = Mapping[str, str]
Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """A district of a region, or a region of a country. code: None where the district is not known."""

    code: str | None
    name: Text
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Worst:
    """An overdue violation. title: of its criterion, if its checklist is there. visits: a month; None: unknown."""

    violation_id: UUID
    facility: Text
    criterion: str
    title: Text
    days_overdue: int
    visits: float | None


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """What a digest says of an area. numbers: by NAMES. at: when they were true; today: on which local day.

    week: the past one. parts: those in which there is anything, by name. worst: the most obstructing first.
    """

    area: ReadArea
    name: Text
    at: datetime
    today: date
    week: Period
    numbers: Numbers
    parts: Sequence[Part]
    worst: Sequence[Worst]

    @property
    def quiet(self) -> bool:
        """Whether there is nothing at all to say."""
        return not any(self.numbers.values())


def soon(today: date) -> Filters:
    """What falls due in the seven days from today on."""
    return Filters(due_after=today - DAY, due_before=today + WEEK)


def area_figures(unit: Unit, area: ReadArea, week: date) -> AreaFigures:
    """The figures of an area as they are now. week: the Monday of the digest."""
    today = local_date(unit.now, area.country)
    found: dict[str | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(OF_PARTS, 0))
    for key, name, number in (*_standing(unit, area, today), *_reported(unit, area, last_week(week))):
        found[key][name] += number
    total = {name: sum(numbers[name] for numbers in found.values()) for name in OF_PARTS}
    named = _names(unit, area)
    return AreaFigures(
        area=area,
        name=named.get(area.code, {}),
        at=unit.now,
        today=today,
        week=last_week(week),
        numbers=total | _waiting(unit, area),
        parts=_parts(area, found, named),
        worst=_worst(unit, area),
    )


def _parts(
    area: ReadArea, found: Mapping[str | None, Numbers], named: Mapping[str | None, Text]
) -> Sequence[Part]:
    if area.level == Level.DISTRICT:
        return ()
    parts = [Part(code, named.get(code, {}), numbers) for code, numbers in found.items() if any(numbers.values())]
    return sorted(parts, key=lambda part: (part.code is None, part.name.get("ru", ""), part.code or ""))


def _by(area: ReadArea) -> By:
    return By.REGION if area.level == Level.COUNTRY else By.DISTRICT


def _standing(unit: Unit, area: ReadArea, today: date) -> Iterator[tuple[str | None, str, int]]:
    """What stands now, by part. One statement."""
    days = local_dates(unit.now)
    late, near = (and_(*conditions(filters, days)) for filters in (Filters(overdue=True), soon(today)))
    part = {By.REGION: Violation.region_code, By.DISTRICT: Violation.district_code}[_by(area)]
    counted = select(part, func.count(), _how_many(late), _how_many(near)).where(STANDS).group_by(part)
    for key, *numbers in unit.session.execute(narrow(counted, Violation, area.reader())):
        for name, number in zip(OF_PARTS, numbers, strict=False):
            yield key, name, number


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _reported(unit: Unit, area: ReadArea, period: Period) -> Iterator[tuple[str | None, str, int]]:
    """What the past week brought, as the report of that week counts it."""
    asked = Asked(unit.session, area.reader(), period, _by(area), None, unit.now)
    for key, path, number in duties.found_and_executed(asked):
        if path in REPORTED:
            yield key, REPORTED[path], number


def _waiting(unit: Unit, area: ReadArea) -> dict[str, int]:
    """What waits for somebody. One statement."""
    due = followups.conditions(unit.now, None, followups.POOL, due=True)
    lists = (
        (OperatorReply, [OperatorReply.state == ReplyState.WAITING.value]),
        (ReviewCase, [ReviewCase.closed_at.is_(None)]),
        (FollowUp, due),
        (Letter, [Letter.state.in_([state.value for state in ON_PAPER])]),
    )
    counts = [
        select(func.count()).select_from(model).where(_lies(area, model), *where).scalar_subquery()
        for model, where in lists
    ]
    return dict(zip(WAITING, unit.session.execute(select(*counts)).one(), strict=True))


def _lies(area: ReadArea, model: Any) -> ColumnElement[bool]:
    there = within(model, area.reader())
    if area.level != Level.DISTRICT:
        return there
    return and_(model.region_code == area.region_code, there)  # for indexes that begin with the region


def _worst(unit: Unit, area: ReadArea) -> Sequence[Worst]:
    """The first of the violation list in that order; what nobody ranked comes last."""
    overdue = Filters(overdue=True)
    page = violations.page(
        unit.session, area.reader(), now=unit.now, filters=overdue, sort=Sort.OBSTRUCTED, limit=WORST
    )
    rows = [orjson.loads(row) for row in page.rows]
    called = titles_of_versions(unit.session, {judged_by(row) for row in rows})
    return [
        Worst(
            violation_id=UUID(row["id"]),
            facility={"kk": row["facility"]["name_kk"], "ru": row["facility"]["name_ru"]},
            criterion=row["criterion"],
            title=called.get(judged_by(row), {}).get(row["criterion"], {}),
            days_overdue=-row["days_left"],
            visits=row["obstructed"]["visits_a_month"],
        )
        for row in rows
    ]


def _names(unit: Unit, area: ReadArea) -> Mapping[str | None, Text]:
    """The names of an area and of its parts."""
    wanted = (Area.code == area.code) | (Area.parent_code == area.code)
    found = unit.session.execute(select(Area.code, Area.name_kk, Area.name_ru).where(wanted))
    return {row.code: {"kk": row.name_kk, "ru": row.name_ru or row.name_kk} for row in found}
