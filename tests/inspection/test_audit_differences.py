"""Two visits compared: every change is one of a few, and nothing that nobody looked at counts as mended."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.audit_differences import Change, counted, differences

OUTCOMES = ["pass", "fail", "not_applicable", "not_checked", None]
NAMED = {
    ("pass", "fail"): Change.FOUND,
    (None, "fail"): Change.FOUND,
    ("not_checked", "fail"): Change.FOUND,
    ("fail", "fail"): Change.STANDS,
    ("fail", "pass"): Change.GONE,
    ("fail", "not_checked"): Change.UNSEEN,
    ("fail", "not_applicable"): Change.UNSEEN,
    ("fail", None): Change.UNSEEN,
    ("not_checked", "pass"): Change.FIRST,
    (None, "pass"): Change.FIRST,
    ("pass", None): Change.SAME,
    ("not_checked", "not_applicable"): Change.SAME,
}


def finding(outcome: str | None, **about: Any) -> list[dict[str, Any]]:
    return [] if outcome is None else [{"criterion": "door", "place": "main", "outcome": outcome, **about}]


@pytest.mark.parametrize(("both", "change"), NAMED.items())
def test_each_change_has_a_name(both: tuple[str | None, str | None], change: Change) -> None:
    (found,) = differences(finding(both[0]), finding(both[1]))
    assert found.change is change


def test_a_value_that_moved_within_the_norm_is_told_apart_from_one_that_did_not() -> None:
    then = finding("pass", value=0.95)
    assert [each.change for each in differences(then, finding("pass", value=1.1))] == [Change.VALUE]
    assert [each.change for each in differences(then, then)] == [Change.SAME]


def test_two_places_of_one_requirement_are_two_lines_and_the_gravest_comes_first() -> None:
    then = [*finding("fail"), {"criterion": "door", "place": "east", "outcome": "pass"}]
    now = [*finding("pass"), {"criterion": "door", "place": "east", "outcome": "fail"}]
    assert [(each.place, each.change) for each in differences(then, now)] == [
        ("east", Change.FOUND),
        ("main", Change.GONE),
    ]


outcomes = st.sampled_from([each for each in OUTCOMES if each])
findings = st.dictionaries(st.text("ab", min_size=1, max_size=3), outcomes).map(
    lambda said: [{"criterion": name, "place": "main", "outcome": outcome} for name, outcome in said.items()]
)


@given(findings, findings)
def test_nothing_is_lost_and_what_fails_now_is_found_or_stands(
    then: list[dict[str, Any]], now: list[dict[str, Any]]
) -> None:
    found = differences(then, now)
    numbers = counted(found)
    assert sum(numbers.values()) == len({each["criterion"] for each in [*then, *now]}) == len(found)
    failed = [sum(each["outcome"] == "fail" for each in visit) for visit in (then, now)]
    assert numbers[Change.FOUND] + numbers[Change.STANDS] == failed[1]
    assert numbers[Change.STANDS] + numbers[Change.GONE] + numbers[Change.UNSEEN] == failed[0]
