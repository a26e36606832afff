"""Answers as tablets send them, and what they say once their type, unit and size are believed."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from inspection.criteria import AnswerKind, Criterion, Scalar
from inspection.errors import Fault, InvalidInput
from inspection.history import MAIN, Outcome, Spot
from inspection.measures import MOST_COUNTED, UNITS, Dimension, NotConvertible, convert, convertible_units

MARKS = (Outcome.NOT_APPLICABLE, Outcome.NOT_CHECKED)  # what an inspector may say instead of a value

# A length is taken for a slip of the finger or the unit (a door of 90 m) beyond this many times the largest
# number of its rule. Small limits get ten metres: a step of 1.4 cm may turn out to be a flight of stairs.
_TIMES_THE_LIMIT = 50
_ALWAYS_BELIEVED = 10  # m


class Answer(NamedTuple):
    """What an inspector recorded for one criterion at one place; its form was checked by a schema.

    Either value or state (`not_applicable`, `not_checked`) is given. unit: None for the criterion's own. of: the
    second measurement of a `min_per` rule, a whole number. relaxed: the inspector asks for the relaxed limit and
    gives the reason.
    """

    criterion: str
    place: str = MAIN
    value: Scalar | None = None
    unit: str | None = None
    state: str | None = None
    of: float | None = None
    relaxed: bool = False
    reason: str | None = None
    note: str | None = None


class Reading(NamedTuple):
    """An answer that was checked; value is in the unit of the criterion, None for a mark."""

    answer: Answer
    value: Scalar | None


def read_all(criteria: Mapping[str, Criterion], answers: Sequence[Answer]) -> dict[Spot, Reading]:
    """What the answers say, by criterion and place.

    Raises InvalidInput with every fault of every answer, pointing to `/answers/<index>/...`.
    """
    readings: dict[Spot, Reading] = {}
    first: dict[Spot, int] = {}
    faults: list[Fault] = []
    for index, answer in enumerate(answers):
        criterion = criteria.get(answer.criterion)
        if criterion is None:
            reason = f"the checklist has no criterion {answer.criterion[:80]}"
            faults.append(Fault(f"/answers/{index}/criterion", reason, "the id of one of its criteria"))
            continue
        spot = Spot(answer.criterion, answer.place)
        if first.setdefault(spot, index) != index:
            reason = f"answered already by /answers/{first[spot]}"
            faults.append(Fault(f"/answers/{index}", reason, "one answer for a criterion at a place"))
            continue
        found = read(criterion, answer)
        if isinstance(found, Reading):
            readings[spot] = found
        else:
            faults.extend(Fault(f"/answers/{index}{f.pointer}", f.reason, f.accepted) for f in found)
    if faults:
        raise InvalidInput(faults, "some answers cannot be accepted")
    return readings


def read(criterion: Criterion, answer: Answer) -> Reading | list[Fault]:
    """What one answer says, or everything that is wrong with it, with pointers from the answer on."""
    faults = _faults_beside_the_value(criterion, answer)
    value: Scalar | None = None
    if answer.value is not None and answer.state is None:
        found = _READERS[criterion.kind](criterion, answer)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            value = found
    return faults or Reading(answer, value)


def _faults_beside_the_value(criterion: Criterion, answer: Answer) -> list[Fault]:
    faults: list[Fault] = []
    rule = criterion.rule
    if (answer.value is None) == (answer.state is None):
        faults.append(Fault("", "an answer is either a value or a state", "one of value and state"))
    elif answer.state is not None and answer.state not in MARKS:
        faults.append(Fault("/state", "the verdict is not the tablet's to give", ", ".join(MARKS)))
    if answer.relaxed and rule.relaxed is None:
        faults.append(Fault("/relaxed", f"{criterion.id} has no relaxed limit", "false"))
    elif answer.relaxed and not (answer.reason or "").strip():
        faults.append(Fault("/reason", "the relaxed limit needs the inspector's written reason", "text"))
    if rule.op == "min_per":
        if answer.value is not None and _counted(answer.of) is None:
            faults.append(
                Fault("/of", f"the number of {rule.of} is needed", f"a whole number, 0 to {MOST_COUNTED}")
            )
    elif answer.of is not None:
        faults.append(Fault("/of", f"{criterion.id} is not counted by anything else here", "no such field"))
    return faults


def _counted(value: object) -> int | None:
    """A believable count; JSON knows no integers, so 3.0 is 3."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_COUNTED:
        return None
    return int(value) if value == int(value) else None


def _number(criterion: Criterion, answer: Answer) -> Scalar | Fault:
    unit = criterion.unit or ""
    given = answer.unit or unit
    if given != unit and given not in (known := convertible_units(unit)):
        return Fault("/unit", f"{given[:20]} cannot be converted to {unit}", ", ".join(known))
    accepted = f"a number from 0 to {(largest := largest_reading(criterion)):g} {unit}"
    value = answer.value
    if isinstance(value, bool) or value is None:
        return Fault("/value", "not a number", accepted)
    try:
        amount = convert(value, given, unit)
    except NotConvertible as refused:
        return Fault("/value", refused.message, accepted)
    if 0 <= amount <= largest:
        return amount
    reason = "less than nothing" if amount < 0 else f"{amount:g} {unit} is more than anyone measures here"
    return Fault("/value", reason, accepted)


def _count(criterion: Criterion, answer: Answer) -> Scalar | Fault:
    if answer.unit not in (None, criterion.unit):
        return Fault("/unit", f"{criterion.id} is counted in {criterion.unit}", str(criterion.unit))
    count = _counted(answer.value)
    return Fault("/value", "not a count", f"a whole number, 0 to {MOST_COUNTED}") if count is None else count


def _boolean(_criterion: Criterion, answer: Answer) -> Scalar | Fault:
    if answer.unit is not None:
        return Fault("/unit", "yes and no have no unit", "no such field")
    if isinstance(answer.value, bool):
        return answer.value
    return Fault("/value", "neither true nor false", "true, false")


def _choice(criterion: Criterion, answer: Answer) -> Scalar | Fault:
    if answer.unit is not None:
        return Fault("/unit", "a choice has no unit", "no such field")
    if isinstance(answer.value, str) and answer.value in criterion.rule.options:
        return answer.value
    return Fault("/value", "not one of the options", ", ".join(criterion.rule.options))


_READERS = {
    AnswerKind.NUMBER: _number,
    AnswerKind.COUNT: _count,
    AnswerKind.BOOLEAN: _boolean,
    AnswerKind.CHOICE: _choice,
}


def largest_reading(criterion: Criterion) -> float:
    """The largest value, in the unit of the criterion, that is taken for a measurement.

    Lengths: 50 times the largest number of the rule, at least 10 m, at most 1,000 m; a door that must be 0.9 m
    wide is believed up to 45 m, so that 90 typed without its "cm" is found out. Others: `Unit.most`.
    """
    rule = criterion.rule
    limits = (rule.value, rule.high, rule.relaxed)
    return _largest(criterion.unit or "", max(limit for limit in limits if isinstance(limit, int | float)))


@lru_cache(maxsize=4096)
def _largest(unit: str, limit: float) -> float:
    most = UNITS[unit].most
    if UNITS[unit].dimension is not Dimension.LENGTH:
        return most
    return min(most, max(_TIMES_THE_LIMIT * limit, convert(_ALWAYS_BELIEVED, "m", unit)))
