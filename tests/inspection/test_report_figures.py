"""Every figure of a report against plain SQL over the tables; with `pytest -s` both are printed side by side."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.periods import Period
from inspection.reports.asked import By
from inspection.reports.figures import report
from inspection.tables.people import Role
from tests.clock import NOW
from tests.inspection.report_scene import PERIODS, local, make, put, with_past
from tests.inspection.report_sql import by_sql
from tests.inspection.world import COUNTRY, World

COLUMNS = {By.REGION: "region_code", By.DISTRICT: "district_code", By.KIND: "kind"}
# Of what the scene has enough of, so that the comparison is not one of zeros.
SEEN = ("items.executed_in_time", "items.executed_late", "items.overdue", "violations_found.total", "adapted.plan")


@pytest.fixture
def ministry(world: World, session: Session) -> Caller:
    """Somebody who sees the country, with rows of every table in it."""
    source = random.Random(11)
    put(session, with_past(world, source, make(world, source)))
    return world.caller(world.person(Role.MINISTRY, COUNTRY))


@pytest.mark.parametrize("period", PERIODS, ids=str)
@pytest.mark.parametrize("by", list(By))
def test_a_report_says_what_plain_sql_over_the_tables_says(
    session: Session, ministry: Caller, by: By, period: Period
) -> None:
    found = report(session, ministry, period=period, now=NOW, by=by)
    said = {(row["key"], path): number for row in found["rows"] for path, number in leaves(row)}
    counted = by_sql(session, period, local(NOW), COLUMNS[by])
    for place in sorted(said.keys() | counted.keys(), key=str):
        print(f"{place[0]!s:12} {place[1]:45} {said.get(place, 0):>8} {counted.get(place, 0):>8.1f}")  # noqa: T201
    assert said.keys() == counted.keys()
    assert {place: round(float(number), 1) for place, number in counted.items()} == said
    if period == PERIODS[0]:
        assert {path for _, path in said} >= set(SEEN)


def leaves(figures: Mapping[str, Any], way: str = "") -> Iterator[tuple[str, float]]:
    """The figures that say more than nothing, by path. Shares and years of rows are no figures."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{way}{name}.")
        elif isinstance(value, int | float) and value and name != "placeholder_share":
            yield f"{way}{name}", value
