"""Which measured barriers stand at a facility, and what of a checklist was looked at there.

Passport and obstruction rest on this, never on violations: a waived or extended barrier is still in the way.
"""

from collections import defaultdict
from collections.abc import Mapping

from inspection.criteria import Checklist, Condition, Criterion
from inspection.history import MAIN, Finding, LatestFinding, Outcome, Spot

_ByPlace = Mapping[str, LatestFinding]


class Measured:
    """The latest findings of one facility, read with a checklist version and the kind of the facility.

    A criterion may be judged at several places. Every place counts and the worst decides: a good second entrance
    does not mend the first, it is an *alternative*, and only if an inspector tested it as one. A criterion is
    looked at when it was measured at one place at least.
    """

    def __init__(self, checklist: Checklist, kind: str, latest: Mapping[Spot, LatestFinding]) -> None:
        self._checklist = checklist
        self._kind = kind
        self._latest = latest
        self._said: dict[str, dict[str, LatestFinding]] = defaultdict(dict)
        for spot, word in latest.items():
            self._said[spot.criterion][spot.place] = word

    def standing(self) -> list[LatestFinding]:
        """The fails that stand, by spot, each with the zone, severity and groups it was judged with.

        A fail of a criterion that this checklist no longer knows stands. One that the checklist does not ask of
        this kind of facility does not, nor one whose condition was since seen not to hold (the ramp is gone).
        """
        return [self._latest[spot] for spot in sorted(self._latest) if self._stands(self._latest[spot])]

    def asked(self) -> dict[str, bool]:
        """The criteria that apply to the facility as it is, by id: True if looked at, False if not checked.

        not_applicable at every place takes a criterion out, so does a condition that does not or may not hold.
        """
        found: dict[str, bool] = {}
        for criterion in self._checklist.criteria.values():
            if self._kind not in criterion.applies_to:
                continue
            looked_at = self._looked_at(criterion)
            if looked_at is not None:
                found[criterion.id] = looked_at
        return found

    def _stands(self, word: LatestFinding) -> bool:
        if word.finding.outcome is not Outcome.FAIL:
            return False
        criterion = self._checklist.criteria.get(word.finding.spot.criterion)
        if criterion is None:
            return True
        return self._kind in criterion.applies_to and not self._overtaken(criterion, word)

    def _overtaken(self, criterion: Criterion, word: LatestFinding) -> bool:
        """Whether the condition was seen not to hold, at the same place and on the same visit or since."""
        if criterion.applies_if is None:
            return False
        # The main entrance being level now says nothing of a ramp elsewhere: no other place's answer helps here.
        parent = self._said_of(criterion.applies_if.criterion).get(word.finding.spot.place)
        if parent is None or parent.observed_at < word.observed_at:
            return False
        return not holds(criterion.applies_if, parent.finding)

    def _looked_at(self, criterion: Criterion) -> bool | None:
        said = self._said_of(criterion.id)
        valid = [word for word in said.values() if not self._overtaken(criterion, word)]
        if any(word.finding.outcome is not Outcome.NOT_APPLICABLE for word in valid):
            return True
        if criterion.applies_if is None:
            return None if said else False
        return False if self._holds_unseen(criterion.applies_if, said) else None

    def _holds_unseen(self, condition: Condition, said: _ByPlace) -> bool:
        """Whether the condition holds somewhere and nobody looked since (a new ramp, not measured yet).

        A place without an answer of its own is looked at under the main one's: toilets are counted once, for
        the facility, and measured each at its place.
        """
        parents = self._said_of(condition.criterion)
        for parent in parents.values():
            looked = (w.observed_at for at, w in said.items() if (parents.get(at) or parents.get(MAIN)) is parent)
            if holds(condition, parent.finding) and not any(at >= parent.observed_at for at in looked):
                return True
        return False

    def _said_of(self, criterion: str) -> _ByPlace:
        return self._said.get(criterion, {})


def holds(condition: Condition, parent: Finding) -> bool:
    """Whether the answer found for the parent criterion meets the condition; not_applicable never does."""
    if parent.outcome is Outcome.NOT_APPLICABLE or parent.value is None:
        return False
    if condition.at_least is None:
        return parent.value in condition.among
    return isinstance(parent.value, int | float) and parent.value >= condition.at_least
