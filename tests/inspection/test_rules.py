import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inspection
from inspection.catalogue_file import read_checklist
from inspection.criteria import Checklist, Condition, Severity
from inspection.errors import Fault, InvalidInput
from inspection.history import Finding, Outcome, Spot
from inspection.readings import largest_reading
from inspection.rules import Answer, block_of, judge_all, limit_text, passes

OWN = read_checklist((Path(inspection.__file__).parent / "data" / "checklist.yaml").read_text(encoding="utf-8"))
PASS, FAIL, NOT_APPLICABLE, NOT_CHECKED = Outcome


def judged(*answers: Answer, kind: str = "polyclinic", checklist: Checklist = OWN) -> dict[Spot, Finding]:
    return judge_all(checklist, kind, answers)


def finding(*answers: Answer, kind: str = "polyclinic") -> Finding:
    """The finding for the last answer."""
    return judged(*answers, kind=kind)[Spot(answers[-1].criterion, answers[-1].place)]


def faults(*answers: Answer) -> Sequence[Fault]:
    with pytest.raises(InvalidInput) as refused:
        judged(*answers)
    return refused.value.faults


RAMP = Answer("entrance-step-free", value="ramp")
STEPS = Answer("entrance-step-free", value="steps_only")


# What a limit says of a value.


@pytest.mark.parametrize(
    ("answer", "outcome", "limit"),
    [
        (Answer("entrance-door-width", value=0.9), PASS, "≥ 0.9 m"),
        (Answer("entrance-door-width", value=0.899), FAIL, "≥ 0.9 m"),
        (Answer("entrance-door-width", value=90, unit="cm"), PASS, "≥ 0.9 m"),
        (Answer("entrance-door-width", value=899, unit="mm"), FAIL, "≥ 0.9 m"),
        (Answer("entrance-threshold", value=0.014, unit="m"), PASS, "≤ 1.4 cm"),
        (Answer("entrance-threshold", value=1.5), FAIL, "≤ 1.4 cm"),
        (Answer("info-sign-height", value=1.4), PASS, "1.4–1.6 m"),
        (Answer("info-sign-height", value=1.6), PASS, "1.4–1.6 m"),
        (Answer("info-sign-height", value=1.61), FAIL, "1.4–1.6 m"),
        (Answer("approach-curb-slope", value="1:20", unit="ratio"), PASS, "≤ 5 %"),
        (Answer("approach-curb-slope", value="1:19", unit="ratio"), FAIL, "≤ 5 %"),
        (Answer("approach-curb-slope", value=2.8, unit="degrees"), PASS, "≤ 5 %"),
        (Answer("entrance-door-force", value=50), PASS, "≤ 50 N"),
        (Answer("toilet-present", value=0), FAIL, "≥ 1"),
        (Answer("toilet-present", value=1.0), PASS, "≥ 1"),
        (Answer("approach-path-surface", value=True), PASS, "true"),
        (Answer("approach-path-surface", value=False), FAIL, "true"),
        (RAMP, PASS, "level, ramp, platform_lift"),
        (STEPS, FAIL, "level, ramp, platform_lift"),
        (Answer("parking-spaces", value=2, of=50), PASS, "≥ 1 / 25 (50: ≥ 2)"),
        (Answer("parking-spaces", value=2, of=51), FAIL, "≥ 1 / 25 (51: ≥ 3)"),
        (Answer("parking-spaces", value=1, of=1), PASS, "≥ 1 / 25 (1: ≥ 1)"),
    ],
)
def test_a_value_passes_or_fails_and_says_by_which_limit(answer: Answer, outcome: Outcome, limit: str) -> None:
    found = finding(answer)
    assert (found.outcome, found.limit) == (outcome, limit)


def test_a_finding_holds_the_value_in_the_unit_of_the_criterion_and_what_the_criterion_says() -> None:
    found = finding(Answer("entrance-door-width", value=85, unit="cm", note="left leaf"))
    criterion = OWN.criteria["entrance-door-width"]
    assert (found.value, found.unit, found.note, found.relaxed) == (0.85, "m", "left leaf", False)
    assert (found.zone, found.severity, found.groups) == (criterion.zone, criterion.severity, criterion.groups)
    assert found.remediation_days == criterion.remediation_days


def test_a_share_of_nothing_is_not_applicable() -> None:
    assert finding(Answer("parking-spaces", value=0, of=0)).outcome is NOT_APPLICABLE


def test_the_whole_may_be_known_though_its_share_was_not_checked() -> None:
    assert finding(Answer("parking-spaces", state="not_checked", of=40)).outcome is NOT_CHECKED


def test_every_limit_of_the_checklist_is_one_short_line_of_no_language() -> None:
    for criterion in OWN.criteria.values():
        text = limit_text(criterion)
        assert 0 < len(text) <= 120
        assert text.isascii() or set(text) - {"≥", "≤", "–", "°"} <= set(map(chr, range(128)))


# The relaxed limit.


def test_the_relaxed_limit_needs_a_reason_that_stays_with_the_finding() -> None:
    answer = Answer("entrance-ramp-slope", value=8, relaxed=True, reason="wall on both sides", note="dry")
    found = finding(RAMP, answer)
    assert (found.outcome, found.limit, found.relaxed) == (PASS, "≤ 8 %", True)
    assert found.note == "wall on both sides\ndry"


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_the_relaxed_limit_without_a_reason_is_refused(reason: str) -> None:
    (fault,) = faults(RAMP, Answer("entrance-ramp-slope", value=7, relaxed=True, reason=reason))
    assert fault.pointer == "/answers/1/reason"


def test_a_limit_that_cannot_be_relaxed_is_refused_as_such() -> None:
    (fault,) = faults(Answer("entrance-door-width", value=0.85, relaxed=True, reason="old wall"))
    assert fault.pointer == "/answers/0/relaxed"


def test_a_value_within_the_ordinary_limit_passes_under_it_though_the_relaxed_one_was_asked_for() -> None:
    found = finding(RAMP, Answer("entrance-ramp-slope", value=5, relaxed=True, reason="narrow"))
    assert (found.outcome, found.limit, found.relaxed) == (PASS, "≤ 5 %", False)


def test_a_value_beyond_the_relaxed_limit_fails_by_it() -> None:
    found = finding(RAMP, Answer("entrance-ramp-slope", value=8.1, relaxed=True, reason="narrow"))
    assert (found.outcome, found.limit, found.relaxed) == (FAIL, "≤ 8 %", True)


def test_without_being_asked_for_the_relaxed_limit_is_not_used() -> None:
    assert finding(RAMP, Answer("entrance-ramp-slope", value=7)).outcome is FAIL


# Conditions.

SLOPE_TOO_STEEP = Answer("entrance-ramp-slope", value=12)


def test_a_conditional_criterion_is_judged_where_its_parent_was_answered_so() -> None:
    assert finding(RAMP, SLOPE_TOO_STEEP).outcome is FAIL


def test_a_parent_answered_otherwise_makes_it_not_applicable_though_a_value_was_sent() -> None:
    found = finding(STEPS, SLOPE_TOO_STEEP)
    assert (found.outcome, found.value, found.limit) == (NOT_APPLICABLE, 12, None)


def test_a_parent_answered_otherwise_makes_the_unanswered_child_not_applicable() -> None:
    assert judged(STEPS)[Spot("entrance-ramp-slope")].outcome is NOT_APPLICABLE


def test_a_parent_that_was_not_answered_lets_a_value_be_judged() -> None:
    assert finding(SLOPE_TOO_STEEP).outcome is FAIL


@pytest.mark.parametrize("parent", [(), (Answer("entrance-step-free", state="not_checked"),)])
def test_without_an_answer_of_the_parent_an_unanswered_child_is_not_checked(parent: Any) -> None:
    assert judged(*parent)[Spot("entrance-ramp-slope")].outcome is NOT_CHECKED


def test_a_parent_marked_not_applicable_takes_its_children_along() -> None:
    parent = Answer("entrance-step-free", state="not_applicable")
    assert finding(parent, SLOPE_TOO_STEEP).outcome is NOT_APPLICABLE


def test_the_parents_answer_at_the_same_place_counts_before_the_one_at_main() -> None:
    back_ramp = RAMP._replace(place="back")
    slope = SLOPE_TOO_STEEP._replace(place="back")
    assert finding(STEPS, back_ramp, slope).outcome is FAIL
    assert finding(RAMP, STEPS._replace(place="back"), slope).outcome is NOT_APPLICABLE


def test_a_place_without_an_answer_of_the_parent_takes_the_one_at_main() -> None:
    slope = SLOPE_TOO_STEEP._replace(place="back")
    assert finding(RAMP, slope).outcome is FAIL
    assert finding(STEPS, slope).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(("cabins", "outcome"), [(0, NOT_APPLICABLE), (1, FAIL), (2, FAIL)])
def test_a_condition_of_at_least_so_many_looks_at_the_count(cabins: int, outcome: Outcome) -> None:
    answers = (Answer("toilet-present", value=cabins), Answer("toilet-alarm", value=False))
    assert finding(*answers).outcome is outcome


def chained() -> Checklist:
    """The alarm hangs on the surface, which hangs on how one gets in."""
    criteria = dict(OWN.criteria)
    step_free = Condition("entrance-step-free", among=("ramp",))
    surface = Condition("entrance-ramp-surface", among=(True,))
    criteria["entrance-ramp-surface"] = replace(criteria["entrance-ramp-surface"], applies_if=step_free)
    criteria["toilet-alarm"] = replace(criteria["toilet-alarm"], applies_if=surface)
    return replace(OWN, criteria=criteria)


def test_what_rules_out_a_parent_rules_out_its_children_answered_or_not() -> None:
    alarm = Answer("toilet-alarm", value=False)
    surface = Answer("entrance-ramp-surface", value=True)
    for answers in ((STEPS, surface, alarm), (STEPS, alarm), (STEPS,)):
        assert judged(*answers, checklist=chained())[Spot("toilet-alarm")].outcome is NOT_APPLICABLE
    assert judged(RAMP, surface, alarm, checklist=chained())[Spot("toilet-alarm")].outcome is FAIL


# What is in the findings of an audit.


def test_every_criterion_that_applies_has_a_finding_at_main_and_the_unanswered_are_not_checked() -> None:
    found = judged(kind="pharmacy")
    applying = {Spot(c.id) for c in OWN.criteria.values() if "pharmacy" in c.applies_to}
    assert set(found) == applying
    assert {each.outcome for each in found.values()} == {NOT_CHECKED}
    assert all(each.value is None and each.limit is None for each in found.values())


def test_another_place_has_findings_only_for_what_was_answered_there() -> None:
    found = judged(Answer("entrance-door-width", place="second-door", value=1))
    assert [spot for spot in found if spot.place != "main"] == [Spot("entrance-door-width", "second-door")]
    assert found[Spot("entrance-door-width")].outcome is NOT_CHECKED


def test_a_criterion_of_another_kind_of_facility_is_not_applicable_if_it_was_answered_all_the_same() -> None:
    found = judged(Answer("service-exam-couch", value=False), kind="pharmacy")
    assert found[Spot("service-exam-couch")].outcome is NOT_APPLICABLE


@pytest.mark.parametrize("state", ["not_applicable", "not_checked"])
def test_an_inspectors_mark_is_the_outcome_and_keeps_the_note(state: Any) -> None:
    found = finding(Answer("approach-curb-ramp", state=state, note="snow"))
    assert (found.outcome, found.note, found.value, found.unit) == (state, "snow", None, None)


def test_a_kind_of_facility_that_the_checklist_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        judged(kind="stadium")
    (fault,) = refused.value.faults
    assert fault.pointer == "/checklist"
    assert "polyclinic" in fault.accepted


# What is refused.

REFUSED = {
    "words for a number": (Answer("entrance-door-width", value="wide"), "/value"),
    "yes for a number": (Answer("entrance-door-width", value=True), "/value"),
    "a ratio in words where a length stands": (Answer("entrance-door-width", value="1:12"), "/value"),
    "a length below nothing": (Answer("entrance-door-width", value=-0.9), "/value"),
    "not a number": (Answer("entrance-door-width", value=math.nan), "/value"),
    "endless": (Answer("entrance-door-width", value=math.inf), "/value"),
    "an integer beyond floats": (Answer("entrance-door-width", value=10**400), "/value"),
    "an integer just within floats": (Answer("entrance-door-width", value=10**308), "/value"),
    "a door of 900 m": (Answer("entrance-door-width", value=900), "/value"),
    "centimetres typed as metres": (Answer("entrance-door-width", value=90), "/value"),
    "a step of 11 m": (Answer("entrance-threshold", value=1100), "/value"),
    "steeper than a wall": (Answer("approach-curb-slope", value=90, unit="degrees"), "/value"),
    "steeper than 45 degrees": (Answer("approach-curb-slope", value=101), "/value"),
    "a ratio of nothing": (Answer("approach-curb-slope", value="1:0", unit="ratio"), "/value"),
    "a unit of something else": (Answer("entrance-door-width", value=1, unit="percent"), "/unit"),
    "a unit nobody knows": (Answer("entrance-door-width", value=1, unit="feet"), "/unit"),
    "half an entrance": (Answer("toilet-present", value=1.5), "/value"),
    "fewer than none": (Answer("toilet-present", value=-1), "/value"),
    "a million entrances": (Answer("toilet-present", value=1_000_000), "/value"),
    "a count that is no number": (Answer("toilet-present", value=math.nan), "/value"),
    "yes for a count": (Answer("toilet-present", value=True), "/value"),
    "a count in metres": (Answer("toilet-present", value=1, unit="m"), "/unit"),
    "one for yes": (Answer("approach-path-surface", value=1), "/value"),
    "yes with a unit": (Answer("approach-path-surface", value=True, unit="m"), "/unit"),
    "an option nobody offered": (Answer("entrance-step-free", value="rope"), "/value"),
    "yes for a choice": (Answer("entrance-step-free", value=True), "/value"),
    "a choice with a unit": (Answer("entrance-step-free", value="ramp", unit="m"), "/unit"),
    "neither value nor state": (Answer("entrance-step-free"), ""),
    "both value and state": (Answer("entrance-step-free", value="ramp", state="not_checked"), ""),
    "a verdict": (Answer("entrance-step-free", state="pass"), "/state"),
    "a share without the whole": (Answer("parking-spaces", value=1), "/of"),
    "a share of half a space": (Answer("parking-spaces", value=1, of=0.5), "/of"),
    "a share of fewer than none": (Answer("parking-spaces", value=1, of=-1), "/of"),
    "a share of nobody knows": (Answer("parking-spaces", value=1, of=math.nan), "/of"),
    "a whole where no share stands": (Answer("entrance-door-width", value=1, of=3), "/of"),
    "a criterion of no checklist": (Answer("roof-height", value=1), "/criterion"),
}


@pytest.mark.parametrize(("answer", "pointer"), REFUSED.values(), ids=REFUSED)
def test_an_answer_that_cannot_be_is_refused_where_it_is_wrong(answer: Any, pointer: str) -> None:
    (fault,) = faults(Answer("approach-path-surface", place="elsewhere", value=True), answer)
    assert fault.pointer == f"/answers/1{pointer}"
    assert fault.reason
    assert fault.accepted


def test_all_wrong_answers_are_refused_at_once() -> None:
    answers = [answer for answer, _ in REFUSED.values()]
    places = [answer._replace(place=f"p{index}") for index, answer in enumerate(answers)]
    assert [f.pointer for f in faults(*places)] == [
        f"/answers/{index}{pointer}" for index, (_, pointer) in enumerate(REFUSED.values())
    ]


def test_one_answer_can_be_wrong_in_several_ways() -> None:
    answer = Answer("parking-spaces", value=1.5, relaxed=True)
    assert {f.pointer for f in faults(answer)} == {"/answers/0/value", "/answers/0/of", "/answers/0/relaxed"}


def test_two_answers_for_one_criterion_at_one_place_are_refused() -> None:
    (fault,) = faults(RAMP, STEPS)
    assert (fault.pointer, fault.reason) == ("/answers/1", "answered already by /answers/0")
    judged(RAMP, STEPS._replace(place="back"))


@pytest.mark.parametrize(
    ("name", "largest"),
    [
        ("entrance-door-width", 45),
        ("entrance-threshold", 1000),
        ("parking-distance", 1000),
        ("entrance-ramp-slope", 100),
        ("entrance-call-response", 1440),
    ],
)
def test_what_is_believed_depends_on_what_is_asked_for(name: str, largest: Any) -> None:
    assert largest_reading(OWN.criteria[name]) == largest
    assert finding(Answer(name, value=largest)).value == largest
    assert faults(Answer(name, value=largest * 1.001))


# Whatever comes.

METRES = [c.id for c in OWN.criteria.values() if c.unit == "m"]


@given(name=st.sampled_from(METRES), millimetres=st.integers(0, 9_999))
def test_pass_or_fail_does_not_depend_on_the_unit_the_inspector_used(name: str, millimetres: Any) -> None:
    as_read = (
        (millimetres / 1000, "m"),
        (millimetres / 10, "cm"),
        (millimetres, "mm"),
        (millimetres / 1000, None),
    )
    found = {finding(Answer(name, value=value, unit=unit)) for value, unit in as_read}
    assert len(found) == 1


def an_answer() -> st.SearchStrategy[Answer]:
    values: st.SearchStrategy[Any] = (
        st.none() | st.booleans() | st.integers() | st.floats() | st.floats(0, 3)
        | st.sampled_from(["ramp", "level", "none", "1:12", ""])
    )  # fmt: skip
    return st.builds(
        Answer,
        criterion=st.sampled_from([*OWN.criteria, "ghost"]),
        place=st.sampled_from(["main", "back"]),
        value=values,
        unit=st.sampled_from([None, None, "m", "cm", "percent", "ratio", "feet", "spaces"]),
        state=st.sampled_from([None, None, None, "not_checked", "not_applicable", "pass"]),
        of=st.none() | st.integers(0, 100) | st.floats(),
        relaxed=st.booleans(),
        reason=st.sampled_from([None, "narrow"]),
    )


@settings(max_examples=300)
@given(answers=st.lists(an_answer(), max_size=8), kind=st.sampled_from(list(OWN.kinds)))
def test_any_answers_are_judged_or_refused_with_pointers(answers: Any, kind: str) -> None:
    try:
        found = judge_all(OWN, kind, answers)
    except InvalidInput as refused:
        pointers = [fault.pointer for fault in refused.faults]
    else:
        assert all(each.outcome in Outcome for each in found.values())
        return
    assert pointers
    assert all(pointer.startswith("/answers/") for pointer in pointers)


GOOD = [
    RAMP,
    SLOPE_TOO_STEEP,
    STEPS._replace(place="back"),
    SLOPE_TOO_STEEP._replace(place="back"),
    Answer("toilet-present", value=0),
    Answer("toilet-alarm", value=True),
    Answer("entrance-call-button", value=False),
    Answer("entrance-call-height", value=0.9),
    Answer("parking-spaces", value=1, of=30),
    Answer("route-lift-or-ground", state="not_applicable"),
    Answer("route-lift-works", place="back", value=False),
]


@given(answers=st.permutations(GOOD))
def test_the_order_of_answers_changes_nothing(answers: Any) -> None:
    assert judged(*answers) == judged(*GOOD)


@given(value=st.floats(0, 100))
def test_what_passes_an_ordinary_limit_passes_the_relaxed_one(value: Any) -> None:
    rule = OWN.criteria["entrance-ramp-slope"].rule
    assert passes(rule, value, relaxed=True) or not passes(rule, value)


@given(total=st.integers(0, 5_000))
def test_a_share_asks_for_one_more_with_every_started_number(total: Any) -> None:
    rule = OWN.criteria["parking-spaces"].rule
    needed = -(-total // 25)
    assert passes(rule, needed, of=total)
    assert needed == 0 or not passes(rule, needed - 1, of=total)


def test_a_value_of_another_sort_than_its_rule_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        passes(OWN.criteria["entrance-ramp-slope"].rule, "steep")


# Obstruction.


def test_a_fail_obstructs_by_its_severity_unless_the_criterion_says_otherwise() -> None:
    assert block_of(OWN.criteria["entrance-ramp-slope"], "wheelchair", OWN) == 0.8
    assert block_of(OWN.criteria["entrance-threshold"], "wheelchair", OWN) == 0.6
    assert block_of(OWN.criteria["entrance-threshold"], "mobility", OWN) == 0.3


def test_a_fail_obstructs_no_group_that_it_does_not_affect() -> None:
    assert block_of(OWN.criteria["entrance-ramp-slope"], "hearing", OWN) == 0


def test_a_group_that_a_criterion_leaves_out_of_its_own_shares_counts_by_severity() -> None:
    partly = replace(OWN.criteria["entrance-threshold"], block={"wheelchair": 0.6})
    assert block_of(partly, "mobility", OWN) == OWN.severity_block[Severity.SIGNIFICANT]


@pytest.mark.parametrize(
    ("entrances", "accessible", "enough"),
    [
        *((1, 1, True), (2, 1, True), (2, 0, False)),
        *((3, 1, False), (3, 2, True), (5, 2, True)),
        *((6, 2, False), (6, 3, True), (7, 3, False), (7, 4, True)),
    ],
)
def test_of_one_or_two_entrances_one_of_three_to_five_two_and_of_more_half_are_enough(
    entrances: int, accessible: int, enough: bool
) -> None:
    rule = OWN.criteria["entrance-accessible-count"].rule
    assert passes(rule, accessible, of=entrances) is enough


def test_the_limit_of_a_share_with_steps_says_what_it_comes_to() -> None:
    criterion = OWN.criteria["entrance-accessible-count"]
    assert limit_text(criterion, of=4) == "≥ 1 / 2 (4: ≥ 2)"
    assert limit_text(criterion, of=9) == "≥ 1 / 2 (9: ≥ 5)"
