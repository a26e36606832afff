"""The hidden physical state of a facility: what a tape would read, whether anybody looks or not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor
from random import Random

from inspection.criteria import AnswerKind, Checklist, Criterion, Scalar, Severity
from inspection.demo.chance import weighted
from inspection.history import MAIN, Spot
from inspection.rules import passes, required_count

# Share of criteria that fail in an average building, before the weights below. Set so that about 4.2 violations
# come out per audit, the published rate (4,143 violations in 967 checks).
AVERAGE = 0.085
WEIGHTS: Mapping[str, float] = {  # what inspectors find again and again
    "approach-tactile-guide": 3,
    "entrance-ramp-slope": 3,
    "entrance-ramp-handrails": 2.5,
    "entrance-stairs-tactile": 3,
    "entrance-stairs-contrast": 2.5,
    "entrance-call-button": 2,
    "route-stairs-contrast": 2.5,
    "route-tactile-path": 3,
    "service-induction-loop": 3.5,
    "toilet-grab-bars": 2.5,
    "toilet-alarm": 3,
    "info-braille": 3.5,
    "info-tactile-plan": 3,
    "info-sign-language": 3,
    "info-plain-language": 2,
    "staff-trained": 2,
    "staff-service-animal": 0.3,
}
SEVERITIES = {Severity.GROSS: 0.6, Severity.SIGNIFICANT: 0.8, Severity.MINOR: 0.8}
# Beginning of criterion ids to the share of facilities that have no such thing at all.
ABSENT: Mapping[str, float] = {
    "approach-curb": 0.25,
    "parking": 0.45,
    "entrance-stairs": 0.3,
    "entrance-glass": 0.35,
    "entrance-turnstile": 0.85,
    "entrance-vestibule": 0.4,
    "route-stairs": 0.35,
    "route-dead-end": 0.5,
    "service-terminal": 0.45,
    "service-queue": 0.3,
}
# A further place to its zone and the share of facilities that have it.
FURTHER: Mapping[str, tuple[str, float]] = {"entrance-2": ("entrance", 0.1), "toilet-2": ("toilet", 0.15)}
WORDS: Mapping[str, float] = {"ramp": 5, "level": 3, "none": 2, "ground_floor": 3, "both_sides": 1}
GRAIN: Mapping[str | None, int] = {"m": 100, "cm": 10, "percent": 10, "min": 2}  # readings per unit; else whole
WORST = 0.6  # the most likely that anything fails


@dataclass(slots=True)
class Condition:
    """What is there, by criterion and place: readings in the unit of the criterion.

    counted: the second measurements of shares, by spot. absent: criteria about things that the facility lacks.
    """

    kind: str
    checklist: Checklist
    readings: dict[Spot, Scalar]
    counted: Mapping[Spot, int]
    absent: frozenset[str]

    def applies(self, spot: Spot) -> bool:
        """Whether the criterion has something to judge there, and its condition holds."""
        criterion = self.checklist.criteria[spot.criterion]
        if criterion.id in self.absent or self.kind not in criterion.applies_to:
            return False
        condition = criterion.applies_if
        if condition is None:
            return True
        place = spot.place if Spot(condition.criterion, spot.place) in self.readings else MAIN
        above = Spot(condition.criterion, place)
        if not self.applies(above):
            return False
        held = self.readings[above]
        if condition.at_least is not None:
            return not isinstance(held, str) and held >= condition.at_least
        return held in condition.among

    def asked(self) -> Iterator[Spot]:
        """Every spot that an inspector can judge, in the order of the checklist."""
        return (spot for spot in self.readings if self.applies(spot))

    def passes(self, spot: Spot) -> bool:
        """Whether the reading there is within the limit."""
        rule = self.checklist.criteria[spot.criterion].rule
        return passes(rule, self.readings[spot], of=self.counted.get(spot))

    def change(self, source: Random, spot: Spot, *, good: bool) -> None:
        """Repair a spot, or let it fall into disrepair."""
        criterion = self.checklist.criteria[spot.criterion]
        self.readings[spot] = reading(source, criterion, good=good, of=self.counted.get(spot, 0))


# How many there are of what a share is counted by.
TOTALS: Mapping[str, tuple[int, ...]] = {
    "total_spaces": (12, 20, 30, 40, 60, 90),
    "total_entrances": (1, 1, 1, 2, 2, 3, 4, 6),
}


def draw_condition(source: Random, kind: str, checklist: Checklist, disrepair: float) -> Condition:
    """The state of a facility of this kind. disrepair: 1 for the average one."""
    gone = [start for start, share in ABSENT.items() if source.random() < share]
    places = [MAIN, *(place for place, (_, share) in FURTHER.items() if source.random() < share)]
    readings: dict[Spot, Scalar] = {}
    counted: dict[Spot, int] = {}
    for criterion in checklist.criteria.values():
        fails = min(AVERAGE * disrepair * _weight(criterion), WORST)
        for place in places:
            if place != MAIN and FURTHER[place][0] != criterion.zone:
                continue
            spot = Spot(criterion.id, place)
            if criterion.rule.op == "min_per":
                counted[spot] = source.choice(TOTALS[criterion.rule.of or ""])
            readings[spot] = reading(source, criterion, good=source.random() >= fails, of=counted.get(spot, 0))
    absent = frozenset(c for c in checklist.criteria if c.startswith(tuple(gone)))
    return Condition(kind, checklist, readings, counted, absent)


def _weight(criterion: Criterion) -> float:
    return WEIGHTS.get(criterion.id, SEVERITIES[criterion.severity])


def reading(source: Random, criterion: Criterion, *, good: bool, of: int = 0) -> Scalar:
    """What one would read where the criterion passes (or fails), in its unit and as finely as people read.

    of: the second measurement of a share.
    """
    rule = criterion.rule
    if rule.op == "is":
        return bool(rule.value) is good
    if rule.op == "one_of":
        words = [word for word in rule.options if (word in rule.passing) is good]
        return weighted(source, {word: WORDS.get(word, 1) for word in words})
    if criterion.kind is AnswerKind.COUNT:
        needed = required_count(rule, of) if rule.op == "min_per" else float(rule.value or 0)
        return int(needed) + source.choice((0, 0, 0, 1)) if good else max(int(needed) - 1, 0)
    return _measured(source, criterion, good=good)


def _measured(source: Random, criterion: Criterion, *, good: bool) -> float:
    rule, grain = criterion.rule, GRAIN.get(criterion.unit, 1)
    low, high = float(rule.low or 0), float(rule.high or 0)
    limit = float(rule.value) if isinstance(rule.value, int | float) else 0.0
    if rule.op == "between":
        if good:
            return round(source.uniform(low, high) * 1000) / 1000
        below, above = source.uniform(0.72, 0.93) * low, source.uniform(1.07, 1.3) * high
        return round(source.choice((below, above)) * grain) / grain
    if (rule.op == "min") is good:
        wide = source.uniform(1.0, 1.3) if good else source.triangular(1.2, 2.6, 1.4)
        return ceil(limit * wide * grain) / grain
    return floor(limit * (source.uniform(0.55, 1.0) if good else source.uniform(0.65, 0.97)) * grain) / grain
