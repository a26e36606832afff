from collections.abc import Mapping
from datetime import datetime

import pytest

from inspection.barriers import holds
from inspection.criteria import Checklist, Condition, Severity
from inspection.history import DecisionKind, Finding, LatestFinding, Outcome, Spot
from inspection.passport import Access, Passport, passport
from tests.inspection.checklists import CLINIC, CRITICAL, OTHERS, PHARMACY, WHEELS, a_checklist, a_criterion
from tests.inspection.events import FAIL, NA, PASS, RAMP, a_decision, a_finding, an_audit, day, on, settled

GROSS, SIGNIFICANT, MINOR = Severity.GROSS, Severity.SIGNIFICANT, Severity.MINOR
ONE_EACH = a_checklist(*(a_criterion(zone, zone, GROSS) for zone in (*CRITICAL, *OTHERS)))
RAMPS = a_checklist(
    a_criterion("step-free", severity=GROSS),
    a_criterion("ramp-slope", severity=GROSS, applies_if=Condition("step-free", among=("ramp",))),
)


def word(finding: Finding, at: float = 1) -> LatestFinding:
    return LatestFinding(finding, an_audit(1, at).id, day(at), ("pandus-criteria", "1"))


def latest(*words: LatestFinding) -> dict[Spot, LatestFinding]:
    return {w.finding.spot: w for w in words}


def said(checklist: Checklist, outcomes: Mapping[str, Outcome], at: float = 1) -> dict[Spot, LatestFinding]:
    """Findings as the checklist's own criteria judge them, all at the main place."""
    return latest(
        *(
            word(
                a_finding(
                    Spot(id),
                    outcome,
                    zone=checklist.criteria[id].zone,
                    severity=checklist.criteria[id].severity,
                    groups=checklist.criteria[id].groups,
                ),
                at,
            )
            for id, outcome in outcomes.items()  # noqa: A001
        )
    )


def the_passport(
    checklist: Checklist,
    words: Mapping[Spot, LatestFinding],
    *,
    kind: str = CLINIC,
    alternatives: Mapping[str, tuple[str, datetime]] | None = None,
) -> Passport:
    return passport(checklist, kind, words, alternatives or {})


def entrance(seen: Passport, group: str = "wheelchair") -> Access:
    return seen.zones[group]["entrance"].access


class TestZones:
    def test_a_gross_fail_blocks(self) -> None:
        checklist = a_checklist(a_criterion("door", severity=GROSS))
        assert entrance(the_passport(checklist, said(checklist, {"door": FAIL}))) is Access.BLOCKED

    def test_a_gross_criterion_not_checked_makes_the_zone_unknown_whatever_else_fails(self) -> None:
        checklist = a_checklist(a_criterion("door", severity=GROSS), a_criterion("mat"))
        seen = the_passport(checklist, said(checklist, {"mat": FAIL}))
        assert entrance(seen) is Access.UNKNOWN
        assert seen.zones["wheelchair"]["entrance"].unchecked_gross == ("door",)

    def test_a_gross_fail_blocks_even_where_another_gross_criterion_was_not_checked(self) -> None:
        checklist = a_checklist(a_criterion("door", severity=GROSS), a_criterion("step", severity=GROSS))
        assert entrance(the_passport(checklist, said(checklist, {"step": FAIL}))) is Access.BLOCKED

    def test_a_significant_fail_makes_the_zone_partial(self) -> None:
        checklist = a_checklist(a_criterion("door", severity=GROSS), a_criterion("mat"))
        assert entrance(the_passport(checklist, said(checklist, {"door": PASS, "mat": FAIL}))) is Access.PARTIAL

    @pytest.mark.parametrize(("looked_at", "state"), [(3, Access.UNKNOWN), (4, Access.FULL), (5, Access.FULL)])
    def test_below_80_percent_looked_at_a_zone_is_unknown(self, looked_at: int, state: Access) -> None:
        checklist = a_checklist(*(a_criterion(f"c{n}") for n in range(5)))
        seen = the_passport(checklist, said(checklist, {f"c{n}": PASS for n in range(looked_at)}))
        assert entrance(seen) is state
        assert (seen.zones["wheelchair"]["entrance"].checked, 5) == (looked_at, len(checklist.criteria))

    def test_what_is_not_applicable_counts_neither_as_checked_nor_as_asked(self) -> None:
        checklist = a_checklist(*(a_criterion(f"c{n}") for n in range(6)))
        outcomes = {"c0": NA, "c1": NA, "c2": PASS, "c3": PASS, "c4": PASS}
        seen = the_passport(checklist, said(checklist, outcomes)).zones["wheelchair"]["entrance"]
        assert (seen.access, seen.checked, seen.applicable) == (Access.UNKNOWN, 3, 4)

    def test_minor_fails_are_listed_and_lower_nothing(self) -> None:
        checklist = a_checklist(a_criterion("mark", severity=MINOR))
        seen = the_passport(checklist, said(checklist, {"mark": FAIL}))
        assert entrance(seen) is Access.FULL
        assert seen.zones["wheelchair"]["entrance"].barriers == (Spot("mark"),)

    def test_barriers_are_listed_worst_first(self) -> None:
        checklist = a_checklist(
            *(a_criterion(c, severity=s) for c, s in {"a": MINOR, "b": GROSS, "c": SIGNIFICANT}.items())
        )
        seen = the_passport(checklist, said(checklist, dict.fromkeys("abc", FAIL)))
        assert [spot.criterion for spot in seen.zones["wheelchair"]["entrance"].barriers] == ["b", "c", "a"]

    def test_a_fail_concerns_only_the_groups_it_names(self) -> None:
        checklist = a_checklist(a_criterion("door", severity=GROSS), a_criterion("sign", groups=("vision",)))
        seen = the_passport(checklist, said(checklist, {"door": FAIL, "sign": PASS}))
        assert (entrance(seen), entrance(seen, "vision")) == (Access.BLOCKED, Access.FULL)
        assert "entrance" not in seen.zones["hearing"]

    def test_a_zone_that_is_not_applicable_altogether_is_left_out(self) -> None:
        checklist = a_checklist(a_criterion("spaces", "parking"), a_criterion("door"))
        seen = the_passport(checklist, said(checklist, {"spaces": NA, "door": PASS}))
        assert "parking" not in seen.zones["wheelchair"]
        assert seen.site["wheelchair"] is Access.FULL


class TestAlternatives:
    CHECKLIST = a_checklist(a_criterion("door", severity=GROSS, groups=WHEELS))

    @pytest.mark.parametrize(
        ("tested", "state"), [(0, Access.BLOCKED), (1, Access.CONDITIONAL), (2, Access.CONDITIONAL)]
    )
    def test_an_alternative_helps_only_against_barriers_found_no_later(self, tested: int, state: Access) -> None:
        words = said(self.CHECKLIST, {"door": FAIL}, at=1)
        seen = the_passport(self.CHECKLIST, words, alternatives={"wheelchair": ("second_entrance", day(tested))})
        assert (entrance(seen), seen.site["wheelchair"]) == (state, state)
        assert entrance(seen, "mobility") is Access.BLOCKED

    def test_an_alternative_must_be_newer_than_every_blocking_fail(self) -> None:
        checklist = a_checklist(a_criterion("door", severity=GROSS), a_criterion("step", severity=GROSS))
        words = said(checklist, {"door": FAIL}, at=1) | said(checklist, {"step": FAIL}, at=5)
        seen = the_passport(checklist, words, alternatives={"wheelchair": ("second_entrance", day(3))})
        assert entrance(seen) is Access.BLOCKED

    def test_a_good_second_entrance_alone_does_not_mend_the_first(self) -> None:
        words = latest(word(a_finding(Spot("door"), FAIL)), word(a_finding(Spot("door", "east"), PASS)))
        seen = the_passport(self.CHECKLIST, words)
        assert entrance(seen) is Access.BLOCKED


class TestSites:
    def test_the_weakest_critical_zone_decides(self) -> None:
        all_pass = dict.fromkeys((*CRITICAL, *OTHERS), PASS)
        for zone in CRITICAL:
            seen = the_passport(ONE_EACH, said(ONE_EACH, all_pass | {zone: FAIL}))
            assert seen.site["wheelchair"] is Access.BLOCKED
        assert the_passport(ONE_EACH, said(ONE_EACH, all_pass)).site["wheelchair"] is Access.FULL

    def test_unknown_outweighs_conditional_and_blocked_outweighs_unknown(self) -> None:
        alternatives = {"wheelchair": ("second_entrance", day(2))}
        words = said(ONE_EACH, {"entrance": FAIL, "route": PASS, "service": PASS})
        assert the_passport(ONE_EACH, words, alternatives=alternatives).site["wheelchair"] is Access.UNKNOWN
        assert the_passport(ONE_EACH, words).site["wheelchair"] is Access.BLOCKED

    def test_conditional_outweighs_partial(self) -> None:
        checklist = a_checklist(a_criterion("door", severity=GROSS), a_criterion("hall", "route"))
        words = said(checklist, dict.fromkeys(("door", "hall"), FAIL))
        seen = the_passport(checklist, words, alternatives={"wheelchair": ("staff", day(2))})
        assert seen.site["wheelchair"] is Access.CONDITIONAL

    @pytest.mark.parametrize("zone", OTHERS)
    def test_the_other_zones_lower_full_to_partial_only(self, zone: str) -> None:
        words = said(ONE_EACH, dict.fromkeys((*CRITICAL, *OTHERS), PASS) | {zone: FAIL})
        seen = the_passport(ONE_EACH, words)
        assert (seen.zones["wheelchair"][zone].access, seen.site["wheelchair"]) == (
            Access.BLOCKED,
            Access.PARTIAL,
        )

    def test_a_missing_toilet_makes_a_clinic_partial_and_is_not_asked_of_a_pharmacy(self) -> None:
        checklist = a_checklist(
            a_criterion("door", severity=GROSS), a_criterion("toilet-present", "toilet", GROSS, kinds=(CLINIC,))
        )
        words = said(checklist, {"door": PASS, "toilet-present": FAIL})
        assert the_passport(checklist, words).site["wheelchair"] is Access.PARTIAL
        assert the_passport(checklist, words, kind=PHARMACY).site["wheelchair"] is Access.FULL

    def test_a_facility_with_an_unknown_toilet_is_not_called_full(self) -> None:
        words = said(ONE_EACH, dict.fromkeys(CRITICAL, PASS))
        assert the_passport(ONE_EACH, words).site["wheelchair"] is Access.PARTIAL

    def test_an_unvisited_facility_is_unknown_for_every_group(self) -> None:
        seen = the_passport(ONE_EACH, {})
        assert set(seen.site.values()) == {Access.UNKNOWN}
        assert set(seen.site) == set(ONE_EACH.groups)


class TestConditions:
    def answered(self, answer: str, at: float = 1) -> LatestFinding:
        return word(a_finding(Spot("step-free"), PASS, value=answer), at)

    def slope(self, outcome: Outcome, at: float = 1, place: str = "main") -> LatestFinding:
        return word(a_finding(Spot("ramp-slope", place), outcome), at)

    def test_a_conditional_criterion_is_asked_only_where_its_condition_holds(self) -> None:
        assert entrance(the_passport(RAMPS, latest(self.answered("level")))) is Access.FULL
        assert entrance(the_passport(RAMPS, latest(self.answered("ramp")))) is Access.UNKNOWN
        with_slope = latest(self.answered("ramp"), self.slope(PASS))
        assert entrance(the_passport(RAMPS, with_slope)) is Access.FULL

    def test_the_fail_of_a_ramp_that_is_gone_no_longer_blocks(self) -> None:
        still = latest(self.answered("ramp", at=1), self.slope(FAIL, at=1))
        gone = latest(self.answered("level", at=5), self.slope(FAIL, at=1))
        assert entrance(the_passport(RAMPS, still)) is Access.BLOCKED
        assert entrance(the_passport(RAMPS, gone)) is Access.FULL

    def test_a_fail_measured_after_its_condition_was_denied_blocks(self) -> None:
        words = latest(self.answered("level", at=1), self.slope(FAIL, at=5))
        assert entrance(the_passport(RAMPS, words)) is Access.BLOCKED

    def test_a_ramp_built_since_it_was_not_applicable_has_to_be_measured(self) -> None:
        words = latest(self.answered("ramp", at=5), self.slope(NA, at=1))
        assert entrance(the_passport(RAMPS, words)) is Access.UNKNOWN

    def test_a_level_main_entrance_does_not_take_away_a_ramp_elsewhere(self) -> None:
        words = latest(self.answered("level", at=5), self.slope(FAIL, at=1, place="east"))
        assert entrance(the_passport(RAMPS, words)) is Access.BLOCKED

    def test_what_the_inspector_called_not_applicable_on_the_same_visit_is_not_asked(self) -> None:
        words = latest(self.answered("ramp", at=1), self.slope(NA, at=1))
        assert entrance(the_passport(RAMPS, words)) is Access.FULL

    def test_a_place_without_an_answer_of_its_own_is_looked_at_under_the_main_ones(self) -> None:
        words = latest(self.answered("ramp", at=1), self.slope(NA, at=1, place="east"))
        assert entrance(the_passport(RAMPS, words)) is Access.FULL

    @pytest.mark.parametrize(
        ("value", "met"), [(1, True), (2.5, True), (0, False), ("many", False), (None, False)]
    )
    def test_at_least_compares_numbers_only(self, value: float | str | None, met: bool) -> None:
        assert holds(Condition("toilets", at_least=1), a_finding(Spot("toilets"), PASS, value=value)) is met

    def test_a_parent_that_is_not_applicable_meets_no_condition(self) -> None:
        assert not holds(Condition("lift", among=("yes",)), a_finding(Spot("lift"), NA, value="yes"))


class TestVersions:
    def test_a_fail_of_a_dropped_criterion_still_blocks_by_what_it_was_judged_with(self) -> None:
        checklist = a_checklist(a_criterion("door"))
        old = latest(word(a_finding(Spot("turnstile"), FAIL, severity=GROSS, groups=("wheelchair",))))
        seen = the_passport(checklist, said(checklist, {"door": PASS}) | old)
        assert entrance(seen) is Access.BLOCKED
        assert seen.zones["wheelchair"]["entrance"].applicable == 1

    def test_a_pass_of_a_dropped_criterion_is_no_coverage(self) -> None:
        checklist = a_checklist(a_criterion("door"))
        seen = the_passport(checklist, latest(word(a_finding(Spot("turnstile"), PASS))))
        assert (entrance(seen), seen.zones["wheelchair"]["entrance"].checked) == (Access.UNKNOWN, 0)

    def test_a_zone_the_checklist_does_not_know_is_taken_for_critical(self) -> None:
        checklist = a_checklist(a_criterion("door"))
        words = said(checklist, {"door": PASS}) | latest(word(a_finding(RAMP, FAIL, zone="porch")))
        assert the_passport(checklist, words).site["wheelchair"] is Access.BLOCKED


def test_a_waived_or_extended_barrier_still_blocks() -> None:
    checklist = a_checklist(a_criterion(RAMP.criterion, severity=GROSS))
    decisions = (
        a_decision(50, DecisionKind.EXTEND, 2, until=on(90)),
        a_decision(51, DecisionKind.WAIVE, 3),
    )
    state = settled(an_audit(1, 1, {RAMP: FAIL}), *decisions)
    assert state.violations[RAMP].open_at(day(4)) is None
    assert the_passport(checklist, state.latest).site["wheelchair"] is Access.BLOCKED
