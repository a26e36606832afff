import pytest

from inspection.criteria import Condition, Severity
from inspection.history import Finding, LatestFinding, Spot
from inspection.obstruction import Obstruction, obstruction
from tests.inspection.checklists import CLINIC, PHARMACY, WHEELS, a_checklist, a_criterion
from tests.inspection.events import NA, PASS, a_finding, an_audit, day

SHARES = {"wheelchair": 0.08, "mobility": 0.42, "vision": 0.15, "hearing": 0.12, "cognitive": 0.23}
RAMP_FAULT = a_finding(Spot("ramp-slope"), zone="entrance", severity=Severity.GROSS, groups=WHEELS)
STRIP = a_finding(Spot("stair-strip"), zone="entrance", severity=Severity.SIGNIFICANT, groups=("vision",))
COUNTER = a_finding(Spot("counter"), zone="service", severity=Severity.SIGNIFICANT, groups=("wheelchair",))
NO_TOILET = a_finding(Spot("toilet-present"), zone="toilet", severity=Severity.GROSS, groups=WHEELS)
CHECKLIST = a_checklist()


def latest(*findings: Finding) -> dict[Spot, LatestFinding]:
    return {f.spot: LatestFinding(f, an_audit(1, 1).id, day(1), ("pandus-criteria", "1")) for f in findings}


def of(*findings: Finding, kind: str = CLINIC) -> Obstruction:
    return obstruction(CHECKLIST, kind, latest(*findings))


def a_month(seen: Obstruction, visits: float = 500) -> float:
    """Obstructed visits a month, as the worked example of the domain notes reckons them."""
    return visits * sum(share * seen.by_group[group] for group, share in SHARES.items())


def test_the_worked_example_comes_out() -> None:
    seen = of(RAMP_FAULT, STRIP, COUNTER, NO_TOILET)
    assert list(seen.by_group) == ["wheelchair", "mobility", "vision", "hearing", "cognitive"]
    assert list(seen.by_group.values()) == pytest.approx([0.88, 0.84, 0.25, 0, 0])
    assert a_month(seen) == pytest.approx(230.35)
    without_ramp = a_month(of(STRIP, COUNTER, NO_TOILET))
    assert (without_ramp, a_month(seen) - without_ramp) == pytest.approx((76.75, 153.6))


def test_the_gain_of_a_repair_is_what_its_fault_alone_obstructs() -> None:
    seen = of(RAMP_FAULT, STRIP, COUNTER, NO_TOILET)
    without = of(STRIP, COUNTER, NO_TOILET)
    gain = {group: seen.by_group[group] - without.by_group[group] for group in WHEELS}
    assert seen.gains[RAMP_FAULT.spot] == pytest.approx(gain)
    assert set(seen.gains[STRIP.spot]) == {"vision"}


def test_two_faults_of_one_zone_stop_the_same_visit_so_either_repair_alone_gains_nothing() -> None:
    twin = a_finding(Spot("ramp-width"), zone="entrance", severity=Severity.GROSS, groups=WHEELS)
    seen = of(RAMP_FAULT, twin)
    assert seen.by_group["wheelchair"] == pytest.approx(0.8)
    assert seen.gains[twin.spot] == {"wheelchair": 0.0, "mobility": 0.0}


def test_the_worst_fault_of_a_zone_counts_in_whatever_order_they_are_listed() -> None:
    minor = [
        a_finding(Spot(mark), zone="entrance", severity=Severity.MINOR, groups=WHEELS)
        for mark in ("a-mark", "z-mark")
    ]
    assert of(*minor, RAMP_FAULT).by_group == of(RAMP_FAULT).by_group


def test_one_fault_at_two_places_counts_once() -> None:
    east = a_finding(Spot("ramp-slope", "east"), zone="entrance", severity=Severity.GROSS, groups=WHEELS)
    assert of(RAMP_FAULT, east).by_group == of(RAMP_FAULT).by_group


def test_the_use_of_a_zone_is_that_of_the_kind_else_of_any_kind() -> None:
    assert of(NO_TOILET).by_group["wheelchair"] == pytest.approx(0.2)
    assert of(NO_TOILET, kind=PHARMACY).by_group["wheelchair"] == 0.0
    assert of(RAMP_FAULT, kind=PHARMACY).by_group["wheelchair"] == pytest.approx(0.8)


def test_a_criterions_own_block_goes_before_its_severity() -> None:
    threshold = a_criterion("ramp-slope", groups=WHEELS, block={"wheelchair": 0.6})
    seen = obstruction(a_checklist(threshold), CLINIC, latest(RAMP_FAULT))
    assert (seen.by_group["wheelchair"], seen.by_group["mobility"]) == pytest.approx((0.6, 0.8))


def test_a_zone_nobody_knows_the_use_of_is_passed_on_every_visit() -> None:
    porch = a_finding(Spot("old-step"), zone="porch", severity=Severity.GROSS, groups=("wheelchair",))
    assert of(porch).by_group["wheelchair"] == pytest.approx(0.8)


def test_only_fails_obstruct() -> None:
    seen = of(a_finding(Spot("door"), PASS), a_finding(Spot("step"), NA))
    assert (set(seen.by_group.values()), seen.gains) == ({0.0}, {})


def test_nothing_measured_is_told_apart_from_nothing_in_the_way() -> None:
    assert of().measured == frozenset()
    assert of(a_finding(Spot("step"), NA)).measured == frozenset()
    assert of(a_finding(Spot("door"), PASS, groups=WHEELS)).measured == frozenset(WHEELS)


def test_the_fault_of_a_ramp_that_is_gone_obstructs_nobody() -> None:
    slope = a_criterion("ramp-slope", applies_if=Condition("step-free", among=("ramp",)))
    checklist = a_checklist(a_criterion("step-free"), slope)
    level = a_finding(Spot("step-free"), PASS, value="level")
    assert obstruction(checklist, CLINIC, latest(RAMP_FAULT, level)).by_group["wheelchair"] == 0.0
