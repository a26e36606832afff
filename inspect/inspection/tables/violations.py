"""Violations (нарушение): the legal duty to remedy a fail, with its episodes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, desc, text
from sqlalchemy import column as sql_column
from sqlalchemy.orm import Mapped, mapped_column

from inspection.database import Base, Document
from inspection.tables.columns import OfFacility, one_of


class ViolationState(StrEnum):
    """Where the newest episode stands. Overdue and extended are computed from dates, never stored."""

    OPEN = "open"
    DECLARED = "declared"
    WAIVED = "waived"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"  # a correction says that it never was


STANDING = (ViolationState.OPEN, ViolationState.DECLARED)


# To the letter what the queries say (`violation_orders.py`), or no planner sees that the index applies.
STANDS = "state IN ('open', 'declared')"
PLACES = (("country", "country"), ("region", "region_code"), ("district", "district_code"))
# By which a figure is split, at the end of an index: so it is counted without fetching a row.
PARTS: dict[str, tuple[str, ...]] = {"country": ("region_code",), "region": ("district_code",), "district": ()}
EXECUTED = "ended_by = 'measured_pass' AND due_on IS NOT NULL"

# At the end of an index: no order needs them, and rows that a filter passes over are not fetched from the table.
# With `kind` beside them PostgreSQL's plan for any kind gathers and sorts: 6.7 ms for a page instead of 2.2.
SIFTED = ("severity", "criterion")


def _partial(name: str, where: str, *columns: Any) -> Index:
    return Index(f"ix_violations_{name}", *columns, sqlite_where=text(where), postgresql_where=text(where))


class Violation(Base, OfFacility):
    """One duty: id = uuid5(facility, criterion and place), stable for ever."""

    __tablename__ = "violations"
    __table_args__ = (
        Index(None, "home_region", "facility_id"),
        # For the list of violations; docs/decisions/0007-violation-list-indexes.md says what each is for.
        *(
            _partial(
                f"due_{place}",
                STANDS,
                *(column, "due_on", "provisional_due_on", "id", *SIFTED, *PARTS[place]),
            )
            for place, column in PLACES
        ),
        *(
            _partial(f"executed_{place}", EXECUTED, column, "ended_at", "due_on", *PARTS[place])
            for place, column in PLACES
        ),
        *(
            Index(f"ix_violations_newest_{place}", column, "state", "opened_at", "id", *SIFTED)
            for place, column in PLACES
        ),
        *(
            _partial(
                f"ranked_{place}",
                f"{STANDS} AND obstructed IS NOT NULL",
                column,
                desc(sql_column("obstructed")),
                "provisional_due_on",
                "id",
                *SIFTED,
            )
            for place, column in PLACES
        ),
        _partial(
            "office", f"{STANDS} AND office_id IS NOT NULL", "office_id", "due_on", "provisional_due_on", "id"
        ),
        *(
            _partial(f"asked_{place}", f"{STANDS} AND answer_by IS NOT NULL", column, "answer_by", "id")
            for place, column in PLACES
        ),
        one_of("state", ViolationState),
    )
    kind: Mapped[str] = mapped_column(String(40), comment="kind of the facility")
    ownership: Mapped[str] = mapped_column(String(8), comment="of the operator")
    operator_id: Mapped[UUID | None]
    criterion: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(64))
    zone: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(12))
    groups: Mapped[int] = mapped_column(comment="bit n set: group n of criteria.GROUPS is affected")
    checklist_key: Mapped[str] = mapped_column(String(60))
    checklist_version: Mapped[str] = mapped_column(String(20))
    value: Mapped[Any | None] = mapped_column(Document, comment="last measured, in `unit`")
    unit: Mapped[str | None] = mapped_column(String(12))
    limit_text: Mapped[str | None] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(9))
    episodes: Mapped[list[Any]]
    opened_at: Mapped[datetime] = mapped_column(comment="of the newest episode")
    opened_by: Mapped[UUID] = mapped_column(comment="audit, or the waiver that ran out")
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(16))
    found_again: Mapped[int] = mapped_column(default=0, comment="audits that found it again in this episode")
    last_audit_id: Mapped[UUID]
    provisional_due_on: Mapped[date] = mapped_column(comment="triggers nothing until a prescription tells it")
    due_on: Mapped[date | None] = mapped_column(comment="as told, extensions included; null: nobody was told")
    prescription_id: Mapped[UUID | None]
    extended_until: Mapped[date | None]
    declared_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    needs_decision: Mapped[bool] = mapped_column(default=False)
    obstructed: Mapped[float | None] = mapped_column(comment="visits a month; null: not ranked yet")
    last_action: Mapped[str] = mapped_column(String(20))
    last_action_at: Mapped[datetime]
    # What acts of officials come to (`handling.py`); settling leaves these alone.
    office_id: Mapped[UUID | None] = mapped_column(comment="who is to see to it")
    answer_by: Mapped[date | None] = mapped_column(comment="day by which an explanation is wanted; null: none is")
    last_act: Mapped[str | None] = mapped_column(String(10), comment="kind of the newest act")
    last_act_at: Mapped[datetime | None]
