from datetime import date, timedelta
from typing import Any

import pytest

from inspection.tables.use_records import UseSource
from inspection.use_claims import LONGEST_PERIOD, MOST, Claim, faults

TODAY = date(2026, 3, 16)
A_MONTH: dict[str, Any] = {"period_from": date(2026, 2, 1), "period_to": date(2026, 3, 1)}
PLAIN: dict[UseSource, dict[str, Any]] = {
    UseSource.COUNTED: {"visits": 40, **A_MONTH},
    UseSource.TICKETS: {"visits": 40, **A_MONTH},
    UseSource.OBSERVED: {"visits": 0, "period_from": TODAY, "period_to": TODAY + timedelta(days=1)},
    UseSource.STATEMENT: {"period_from": TODAY, "period_to": date(2027, 3, 16)},
    UseSource.REGISTER: {"clients": 800, "period_from": date(2026, 1, 1)},
    UseSource.COMPLAINT: {"period_from": TODAY},
}


def wrong(source: UseSource, **about: Any) -> list[str]:
    return [fault.pointer for fault in faults(Claim(source, **PLAIN[source] | about), TODAY)]


@pytest.mark.parametrize("source", list(UseSource))
def test_every_kind_of_evidence_can_be_said_plainly(source: UseSource) -> None:
    assert wrong(source) == []


@pytest.mark.parametrize("completeness", [0, -0.5, 1.01, float("nan"), float("inf")])
def test_a_completeness_of_nothing_or_of_more_than_all_is_refused(completeness: float) -> None:
    assert wrong(UseSource.COUNTED, completeness=completeness) == ["/completeness"]


def test_only_counts_can_be_incomplete() -> None:
    assert wrong(UseSource.TICKETS, completeness=0.5) == []
    assert wrong(UseSource.REGISTER, completeness=0.5) == ["/completeness"]
    assert wrong(UseSource.REGISTER, completeness=1.0) == []


def test_negative_and_absurd_numbers_are_refused() -> None:
    assert wrong(UseSource.COUNTED, visits=-1) == ["/visits"]
    assert wrong(UseSource.COUNTED, visits=MOST + 1) == ["/visits"]
    assert wrong(UseSource.REGISTER, clients=-1) == ["/clients"]
    assert wrong(UseSource.COUNTED, groups={"vision": -1}) == ["/groups/vision"]


@pytest.mark.parametrize(
    ("about", "pointer"),
    [
        ({"period_from": TODAY + timedelta(days=1), "period_to": TODAY + timedelta(days=9)}, "/period_from"),
        ({"period_to": TODAY + timedelta(days=2)}, "/period_to"),
        ({"period_to": date(2026, 1, 31)}, "/period_to"),
        ({"period_to": date(2026, 2, 1)}, "/period_to"),
        ({"period_to": None}, "/period_to"),
        ({"period_from": date(2026, 3, 1) - timedelta(days=LONGEST_PERIOD + 1)}, "/period_to"),
    ],
)
def test_a_period_in_the_future_backwards_empty_open_or_too_long_is_refused(
    about: dict[str, Any], pointer: str
) -> None:
    assert wrong(UseSource.COUNTED, **about)[0] == pointer


def test_a_statement_holds_for_a_year_at_most_and_into_the_future() -> None:
    assert wrong(UseSource.STATEMENT, period_to=TODAY + timedelta(days=366)) == []
    assert wrong(UseSource.STATEMENT, period_to=TODAY + timedelta(days=367)) == ["/period_to"]
    assert wrong(UseSource.STATEMENT, period_to=None) == ["/period_to"]
    assert wrong(UseSource.STATEMENT, visits=1) == ["/visits"]
    assert wrong(UseSource.STATEMENT, argument="Вокруг только промзона.") == []


def test_people_on_a_register_are_no_visits_and_visits_are_no_people() -> None:
    assert wrong(UseSource.REGISTER, visits=3) == ["/visits"]
    assert wrong(UseSource.REGISTER, clients=None) == ["/clients"]
    assert wrong(UseSource.COUNTED, clients=3) == ["/clients"]
    assert wrong(UseSource.COUNTED, visits=None) == ["/visits"]
    assert wrong(UseSource.COUNTED, argument="потому") == ["/argument"]


def test_a_complaint_is_of_one_visit_on_one_day() -> None:
    assert wrong(UseSource.COMPLAINT, visits=1, period_to=TODAY, groups={"wheelchair": 1}) == []
    assert wrong(UseSource.COMPLAINT, visits=2) == ["/visits"]
    assert wrong(UseSource.COMPLAINT, period_from=TODAY - timedelta(days=1), period_to=TODAY) == ["/period_to"]
    assert wrong(UseSource.COMPLAINT, groups={"wheelchair": 1, "vision": 1}) == ["/groups"]


@pytest.mark.parametrize(
    "text", ["тел. +7 (700) 000-00-00", "ИИН 000000000000", "zhalgas@example.kz", "ЖСН 00 00 00 00 00 00"]
)
def test_a_complaint_is_kept_without_who_complained(text: str) -> None:
    assert wrong(UseSource.COMPLAINT, source_text=text) == ["/source_text"]
    assert wrong(UseSource.COMPLAINT, reference=text) == ["/reference"]


@pytest.mark.parametrize("text", ["ЗТ-2026-00012345", "№ 14-2/118 от 16.03.2026", "портал обращений"])
def test_the_number_of_a_case_is_no_number_of_a_person(text: str) -> None:
    assert wrong(UseSource.COMPLAINT, reference=text) == []


def test_groups_are_parts_of_what_was_counted() -> None:
    assert wrong(UseSource.COUNTED, groups={"wheelchair": 20, "vision": 20}) == []
    assert wrong(UseSource.COUNTED, groups={"wheelchair": 20, "vision": 21}) == ["/groups"]
    assert wrong(UseSource.REGISTER, groups={"wheelchair": 801}) == ["/groups"]
    assert wrong(UseSource.STATEMENT, groups={"wheelchair": 0}) == []
    assert wrong(UseSource.COUNTED, groups={"deaf": 1}) == ["/groups/deaf"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    about = {"visits": -1, "completeness": 2, "period_to": date(2026, 1, 1), "reference": "x" * 121}
    assert wrong(UseSource.COUNTED, **about) == ["/visits", "/completeness", "/period_to", "/reference"]
