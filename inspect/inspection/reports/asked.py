"""What a report is asked for, and how every count of it is narrowed to what its reader may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.countries import local_date
from inspection.errors import Fault, InvalidInput
from inspection.periods import Period

LONGEST = timedelta(days=10 * 366)
Path = tuple[str, ...]  # of a figure, step by step
Count = tuple[str | None, Path, int]  # key of the row, path of the figure, number


class By(StrEnum):
    """What the rows of a report are."""

    REGION = "region"
    DISTRICT = "district"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for."""

    session: Session
    caller: Caller
    period: Period
    by: By
    area: str | None
    now: datetime

    def judged_on(self, country: str) -> date:
        """The day on which it is asked what is overdue: after the last day, but never after today."""
        return min(self.period.last + timedelta(days=1), local_date(self.now, country))

    def key(self, model: Any) -> Any:
        """The column that says which row of the report something belongs to."""
        return getattr(model, {By.REGION: "region_code", By.DISTRICT: "district_code", By.KIND: "kind"}[self.by])

    def narrowed(self, statement: Select[Any], placed: Any) -> Select[Any]:
        """The statement, for what lies in the area and the caller may see. placed: the table that lies."""
        narrowed = narrow(statement, placed, self.caller)
        if self.area is not None:
            narrowed = narrowed.where(lies_in(self.session, placed, self.area))
        return narrowed

    def rows(self, statement: Select[Any], placed: Any) -> Iterator[Any]:
        """Rows of a statement that is narrowed so."""
        return iter(self.session.execute(self.narrowed(statement, placed)))


def asked_for(
    session: Session, caller: Caller, *, period: Period, now: datetime, area: str | None, by: By
) -> Asked:
    """What is asked for, once it can be answered.

    Raises InvalidInput for a period that ends before it begins or is over ten years long.
    """
    if not timedelta(0) <= period.last - period.first <= LONGEST:
        raise InvalidInput([Fault("/to", "the period ends before it begins, or is too long", "ten years at most")])
    return Asked(session, caller, period, by, area, now)
