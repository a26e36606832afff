"""The figures of a period: checks, violations, prescriptions and their execution, adaptation, evidence of use.

Source of the set of figures: what the ministry publishes (domain notes 3.5 and 5.3). A day is a local date of the
area. Everything is counted from rows a caller may see, by region, district or kind of facility. What nobody
records (fines of a region before its first, obstructed visits of the past) is null with a state, never zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.criteria import GROUPS, Severity
from inspection.periods import Period
from inspection.reports import duties, fined, obstructed, places, prescribed, visits
from inspection.reports.asked import Asked, By, Count, Path, asked_for
from inspection.reports.obstructed import NOTHING
from inspection.tables.areas import Area
from inspection.tables.audits import Ground
from inspection.use_states import UseState

ITEMS = ("executed_in_time", "executed_late", "extended", "overdue")
Figures = dict[str, Any]


def report(
    session: Session,
    caller: Caller,
    *,
    period: Period,
    now: datetime,
    area: str | None = None,
    by: By = By.REGION,
) -> Figures:
    """The figures of a period in an area, by region, district or kind, and of all rows together.

    Raises InvalidInput for an unknown area and for a period that ends before it begins or is over ten years long.
    """
    asked = asked_for(session, caller, period=period, now=now, area=area, by=by)
    found: dict[str | None, Figures] = defaultdict(nothing)
    total = nothing()
    for key, path, number in _counts(asked):
        _add(found[key], path, number)
        _add(total, path, number)
    sums = list(obstructed.sums(asked))
    for each in sums:
        found[each.key]["obstructed_visits"] = obstructed.figures([each])
    total["obstructed_visits"] = obstructed.figures(sums)
    _add_fines(asked, found, total)
    names = _names(session, by, found)
    rows = [
        {"key": key, **names.get(key, {}), **found[key]}
        for key in sorted(found, key=lambda k: (k is None, k or ""))
    ]
    return {"from": period.first, "to": period.last, "area": area, "by": by, "rows": rows, "total": total}


def _add_fines(asked: Asked, found: dict[str | None, Figures], total: Figures) -> None:
    """Fines in every row: where nobody was fined, it still matters whether fines are recorded there."""
    recording, imposed = fined.Recording(asked), list(fined.sums(asked))
    by_row: dict[str | None, list[fined.Fined]] = defaultdict(list)
    for each in imposed:
        by_row[each.key].append(each)
    for key in [*found, *(key for key in by_row if key not in found)]:
        found[key]["fines"] = recording.figures(key, by_row.get(key, ()))
    total["fines"] = recording.figures(None, imposed)


def nothing() -> Figures:
    """A row in which nothing was counted. Zones and kinds are data: only those that occur are named."""
    return {
        "checks": {"total": 0, **{ground.value: 0 for ground in Ground}},
        "facilities_checked": {"total": 0, "by_kind": {}},
        "violations_found": {
            "total": 0,
            "by_severity": {severity.value: 0 for severity in Severity},
            "by_group": dict.fromkeys(GROUPS, 0),
            "by_zone": {},
        },
        "prescriptions": 0,
        "items": dict.fromkeys(ITEMS, 0),
        "rechecks": {"total": 0, visits.BUT_NOT: 0},
        "adapted": {"plan": 0, "declared": 0, "verified": 0},
        "use": {state.value: 0 for state in UseState},
        "fines": dict(fined.NOTHING),
        "obstructed_visits": dict(NOTHING),
    }


def _add(figures: Figures, path: Path, number: int) -> None:
    *way, last = path
    for step in way:
        figures = figures[step]
    figures[last] = figures.get(last, 0) + number


def _counts(asked: Asked) -> Iterator[Count]:
    for subject in (visits, prescribed, duties, places):
        yield from subject.counts(asked)


def _names(session: Session, by: By, keys: Iterable[str | None]) -> Mapping[str | None, Figures]:
    """Names of the areas that the rows are about."""
    if by is By.KIND:
        return {}
    named = select(Area.code, Area.name_kk, Area.name_ru, Area.name_en)
    codes = [key for key in keys if key is not None]
    found = session.execute(named.where(Area.code.in_(codes)))
    return {code: {"name_kk": kk, "name_ru": ru, "name_en": en} for code, kk, ru, en in found}
