"""The violation list as an address asks for it, and its rows with the words of what was required."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from flask import g
from werkzeug.datastructures import MultiDict

from api.console import facts
from api.console.asking import understood
from api.views.violations import ViolationQuery
from inspection.criterion_titles import judged_by, titles_of_versions
from inspection.tables.violations import STANDING, ViolationState
from inspection.violation_filters import Filters
from inspection.violation_orders import Sort

ROWS = 50


def read(given: "MultiDict[str, str]") -> tuple[dict[str, Any], list[str]]:
    """What a query asks for, and the names of parameters that say nothing that is understood."""
    return understood(ViolationQuery(), given, sort=Sort.OBSTRUCTED.value, limit=str(ROWS))


def filters_of(asked: Mapping[str, Any]) -> Filters:
    """The filters of the list that a query asks for."""
    beside = ("sort", "cursor", "limit", "total", "state")
    states = tuple(ViolationState(state) for state in asked.get("state", STANDING))
    return Filters(states=states, **{name: value for name, value in asked.items() if name not in beside})


def rows_of(held: Sequence[str]) -> list[dict[str, Any]]:
    """Rows as the list has them, each with the words of what was required."""
    rows = [orjson.loads(row) for row in held]
    said = titles_of_versions(g.work.session, {judged_by(row) for row in rows})
    for row in rows:
        row["title"] = facts.called(said.get(judged_by(row), {}).get(row["criterion"]), row["criterion"])
        row["urgency"] = facts.date_class(row)
    return rows


def without(given: "MultiDict[str, str]", *names: str) -> dict[str, Any]:
    """A query without some of its parameters, and without those that say nothing."""
    dropped = {*names, "lang"}
    return {name: value for name, value in given.items() if name not in dropped and value.strip()}
