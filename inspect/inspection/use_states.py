"""What is known of the use of a facility: counted, estimated, unknown, or attested zero. Never a plain number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

STATEMENT_HOLDS = timedelta(days=365)


class UseState(StrEnum):
    """The state in which a number of visits is always shown."""

    COUNTED = "counted"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"
    ATTESTED_ZERO = "attested_zero"


@dataclass(frozen=True, slots=True)
class Statement:
    """A signed statement that no person with a disability visits, of the day it was signed.

    countersigned: by the akimat. blocked: the entrance stood blocked on that day; catchment_argument: why
    nobody lives around who would come, without which the silence of a blocked site proves nothing.
    """

    signed_on: date
    countersigned: bool
    valid_until: date | None = None
    blocked: bool = False
    catchment_argument: bool = False

    def ends_on(self) -> date:
        """The last day on which it holds; a year at most, whatever it says."""
        longest = self.signed_on + STATEMENT_HOLDS
        return min(self.valid_until or longest, longest)


def holding(statements: Sequence[Statement], seen_on: Sequence[date], today: date) -> Statement | None:
    """The newest statement that holds today, None if none does.

    seen_on: last days of periods with counted visits, and days of visits complained of. One after the statement
    cancels it; a zero counted after it does not.
    """
    return max(
        (
            said
            for said in statements
            if said.countersigned
            and said.signed_on <= today <= said.ends_on()
            and (said.catchment_argument or not said.blocked)
            and not any(said.signed_on < seen <= today for seen in seen_on)
        ),
        key=lambda said: said.signed_on,
        default=None,
    )


def state_of_use(*, attested: bool, counted: bool, catchment_known: bool) -> UseState:
    """The state. counted: a record with a number and a period; a counted zero is counted, never attested."""
    if attested:
        return UseState.ATTESTED_ZERO
    if counted:
        return UseState.COUNTED
    return UseState.ESTIMATED if catchment_known else UseState.UNKNOWN


def catchment_ratio(state: UseState, catchment: float | None, typical: float | None) -> float:
    """What the mean of the prior is multiplied by: of an estimated facility, its catchment by the typical one.

    typical: mean catchment of the kind. Without it 1 is answered; so it is for a catchment of nobody, because only
    an attested zero is a zero.
    """
    if state is not UseState.ESTIMATED or not catchment or not typical:
        return 1.0
    return catchment / typical
