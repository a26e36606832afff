"""Reports that were never counted: as many rows as a test wants, with names of a test's choice."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from typing import Any

from api.views.reports import FIGURES_EXAMPLE
from inspection.periods import Period
from inspection.reports.fined import NOTHING
from inspection.reports.titles import Titles

PERIOD = Period(date(2026, 1, 1), date(2026, 3, 31))
TITLES = Titles(
    kinds={"polyclinic": {"kk": "Емхана", "ru": "Поликлиника", "en": "Polyclinic"}},
    zones={"toilet": {"kk": "Дәретхана", "ru": "Туалет", "en": "Toilet"}},
)


def a_report(names: Sequence[str] = ("Алматы",), by: str = "region") -> dict[str, Any]:
    """Row n has n checks more than the example; in the last nothing is ranked and no fines are recorded."""
    rows: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        figures = deepcopy(FIGURES_EXAMPLE)
        figures["checks"]["total"] += number
        named = {f"name_{language}": name for language in ("kk", "ru", "en")}
        rows.append({"key": f"{750000000 + number}", **named, **figures})
    rows[-1]["obstructed_visits"] = dict.fromkeys(("now", "at_start", "placeholder_share")) | {
        "state": "not_recorded"
    }
    rows[-1]["fines"] = dict(NOTHING)
    period = {"from": PERIOD.first, "to": PERIOD.last}
    return {**period, "area": None, "by": by, "rows": rows, "total": deepcopy(FIGURES_EXAMPLE)}
