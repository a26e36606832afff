"""Whether a facility has to be visited again, and what for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from inspection.clocks import day_ends, last_moment
from inspection.history import Episode, Settled, Spot
from inspection.telling import Told, by_spot, holding_due


class FollowUpReason(StrEnum):
    """Why an item has to be looked at again."""

    OVERDUE = "overdue"  # the told date has passed and nobody has looked since
    DECLARED = "declared"  # the operator says it is remedied and nobody has verified it
    ASKED = "asked"  # an official asked for it


@dataclass(frozen=True, slots=True)
class FollowUpItem:
    """One open violation to look at again. due_on: the date that holds, if any was told."""

    spot: Spot
    reasons: tuple[FollowUpReason, ...]
    due_on: date | None


@dataclass(frozen=True, slots=True)
class FollowUpNeed:
    """What one visit to a facility has to look at, by spot; never empty."""

    items: tuple[FollowUpItem, ...]

    @property
    def reasons(self) -> tuple[FollowUpReason, ...]:
        """The reasons of all items, each once, in the order of FollowUpReason."""
        given = {reason for item in self.items for reason in item.reasons}
        return tuple(reason for reason in FollowUpReason if reason in given)


def needs_followup(settled: Settled, told: Iterable[Told], today: date, *, zone: tzinfo) -> FollowUpNeed | None:
    """The follow-up a facility needs as of a local day, or None.

    told: the facility's ledger; a date that was not told makes nothing overdue. today: in zone, the facility's.
    An item that was looked at after its date and still fails is overdue all the same, but needs no visit: what is
    left is the officials' matter, until they ask for one or tell a new date.
    """
    ledger = by_spot(told)
    now = last_moment(today, zone)
    items: list[FollowUpItem] = []
    for spot in sorted(settled.violations):
        standing = settled.violations[spot].open_at(now)
        if standing is None:
            continue
        due = holding_due(standing, ledger.get(spot, ()))
        looked_at = settled.latest[spot].observed_at
        overdue = due is not None and due < today and looked_at < day_ends(due, zone)
        if reasons := _reasons(standing, overdue=overdue):
            items.append(FollowUpItem(spot, reasons, due))
    return FollowUpNeed(tuple(items)) if items else None


def _reasons(standing: Episode, *, overdue: bool) -> tuple[FollowUpReason, ...]:
    holds = {
        FollowUpReason.OVERDUE: overdue,
        FollowUpReason.DECLARED: _unanswered(standing.declared_at, standing.refuted_at),
        FollowUpReason.ASKED: _unanswered(standing.recheck_asked_at, standing.rechecked_at),
    }
    return tuple(reason for reason, given in holds.items() if given)


def _unanswered(asked_at: datetime | None, answered_at: datetime | None) -> bool:
    return asked_at is not None and answered_at is None
