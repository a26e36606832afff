from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.errors import InvalidInput
from inspection.notices.planning import plan, stage_day
from inspection.notices.stages import Recipient, read_stages, stages
from inspection.telling import Say

TOLD, DUE = date(2026, 2, 2), date(2026, 4, 6)
OPERATOR = stages().for_(Recipient.OPERATOR)


def planned(today: date, decided: set[str] | None = None, told_on: date = TOLD) -> tuple[str | None, list[str]]:
    found = plan(OPERATOR, told_on=told_on, due_on=DUE, decided=decided or set(), today=today)
    return (found.send.name if found.send else None), [stage.name for stage in found.superseded]


def test_nothing_is_due_before_the_first_stage() -> None:
    assert planned(DUE - timedelta(days=11)) == (None, [])


def test_a_stage_is_due_on_its_day() -> None:
    assert planned(DUE - timedelta(days=10)) == ("ten_days_before", [])
    assert planned(DUE + timedelta(days=1), {"ten_days_before", "five_days_before"}) == ("overdue", [])


def test_a_missed_day_is_made_up_for_on_the_next() -> None:
    assert planned(DUE - timedelta(days=7)) == ("ten_days_before", [])


def test_of_several_missed_stages_only_the_most_urgent_goes_out() -> None:
    assert planned(DUE + timedelta(days=20)) == ("overdue", ["ten_days_before", "five_days_before"])


def test_what_was_sent_is_not_due_again() -> None:
    assert planned(DUE - timedelta(days=9), {"ten_days_before"}) == (None, [])


def test_a_stage_that_a_later_one_overtook_is_never_sent_afterwards() -> None:
    assert planned(DUE + timedelta(days=2), {"ten_days_before", "overdue"}) == (None, ["five_days_before"])


def test_stages_before_the_prescription_do_not_exist() -> None:
    late = DUE - timedelta(days=7)
    assert planned(DUE - timedelta(days=6), told_on=late) == (None, [])
    assert planned(DUE - timedelta(days=5), told_on=late) == ("five_days_before", [])
    assert planned(DUE - timedelta(days=5), told_on=DUE - timedelta(days=5)) == (None, [])


def test_the_akimat_hears_after_ten_and_thirty_days() -> None:
    akimat = [(stage.name, stage.days) for stage in stages().for_(Recipient.AKIMAT)]
    assert akimat == [("overdue_10_days", 10), ("overdue_30_days", 30)]


def test_every_act_that_people_are_told_of_has_a_stage() -> None:
    assert all(stages().telling(say) for say in Say)


@given(st.sets(st.integers(0, 119)))
def test_whatever_days_were_missed_each_stage_is_decided_once_and_in_order(missed: set[int]) -> None:
    decided: list[str] = []
    sent: list[str] = []
    for n in range(121):
        if n in missed:
            continue
        found = plan(OPERATOR, told_on=TOLD, due_on=DUE, decided=decided, today=TOLD + timedelta(days=n))
        decided += [stage.name for stage in found.superseded]
        if found.send:
            decided.append(found.send.name)
            sent.append(found.send.name)
    assert sorted(decided) == sorted(stage.name for stage in OPERATOR)  # the last day is looked at
    assert sent[-1] == "overdue"
    assert [name for name in (s.name for s in OPERATOR) if name in sent] == sent


def test_a_day_past_the_calendar_never_comes() -> None:
    assert stage_day(30, date.max) == date.max


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("stages: []", "/stages"),
        ("- a", "/stages"),
        ("stages: [x]", "/stages/0"),
        ("stages: [{name: a, days: 1, to: [mayor]}]", "/stages/0/to"),
        ("stages: [{name: a, days: 1, to: []}]", "/stages/0/to"),
        ("stages: [{name: a, days: true, to: [akimat]}]", "/stages/0/days"),
        ("stages: [{name: a, days: 0, to: [akimat]}]", "/stages/0/days"),
        ("stages: [{name: a, act: shouted, to: [akimat]}]", "/stages/0/act"),
        ("stages: [{name: a, act: released, days: 3, to: [akimat]}]", "/stages/0"),
        ("stages: [{name: a, to: [akimat]}]", "/stages/0"),
        ("stages: [{name: a, days: 1, to: [akimat], when: now}]", "/stages/0/when"),
        ("stages: [{days: 1, to: [akimat]}]", "/stages/0/name"),
        ("stages: [{name: a, days: 1, to: [akimat]}, {name: a, days: 2, to: [akimat]}]", "/stages"),
    ],
)
def test_a_stage_that_nobody_knows_is_refused_by_its_place(text: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_stages(text)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
