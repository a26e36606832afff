"""How the things that a figure counts are told one by one: each subject says which rows, here is their form."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, literal, select


class What(StrEnum):
    """What a row of a figure is."""

    AUDIT = "audit"
    FACILITY = "facility"
    VIOLATION = "violation"
    PRESCRIPTION = "prescription"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that a figure counts.

    mark: what tells apart things of one id, which are episodes of a violation or kinds under which a facility was
    checked; else empty. day: the local date that is nearest to why it counts, None where no date makes it count.
    """

    key: str | None
    home_region: str
    facility_id: UUID
    id: UUID
    mark: str
    day: date | None
    about: Mapping[str, Any]

    def place(self) -> tuple[UUID, UUID, str]:
        """Where it stands in the list."""
        return self.facility_id, self.id, self.mark


@dataclass(frozen=True, slots=True)
class Listing:
    """The things of one figure.

    statement: the columns of `listed` and others, over all that is counted; placed: the table in it that lies
    somewhere. said: day and what is shown, of a row. keeps: what no database can tell of a row, None where all of
    them count. further: things that stand in no row of their own, already narrowed.
    """

    what: What
    statement: Select[Any]
    placed: Any
    said: Callable[[Any], tuple[date | None, Mapping[str, Any]]]
    keeps: Callable[[Any], bool] | None = None
    further: Iterable[Thing] = ()


def listed(key: Any, model: Any, id_column: Any, facility_id: Any, *columns: Any, mark: Any = None) -> Select[Any]:
    """A statement whose rows are things. model: where the home region stands."""
    marked = literal("") if mark is None else mark
    return select(
        *(key.label("key"), model.home_region.label("home_region"), facility_id.label("facility_id")),
        *(id_column.label("id"), marked.label("mark"), *columns),
    )
