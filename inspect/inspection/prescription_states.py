"""Where a prescription and its items stand: computed from facts whenever it is asked, never typed nor stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from inspection.tables.violations import STANDING, ViolationState


class ItemState(StrEnum):
    """Where one item stands."""

    OPEN = "open"
    EXTENDED = "extended"  # to a later date than it was issued with
    DECLARED = "declared"  # the operator says it is remedied; nobody has measured yet
    OVERDUE = "overdue"
    OVER = "over"  # released, waived, withdrawn, or told anew by another prescription


class CaseState(StrEnum):
    """Where the prescription stands."""

    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
    BEING_REMEDIED = "being_remedied"  # something is over, declared or extended, and nothing overdue
    OVERDUE = "overdue"
    EXECUTED = "executed"  # every item is over


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item. told_due_on: as the paper says; due_on: as it holds now, None where nothing is due.

    current: whether it was this prescription that told the duty as it stands now. shown: columns for a document.
    """

    state: ViolationState
    current: bool
    told_due_on: date
    due_on: date | None
    shown: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A prescription. acknowledged: by somebody, in a way that was not withdrawn."""

    items: tuple[ItemFacts, ...]
    acknowledged: bool = False


def item_state(item: ItemFacts, today: date) -> ItemState:
    """today: local date of the area. On the due date nothing is overdue yet; a declaration alone stops nothing."""
    if not item.current or item.state not in STANDING:
        return ItemState.OVER
    due_on = item.due_on or item.told_due_on
    if due_on < today:
        return ItemState.OVERDUE
    if item.state is ViolationState.DECLARED:
        return ItemState.DECLARED
    return ItemState.EXTENDED if due_on > item.told_due_on else ItemState.OPEN


def case_state(case: CaseFacts, today: date) -> CaseState:
    """today: local date of the area. The worst that is true of an item, until all are over."""
    states = {item_state(item, today) for item in case.items}
    if states <= {ItemState.OVER}:
        return CaseState.EXECUTED
    if ItemState.OVERDUE in states:
        return CaseState.OVERDUE
    if states != {ItemState.OPEN}:
        return CaseState.BEING_REMEDIED
    return CaseState.ACKNOWLEDGED if case.acknowledged else CaseState.ISSUED
