"""What lies in the documents of audits and violations of the made-up country: as long as in life, invented."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from inspection.criteria import Checklist
from inspection.history import MAIN, EndedBy

STANDS = ("open", "declared")
ENDED_BY = {"waived": EndedBy.WAIVER.value}
CAME_BACK = 20  # one violation in so many had an earlier episode
DIFFERENT = 97  # lists of findings


def findings(checklist: Checklist) -> Sequence[list[Mapping[str, Any]]]:
    """Lists of findings to choose from, two thirds of the criteria in each."""
    criteria = list(checklist.criteria.values())
    return [
        [
            {
                "criterion": each.id,
                "place": MAIN,
                "outcome": "fail" if (m + n) % 13 == 0 else "pass",
                "value": round(0.5 + (m * 31 + n * 17) % 101 / 100, 2),
                "unit": each.unit,
                "limit": ">= 0.9",
            }
            for m, each in enumerate(criteria)
            if (m + n) % 3
        ]
        for n in range(DIFFERENT)
    ]


def episodes(number: int, violation: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Columns of a violation that tell of its episodes. number: which violation it is."""
    state, opened_at, opened_by = (violation[name] for name in ("state", "opened_at", "opened_by"))
    ended_at = None if state in STANDS else min(opened_at + timedelta(days=40), now)
    ended_by = None if ended_at is None else ENDED_BY.get(state, EndedBy.MEASURED_PASS.value)
    newest = _episode(opened_at, opened_by, ended_at, ended_by)
    told = [newest] if state != "withdrawn" else []
    if told and number % CAME_BACK == 0:
        before = opened_at - timedelta(days=300), opened_at - timedelta(days=100)
        told.insert(0, _episode(before[0], opened_by, before[1], EndedBy.MEASURED_PASS.value))
    return {"episodes": told, "ended_at": ended_at, "ended_by": ended_by}


def _episode(opened_at: datetime, opened_by: UUID, ended_at: datetime | None, ended_by: str | None) -> Any:
    said: dict[str, Any] = {"fails": [str(opened_by)], "opened_by": str(opened_by)}
    said |= {"opened_at": opened_at.isoformat(), "accepted_at": (opened_at + timedelta(days=2)).isoformat()}
    if ended_at is not None:
        said |= {"ended_at": ended_at.isoformat(), "ended_by": ended_by, "ended_by_id": str(opened_by)}
    return said
