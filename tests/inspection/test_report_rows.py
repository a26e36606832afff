"""The rows behind the figures of a report: as many as the figure says, each once, on pages of any size."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.errors import InvalidInput
from inspection.reports.asked import By
from inspection.reports.figures import report
from inspection.reports.rows import countable, page
from inspection.tables.people import Role
from tests.clock import NOW
from tests.inspection.report_scene import PERIODS, make, put, with_past
from tests.inspection.world import COUNTRY, DISTRICT, REGION, World

SEED = 11  # one with which every figure is more than zero in the second period


@pytest.fixture
def ministry(world: World, session: Session) -> Caller:
    """Somebody who sees the country, with rows of every table in it."""
    source = random.Random(SEED)
    put(session, with_past(world, source, make(world, source)))
    return world.caller(world.person(Role.MINISTRY, COUNTRY))


def listed(session: Session, caller: Caller, figure: str, *, limit: int = 200, **asked: Any) -> list[Any]:
    """All rows of a figure, page by page."""
    rows, cursor = [], None
    while True:
        found = page(session, caller, figure=figure, now=NOW, cursor=cursor, limit=limit, **asked)
        assert len(found.rows) <= limit
        rows += found.rows
        if (cursor := found.next_cursor) is None:
            return rows
        assert len(found.rows) == limit


def figures(row: Mapping[str, Any], way: str = "") -> Iterator[tuple[str, Any]]:
    """All numbers of a row that count rows, by path, zeros too."""
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from figures(value, f"{way}{name}.")
        elif way + name == "obstructed_visits.now" or (value is not None and isinstance(value, int)):
            yield way + name, value


def number(figure: str, rows: list[Any]) -> Any:
    """What the rows come to: their number, or of sums their sum; of obstructed visits nothing is not zero."""
    if figure == "fines.sum":
        return sum(row["about"]["sum"] for row in rows)
    if figure != "obstructed_visits.now":
        return len(rows)
    return round(sum(row["about"]["obstructed"] for row in rows), 1) if rows else None


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_every_figure_of_every_row_has_as_many_rows_as_it_says(
    session: Session, ministry: Caller, by: By, period: Any
) -> None:
    found, seen = report(session, ministry, period=period, now=NOW, by=by), set()
    keyed = [(row["key"] or "", row) for row in found["rows"]]
    for key, row in (*keyed, (None, found["total"])):
        for figure, says in figures(row):
            rows = listed(session, ministry, figure, by=by, period=period, key=key)
            assert number(figure, rows) == says, (figure, key)
            assert len({(r["id"], r["key"], str(r["about"])) for r in rows}) == len(rows)
            assert key is None or {r["key"] or "" for r in rows} <= {key}
            way = figure.rpartition(".")[0]
            seen.add(f"{way}.*" if way.endswith(("by_kind", "by_zone")) else figure)
    if period != PERIODS[2]:  # on a single day not every kind and zone occurs
        assert seen == set(countable())
    if period == PERIODS[1]:
        assert not [figure for figure, says in figures(found["total"]) if not says]


@pytest.mark.parametrize("limit", [1, 7])
@pytest.mark.parametrize(
    "figure", ["violations_found.total", "items.executed_late", "facilities_checked.total", "use.unknown"]
)
def test_small_pages_hold_the_same_rows_in_the_same_order_as_a_large_one(
    session: Session, ministry: Caller, figure: str, limit: int
) -> None:
    asked: dict[str, Any] = {"period": PERIODS[1], "by": By.KIND}
    assert listed(session, ministry, figure, limit=limit, **asked) == listed(session, ministry, figure, **asked)


def test_a_window_in_which_nothing_counts_does_not_end_the_list(
    session: Session, ministry: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {"period": PERIODS[1]}
    whole = listed(session, ministry, "items.executed_in_time", **asked)
    monkeypatch.setattr("inspection.reports.rows.WINDOW", 1)
    assert listed(session, ministry, "items.executed_in_time", limit=1, **asked) == whole


@pytest.mark.parametrize("area", [COUNTRY, REGION, DISTRICT])
def test_rows_of_an_area_are_as_many_as_its_report_says(session: Session, ministry: Caller, area: str) -> None:
    total = report(session, ministry, period=PERIODS[0], now=NOW, area=area)["total"]
    for figure, says in figures(total):
        rows = listed(session, ministry, figure, period=PERIODS[0], area=area)
        assert number(figure, rows) == says, figure


def test_nobody_is_shown_rows_beyond_their_areas(world: World, session: Session, ministry: Caller) -> None:
    head = world.caller(world.head)
    for figure, says in figures(report(session, head, period=PERIODS[0], now=NOW)["total"]):
        rows = listed(session, head, figure, period=PERIODS[0])
        assert number(figure, rows) == says
        assert {row["region_code"] for row in rows} <= {REGION}


def test_what_was_declared_adapted_and_is_not_is_a_list_of_visits(
    world: World, session: Session, ministry: Caller
) -> None:
    rows = listed(session, ministry, "rechecks.declared_adapted_but_not", period=PERIODS[1])
    assert rows
    for row in rows:
        assert row["object"] == "audit"
        assert row["about"]["failed"] > 0
        assert row["about"]["adaptation_declared_on"] <= row["date"]


@pytest.mark.parametrize(
    "figure", ["checks", "checks.sum", "obstructed_visits.at_start", "violations_found.by_zone.", "rows.0"]
)
def test_what_is_no_figure_or_is_not_recorded_is_refused(session: Session, ministry: Caller, figure: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        listed(session, ministry, figure, period=PERIODS[0])
    assert [fault.pointer for fault in refused.value.faults] == ["/figure"]


def test_a_cursor_of_another_figure_is_refused(session: Session, ministry: Caller) -> None:
    asked: dict[str, Any] = {"period": PERIODS[1], "now": NOW}
    first = page(session, ministry, figure="checks.total", limit=1, **asked)
    with pytest.raises(InvalidInput):
        page(session, ministry, figure="use.unknown", cursor=first.next_cursor, **asked)
