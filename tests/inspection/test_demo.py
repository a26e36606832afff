"""The demo region as it is drawn, before any database."""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
import shapely

from inspection.audit_documents import AuditDocument, read_audit
from inspection.criteria import AnswerKind, Checklist
from inspection.demo.calendar import Calendar
from inspection.demo.chance import chance
from inspection.demo.conditions import ABSENT, FURTHER, WEIGHTS, WORDS, draw_condition, reading
from inspection.demo.events import Fined, Issued, Ruled, Sent, Swept
from inspection.demo.founding import own_checklist
from inspection.demo.geography import DISTRICTS, areas
from inspection.demo.people import CAST, REGION, token
from inspection.demo.story import Story, tell_story, together
from inspection.history import DecisionKind, Finding, Outcome, Spot
from inspection.rules import judge_all, passes
from inspection.taxpayers import check_taxpayer_id

END = date(2026, 3, 16)
CHECKLIST = own_checklist()[1]


@cache
def story(seed: int = 1, count: int = 300) -> Story:
    """A region big enough for its shares to be what was asked for; drawn once."""
    return tell_story(seed, count, END, own_checklist())


def documents(told: Story) -> list[AuditDocument]:
    """Every audit of a story, as intake reads it."""
    return [read_audit(json.loads(event.body)) for event in told.events if isinstance(event, Sent)]


@cache
def findings(seed: int = 1) -> list[dict[Spot, Finding]]:
    """What each audit finds."""
    told = story(seed)
    kinds = {facility.id: facility.fields["kind"] for facility in told.registers.facilities}
    return [judge_all(CHECKLIST, kinds[d.facility], d.answers) for d in documents(told)]


def test_the_same_seed_and_end_give_the_same_region_to_the_last_byte() -> None:
    assert tell_story(7, 25, END, own_checklist()) == tell_story(7, 25, END, own_checklist())


def test_another_seed_gives_another_region() -> None:
    one, other = (tell_story(seed, 25, END, own_checklist()) for seed in (7, 8))
    assert {f.id for f in one.registers.facilities}.isdisjoint(f.id for f in other.registers.facilities)
    assert [e.body for e in one.events if isinstance(e, Sent)] != [
        e.body for e in other.events if isinstance(e, Sent)
    ]


@pytest.mark.parametrize("count", [1, 2, 12, 25])
def test_a_small_region_has_three_audits_for_two_facilities(count: int) -> None:
    told = tell_story(3, count, END, own_checklist())
    assert len(told.registers.facilities) == count
    assert len(documents(told)) == pytest.approx(1.5 * count, abs=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_about_four_violations_are_found_per_audit_as_published(seed: int) -> None:
    found = [sum(f.outcome is Outcome.FAIL for f in each.values()) for each in findings(seed)]
    assert 3.6 < sum(found) / len(found) < 4.8
    assert 0.1 < found.count(0) / len(found) < 0.35  # some are in order
    assert max(found) < 40


def test_most_answers_pass_and_every_outcome_occurs() -> None:
    outcomes = Counter(f.outcome for each in findings() for f in each.values())
    assert set(outcomes) == set(Outcome)
    assert outcomes[Outcome.PASS] > 5 * outcomes[Outcome.FAIL]


def test_the_grounds_are_mixed_as_published() -> None:
    grounds = Counter(d.ground.value for d in documents(story()))
    shares = {ground: number / grounds.total() for ground, number in grounds.items()}
    assert shares["preventive"] == pytest.approx(638 / 1577, abs=0.05)
    assert shares["prosecutor"] == pytest.approx(404 / 1577, abs=0.05)
    assert shares["unscheduled"] + shares["follow_up"] == pytest.approx(535 / 1577, abs=0.05)


def test_documents_hold_everything_that_an_audit_can_say() -> None:
    told = documents(story())
    answers = [answer for each in told for answer in each.answers]
    assert {"cm", "mm", "ratio"} <= {a.unit for a in answers}
    assert set(FURTHER) <= {a.place for a in answers}
    assert {"not_applicable", "not_checked"} <= {a.state for a in answers}
    assert any(a.relaxed and a.reason for a in answers)
    assert any("ә" in (a.note or "") or "қ" in (a.note or "") for a in answers)
    assert any("ы" in (a.note or "") and "қ" not in (a.note or "") for a in answers)
    for name in ("anchor", "appointment", "ersop", "fixes", "alternatives", "use", "corrects"):
        said = [bool(getattr(each, name)) for each in told]
        assert any(said), name
        assert name == "appointment" or not all(said), name


def test_every_kind_of_the_catalogue_has_its_facilities() -> None:
    kinds = Counter(facility.fields["kind"] for facility in story().registers.facilities)
    assert set(kinds) == set(CHECKLIST.kinds)
    assert kinds["school"] > kinds["pharmacy"] > kinds["prosthetic_workshop"]


def test_facilities_stand_within_their_districts() -> None:
    outlines = {a.code: shapely.from_wkb(a.boundary) for a in areas()}
    assert set(DISTRICTS) == set(outlines) - {REGION}
    placed = {facility.district for facility in story().registers.facilities}
    assert placed == set(DISTRICTS)
    for facility in story().registers.facilities:
        point = shapely.Point(facility.fields["lon"], facility.fields["lat"])
        assert outlines[facility.district].contains(point)


def test_operators_have_sound_numbers_that_nobody_else_can_have() -> None:
    operators = story().registers.operators
    numbers = [o.fields["tax_id"] for o in operators if o.fields["tax_id"]]
    assert len(numbers) == len(set(numbers)) > 0.8 * len(operators)
    for number in numbers:
        assert check_taxpayer_id(number, "KZ").digits == number
    addresses = [o.fields["notice_email"] for o in operators if o.fields["notice_email"]]
    assert all(address.endswith(".example") for address in addresses)


def test_names_say_that_they_are_invented() -> None:
    registers = story().registers
    names = [(f.fields["name_kk"], f.fields["name_ru"]) for f in registers.facilities]
    assert all("(демо)" in name for both in names for name in both)
    assert all("(демо)" in person.name for person in CAST.values())
    for operator in registers.operators:
        assert any(word in operator.fields["name_kk"] for word in ("Демо", "Үлгі"))
        assert any(word in operator.fields["name_ru"] for word in ("Демо", "Улги"))


def test_nothing_happens_before_the_founding_or_after_the_last_day() -> None:
    told = story()
    moments = [event.at for event in told.events]
    assert moments == sorted(moments)
    assert told.founded_at + timedelta(days=30) < moments[0]
    assert moments[-1].date() < END
    assert told.founded_at.date() < END - timedelta(days=730)


def test_what_is_sent_was_signed_before() -> None:
    for event in (e for e in story().events if isinstance(e, Sent)):
        said = read_audit(json.loads(event.body))
        true = said.signed_at - timedelta(seconds=CAST[event.by].skew_s)
        assert true <= event.at
        if said.anchor:
            assert said.anchor.server_time + said.anchor.elapsed == true


def test_prescriptions_decisions_and_fines_follow_what_was_sent() -> None:
    sent: dict[UUID, datetime] = {}
    kinds: Counter[DecisionKind] = Counter()
    prescribed: set[UUID] = set()
    papers: dict[UUID, datetime] = {}
    for event in story().events:
        match event:
            case Sent():
                sent[event.audit] = event.at
            case Issued():
                assert sent[event.audit] < event.at
                assert event.audit not in prescribed
                prescribed.add(event.audit)
                papers[event.prescription] = event.at
            case Fined():
                assert papers[event.prescription].date() < event.imposed_on < event.at.date()
            case Ruled():
                kinds[event.kind] += 1
    assert set(kinds) == {*DecisionKind} - {DecisionKind.CONFIRM, DecisionKind.REVOKE}
    assert 0.38 < len(prescribed) / len(sent) < 0.69  # as published


def test_one_group_is_of_one_moment_one_person_and_at_most_fifty() -> None:
    groups = list(together(story().events))
    assert [event for group in groups for event in group] == list(story().events)
    for group in groups:
        assert len({(event.at, type(event), getattr(event, "by", "")) for event in group}) == 1
        assert len(group) <= 50


def test_the_calendar_sweeps_at_even_distances() -> None:
    sweeps = Calendar(chance(1, "calendar"), END).sweeps()
    assert {type(e) for e in story().events} == {Sent, Issued, Ruled, Fined, Swept}
    assert len({later - earlier for earlier, later in pairwise(sweeps)}) == 1


def test_tokens_are_plainly_marked_and_follow_from_the_seed() -> None:
    assert token(1, "demo-head") == token(1, "demo-head") != token(2, "demo-head")
    assert token(1, "demo-head").startswith("demo-head-")
    assert len(token(1, "demo-head")) == len("demo-head-") + 8


def test_what_the_tables_of_the_demo_name_is_in_the_catalogue() -> None:
    assert set(WEIGHTS) <= set(CHECKLIST.criteria)
    assert {zone for zone, _ in FURTHER.values()} <= set(CHECKLIST.zones)
    assert all(any(c.startswith(start) for c in CHECKLIST.criteria) for start in ABSENT)
    options = {word for c in CHECKLIST.criteria.values() for word in c.rule.options}
    assert set(WORDS) <= options


@pytest.mark.parametrize("good", [True, False])
def test_a_reading_is_as_good_or_bad_as_it_was_asked_for(good: bool) -> None:
    source = chance(1, "readings")
    for criterion in CHECKLIST.criteria.values():
        for _ in range(40):
            held = reading(source, criterion, good=good, of=30)
            assert passes(criterion.rule, held, of=30 if criterion.rule.op == "min_per" else None) is good, (
                criterion
            )


def test_a_facility_in_disrepair_fails_more_often() -> None:
    def failing(disrepair: float) -> int:
        conditions = [draw_condition(chance(1, n), "polyclinic", CHECKLIST, disrepair) for n in range(20)]
        return sum(not c.passes(spot) for c in conditions for spot in c.asked())

    assert failing(0) == 0 < failing(0.5) < failing(3)


def test_a_criterion_is_asked_only_where_its_condition_holds() -> None:
    condition = draw_condition(chance(1, "ramp"), "polyclinic", CHECKLIST, 0)
    ramp, slope = Spot("entrance-step-free"), Spot("entrance-ramp-slope")
    asked: dict[Any, bool] = {}
    for word in ("ramp", "level"):
        condition.readings[ramp] = word
        asked[word] = slope in set(condition.asked())
    assert asked == {"ramp": True, "level": False}


def test_counts_are_whole() -> None:
    counted = [c for c in CHECKLIST.criteria.values() if c.kind is AnswerKind.COUNT]
    assert counted
    for criterion in counted:
        assert isinstance(reading(chance(1), criterion, good=True, of=30), int)


def test_the_checklist_is_the_products_own() -> None:
    made, checklist = own_checklist()
    assert isinstance(made, UUID)
    assert isinstance(checklist, Checklist)
    assert len(checklist.criteria) == 90
