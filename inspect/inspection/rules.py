"""From the answers of a signed audit to findings.

Rules are data (`criteria.Rule`); judging them is pure. What an answer says was first read (`readings.py`: right
type, known unit, believable size) and brought into the unit of its criterion.

What decides, in this order, for one criterion at one place:
1. It does not apply to the facility's kind: not applicable, whatever was answered.
2. Its condition does not hold, because the parent was answered otherwise (at this place, else at `main`) or is
   itself not applicable: not applicable, even if a value was sent. The value stays in the finding as evidence.
3. It was not answered: not checked. A parent that was not answered decides nothing: a value sent is judged.
4. The inspector marked it not applicable or not checked: that.
5. The limit: pass or fail.
"""

from collections.abc import Mapping, Sequence
from math import ceil

from inspection.criteria import Checklist, Criterion, Rule, Scalar
from inspection.errors import Fault, InvalidInput
from inspection.history import Finding, Outcome, Spot
from inspection.measures import UNITS
from inspection.readings import MARKS, Answer, Reading, read_all

__all__ = ["Answer", "Reading", "block_of", "condition_holds", "judge", "judge_all", "limit_text", "passes"]


STATES = {mark.value: mark for mark in MARKS}


def judge_all(checklist: Checklist, facility_kind: str, answers: Sequence[Answer]) -> dict[Spot, Finding]:
    """Findings of one audit: every criterion that applies at `main`, and what was answered at other places.

    Raises InvalidInput with every fault of every answer, pointing to `/answers/<index>/...`, or with one fault at
    `/checklist` if this version does not know the facility's kind.
    """
    if facility_kind not in checklist.kinds:
        reason = f"{checklist.key} {checklist.version} has no kind of facility {facility_kind}"
        raise InvalidInput([Fault("/checklist", reason, ", ".join(checklist.kinds))])
    readings = read_all(checklist.criteria, answers)
    asked = (Spot(each.id) for each in checklist.criteria.values() if facility_kind in each.applies_to)
    spots = dict.fromkeys((*asked, *readings))  # in the order of the checklist, then other places and kinds
    return {spot: _judge_spot(checklist, facility_kind, spot, readings) for spot in spots}


def _judge_spot(checklist: Checklist, facility_kind: str, spot: Spot, readings: Mapping[Spot, Reading]) -> Finding:
    criterion = checklist.criteria[spot.criterion]
    applies: bool | None = facility_kind in criterion.applies_to
    if applies:
        applies = condition_holds(criterion, spot.place, readings, checklist.criteria)
    return judge(criterion, spot, readings.get(spot), applies=applies)


def condition_holds(
    criterion: Criterion, place: str, readings: Mapping[Spot, Reading], criteria: Mapping[str, Criterion]
) -> bool | None:
    """Whether a criterion's condition holds at a place; None if its parent was not answered there nor at `main`.

    A parent that is itself not applicable, by its own condition or by the inspector's mark, holds for nobody.
    """
    condition = criterion.applies_if
    if condition is None:
        return True
    if condition_holds(criteria[condition.criterion], place, readings, criteria) is False:
        return False
    parent = readings.get(Spot(condition.criterion, place)) or readings.get(Spot(condition.criterion))
    if parent is None or parent.answer.state == Outcome.NOT_CHECKED:
        return None
    if parent.value is None:
        return False
    if condition.at_least is not None:
        return not isinstance(parent.value, str) and parent.value >= condition.at_least
    return parent.value in condition.among


def judge(criterion: Criterion, spot: Spot, reading: Reading | None, *, applies: bool | None) -> Finding:
    """The finding for one criterion at one place.

    applies: False if the facility's kind or the criterion's condition rules it out, None if that is not known.
    A value within the ordinary limit passes under it, also where the relaxed one was asked for.
    """
    outcome, limit, relaxed = Outcome.NOT_CHECKED, None, False
    if applies is False:
        outcome = Outcome.NOT_APPLICABLE
    elif reading is not None and reading.value is None:
        outcome = STATES.get(reading.answer.state or "", Outcome.NOT_CHECKED)
    elif reading is not None:
        outcome, limit, relaxed = _verdict(criterion, reading)
    value = None if reading is None else reading.value
    return Finding(
        spot=spot,
        outcome=outcome,
        zone=criterion.zone,
        severity=criterion.severity,
        groups=criterion.groups,
        remediation_days=criterion.remediation_days,
        value=value,
        unit=None if value is None else criterion.unit,
        limit=limit,
        relaxed=relaxed,
        note=None if reading is None else _words_of(reading.answer),
    )


def _verdict(criterion: Criterion, reading: Reading) -> tuple[Outcome, str | None, bool]:
    rule, (answer, value) = criterion.rule, reading
    if rule.op == "min_per" and answer.of == 0:
        return Outcome.NOT_APPLICABLE, None, False  # a share of nothing
    passed = passes(rule, value, of=answer.of)
    relaxed = answer.relaxed and not passed
    if relaxed:
        passed = passes(rule, value, relaxed=True)
    limit = limit_text(criterion, relaxed=relaxed, of=answer.of)
    return (Outcome.PASS if passed else Outcome.FAIL), limit, relaxed


def _words_of(answer: Answer) -> str | None:
    # The reason for the relaxed limit must stand wherever the finding stands.
    if not answer.relaxed:
        return answer.note
    return "\n".join(words for words in (answer.reason, answer.note) if words)


def passes(rule: Rule, value: Scalar | None, *, of: float | None = None, relaxed: bool = False) -> bool:
    """Whether a value, in the unit of the rule's criterion, is within the limit; both ends of a range pass.

    of: the second measurement of a `min_per` rule. relaxed: judge by the relaxed limit.
    """
    limit = rule.relaxed if relaxed else rule.value
    match rule.op, value, limit:
        case "one_of", str(), _:
            return value in rule.passing
        case "is", bool(), _:
            return value is limit
        case "min", int() | float(), int() | float():
            return value >= limit
        case "max", int() | float(), int() | float():
            return value <= limit
        case "between", int() | float(), _:
            return (rule.low or 0) <= value <= (rule.high or 0)
        case "min_per", int() | float(), _:
            return value >= required_count(rule, of or 0)
    raise TypeError(f"{value!r} is no answer to a rule {rule.op}")


def required_count(rule: Rule, of: float) -> float:
    """How many a `min_per` rule asks for: by its steps, above them `value` for every started `per`."""
    for upto, wanted in rule.steps:
        if of <= upto:
            return wanted
    return float(rule.value or 0) * ceil(of / (rule.per or 1))


def limit_text(criterion: Criterion, *, relaxed: bool = False, of: float | None = None) -> str:
    """The limit without words of any language: `≤ 5 %`, `0.85–1 m`, `≥ 1 / 25`, `level, ramp`, `true`.

    of: adds what a share comes to, `≥ 1 / 25 (60: ≥ 3)`.
    """
    rule = criterion.rule
    symbol = UNITS[criterion.unit].symbol if criterion.unit else ""
    limit = rule.relaxed if relaxed else rule.value
    match rule.op:
        case "min":
            return f"≥ {limit:.10g}{symbol}"
        case "max":
            return f"≤ {limit:.10g}{symbol}"
        case "between":
            return f"{rule.low:.10g}–{rule.high:.10g}{symbol}"
        case "min_per":
            share = f"≥ {limit:.10g} / {rule.per:.10g}"
            return share if of is None else f"{share} ({of:.10g}: ≥ {required_count(rule, of):.10g})"
        case "one_of":
            return ", ".join(rule.passing)
        case "is":
            return "true" if limit else "false"


def block_of(criterion: Criterion, group: str, checklist: Checklist) -> float:
    """Share of visits of a group, 0..1, that one fail of this criterion obstructs where the visit meets it."""
    if group not in criterion.groups:
        return 0.0
    return (criterion.block or {}).get(group, checklist.severity_block[criterion.severity])
