"""Two visits of one place side by side: what was found newly, what is gone, what stands, what nobody looked at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from inspection.history import Outcome

JUDGED = (Outcome.PASS, Outcome.FAIL)


class Change(StrEnum):
    """What became of one requirement at one place between two visits, in the order in which it matters."""

    FOUND = "found"  # fails now and did not fail then, or nobody had looked
    STANDS = "stands"  # failed on both
    GONE = "gone"  # failed then, passes now
    UNSEEN = "unseen"  # failed then, and now nobody looked or it does not apply: nothing is released by that
    VALUE = "value"  # passes on both, with another value
    FIRST = "first"  # passes, and nobody had looked then
    SAME = "same"  # nothing to tell


@dataclass(frozen=True, slots=True)
class Difference:
    """One requirement at one place. then, now: findings as audits keep them, None where a visit says nothing."""

    criterion: str
    place: str
    change: Change
    then: Mapping[str, Any] | None
    now: Mapping[str, Any] | None


def differences(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """What differs, the gravest change first, then by requirement and place. then, now: findings of two audits."""
    before, after = _by_spot(then), _by_spot(now)
    found = [
        Difference(*spot, _change(before.get(spot), after.get(spot)), before.get(spot), after.get(spot))
        for spot in before.keys() | after.keys()
    ]
    order = list(Change)
    return sorted(found, key=lambda each: (order.index(each.change), each.criterion, each.place))


def counted(found: Sequence[Difference]) -> Mapping[Change, int]:
    """How many there are of each change; of those there are none of, zero."""
    return dict.fromkeys(Change, 0) | Counter(each.change for each in found)


def _by_spot(findings: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(finding["criterion"], finding["place"]): finding for finding in findings}


def _change(then: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Change:
    was, is_now = (each["outcome"] if each else None for each in (then, now))
    if is_now == Outcome.FAIL:
        return Change.STANDS if was == Outcome.FAIL else Change.FOUND
    if was == Outcome.FAIL:
        return Change.GONE if is_now == Outcome.PASS else Change.UNSEEN
    if is_now == Outcome.PASS and was not in JUDGED:
        return Change.FIRST
    if is_now == was == Outcome.PASS and then and now and then.get("value") != now.get("value"):
        return Change.VALUE
    return Change.SAME
