"""Where a prescription stands, by everything that can be so of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, builds, dates, lists, none, sampled_from, tuples

from inspection.prescription_states import CaseFacts, CaseState, ItemFacts, ItemState, case_state, item_state
from inspection.tables.violations import ViolationState

DUE = date(2026, 4, 15)
DAY = timedelta(days=1)
OPEN = ItemFacts(ViolationState.OPEN, True, DUE, DUE)
EXTENDED = replace(OPEN, due_on=DUE + 10 * DAY)
DECLARED = replace(OPEN, state=ViolationState.DECLARED)
OVER = [replace(OPEN, state=s) for s in (ViolationState.RELEASED, ViolationState.WAIVED, ViolationState.WITHDRAWN)]
ITEMS = lists(
    builds(
        ItemFacts,
        state=sampled_from(ViolationState),
        current=booleans(),
        told_due_on=dates(DUE, DUE + 9 * DAY),
        due_on=none() | dates(DUE, DUE + 20 * DAY),
    ),
    min_size=1,
).map(tuple)
DAYS = dates(DUE - 9 * DAY, DUE + 30 * DAY)


@pytest.mark.parametrize(
    ("item", "on_the_day", "the_day_after"),
    [
        (OPEN, ItemState.OPEN, ItemState.OVERDUE),
        (EXTENDED, ItemState.EXTENDED, ItemState.EXTENDED),
        (DECLARED, ItemState.DECLARED, ItemState.OVERDUE),
        (replace(OPEN, due_on=None), ItemState.OPEN, ItemState.OVERDUE),
        (replace(OPEN, current=False), ItemState.OVER, ItemState.OVER),
        *((item, ItemState.OVER, ItemState.OVER) for item in OVER),
    ],
)
def test_an_item_is_overdue_from_the_day_after_its_date_and_never_once_it_is_over(
    item: ItemFacts, on_the_day: ItemState, the_day_after: ItemState
) -> None:
    assert item_state(item, DUE) is on_the_day
    assert item_state(item, DUE + DAY) is the_day_after


def test_an_extension_that_has_passed_is_overdue() -> None:
    assert item_state(EXTENDED, DUE + 11 * DAY) is ItemState.OVERDUE


@pytest.mark.parametrize(
    ("items", "acknowledged", "today", "state"),
    [
        ((OPEN, OPEN), False, DUE, CaseState.ISSUED),
        ((OPEN, OPEN), True, DUE, CaseState.ACKNOWLEDGED),
        ((OPEN, OVER[0]), False, DUE, CaseState.BEING_REMEDIED),
        ((OPEN, DECLARED), True, DUE, CaseState.BEING_REMEDIED),
        ((EXTENDED, EXTENDED), True, DUE, CaseState.BEING_REMEDIED),
        ((OPEN, EXTENDED), True, DUE + DAY, CaseState.OVERDUE),
        ((DECLARED, OVER[0]), True, DUE + DAY, CaseState.OVERDUE),
        ((EXTENDED, OVER[0]), False, DUE + DAY, CaseState.BEING_REMEDIED),
        (tuple(OVER), False, DUE + DAY, CaseState.EXECUTED),
    ],
)
def test_every_way_a_case_can_stand(
    items: tuple[ItemFacts, ...], acknowledged: bool, today: date, state: CaseState
) -> None:
    assert case_state(CaseFacts(items, acknowledged), today) is state


@given(ITEMS, booleans(), DAYS)
def test_a_case_is_executed_exactly_when_every_item_is_over_and_overdue_exactly_when_one_is(
    items: tuple[ItemFacts, ...], acknowledged: bool, today: date
) -> None:
    states = [item_state(item, today) for item in items]
    state = case_state(CaseFacts(items, acknowledged), today)
    assert (state is CaseState.EXECUTED) == all(s is ItemState.OVER for s in states)
    assert (state is CaseState.OVERDUE) == (ItemState.OVERDUE in states)


@given(tuples(ITEMS, booleans(), DAYS), DAYS)
def test_time_alone_never_unmakes_what_is_overdue_and_never_executes(
    case: tuple[tuple[ItemFacts, ...], bool, date], later: date
) -> None:
    items, acknowledged, today = case
    before, after = (case_state(CaseFacts(items, acknowledged), day) for day in (today, max(today, later)))
    assert before is not CaseState.OVERDUE or after is CaseState.OVERDUE
    assert (before is CaseState.EXECUTED) == (after is CaseState.EXECUTED)
