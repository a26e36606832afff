from dataclasses import replace
from datetime import date

import pytest

from inspection.use_states import Statement, UseState, catchment_ratio, holding, state_of_use

SIGNED = Statement(date(2026, 1, 10), countersigned=True)
TODAY = date(2026, 6, 1)


def test_a_countersigned_statement_holds_for_a_year_at_most() -> None:
    assert holding([SIGNED], [], date(2027, 1, 10)) is SIGNED
    assert holding([SIGNED], [], date(2027, 1, 11)) is None
    assert holding([replace(SIGNED, valid_until=date(2030, 1, 1))], [], date(2027, 1, 11)) is None
    assert holding([replace(SIGNED, valid_until=date(2026, 3, 1))], [], TODAY) is None


def test_a_statement_holds_neither_before_it_is_signed_nor_without_the_second_signature() -> None:
    assert holding([SIGNED], [], date(2026, 1, 9)) is None
    assert holding([replace(SIGNED, countersigned=False)], [], TODAY) is None


def test_a_later_visit_or_complaint_cancels_a_statement_and_an_earlier_one_does_not() -> None:
    assert holding([SIGNED], [date(2026, 1, 11)], TODAY) is None
    assert holding([SIGNED], [date(2026, 1, 10)], TODAY) is SIGNED


def test_a_statement_after_the_visit_holds_again() -> None:
    again = replace(SIGNED, signed_on=date(2026, 3, 1))
    assert holding([SIGNED, again], [date(2026, 2, 1)], TODAY) is again


def test_a_blocked_site_is_believed_only_with_a_catchment_argument() -> None:
    blocked = replace(SIGNED, blocked=True)
    assert holding([blocked], [], TODAY) is None
    argued = replace(blocked, catchment_argument=True)
    assert holding([argued], [], TODAY) is argued


def test_a_count_goes_before_a_catchment_and_a_catchment_before_nothing() -> None:
    states = [
        state_of_use(attested=attested, counted=counted, catchment_known=known)
        for attested, counted, known in [
            (True, True, True),
            (False, True, True),
            (False, False, True),
            (False,) * 3,
        ]
    ]
    assert states == [UseState.ATTESTED_ZERO, UseState.COUNTED, UseState.ESTIMATED, UseState.UNKNOWN]


@pytest.mark.parametrize(
    ("state", "catchment", "typical", "ratio"),
    [
        (UseState.ESTIMATED, 3000, 2000, 1.5),
        (UseState.ESTIMATED, 3000, None, 1.0),
        (UseState.ESTIMATED, 0, 2000, 1.0),
        (UseState.COUNTED, 3000, 2000, 1.0),
    ],
)
def test_only_an_estimate_is_scaled_by_the_catchment(
    state: UseState, catchment: int, typical: int | None, ratio: float
) -> None:
    assert catchment_ratio(state, catchment, typical) == ratio
