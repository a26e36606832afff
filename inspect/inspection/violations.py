"""The violation list: pages of what a caller may see, in an order an official works in.

Where indexes deliver the order, a page is the head of a merge of short ordered pieces (`violation_orders.py`), so
its cost does not grow with the list; other questions sort what they find. Either way a page is one statement,
joins included, and a second one only where it reaches over the end of a segment. `docs/decisions/` has the plans.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from inspection.access import Caller
from inspection.criteria import GROUPS, Text
from inspection.criterion_titles import titles
from inspection.searching import refuse_wordless
from inspection.tables.violations import STANDING
from inspection.violation_filters import Filters, at_few_facilities, local_dates, scopes
from inspection.violation_orders import Position, Sort, read_position, tiers, write_position
from inspection.violation_statements import NAMES, Question, counted, sorted_out, walked

Row = dict[str, Any]

AS_THEY_ARE = (
    *("id", "rev", "home_region", "country", "region_code", "district_code"),
    *("checklist_key", "checklist_version", "place", "zone", "severity", "value", "unit"),
    *("state", "opened_at", "provisional_due_on", "due_on", "prescription_id", "extended_until"),
    *("needs_decision", "last_action", "last_action_at"),
)
GROUPS_OF_BITS = tuple(
    [name for n, name in enumerate(GROUPS) if bits >> n & 1] for bits in range(1 << len(GROUPS))
)


@dataclass(frozen=True, slots=True)
class ViolationPage:
    """Rows in order, the cursor of the next page if there is one, and the exact total if it was asked for."""

    rows: list[Row]
    next_cursor: str | None
    total: int | None


def page(
    session: Session,
    caller: Caller,
    *,
    now: datetime,
    filters: Filters,
    sort: Sort = Sort.OPENED,
    cursor: str | None = None,
    limit: int = 50,
    total: bool = False,
) -> ViolationPage:
    """One page of the violations that the caller may see.

    limit: 1..200 rows. Raises InvalidInput for an unknown area, for a text without a word, and for a cursor of
    another order or other filters.
    """
    if filters.text is not None:
        refuse_wordless(filters.text)
    fingerprint = filters.fingerprint()
    left = tiers(sort, severity=filters.severity, only_told=filters.wants_only_told())
    position = read_position(cursor, sort, fingerprint, left) if cursor is not None else None
    today = local_dates(now)
    covered = scopes(session, caller, filters.area)
    if not covered:
        return ViolationPage([], None, 0 if total else None)
    question = Question(caller, covered, filters, sort, tuple(today.items()))
    found = _find(session, question, left, position, limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return ViolationPage(
        [violation_row(row, called, today) for row, called in _with_titles(session, found[:limit])],
        write_position(sort, fingerprint, last["tier"], last) if last else None,
        _total(session, question) if total else None,
    )


def _find(
    session: Session, question: Question, left: tuple[int, ...], position: Position | None, size: int
) -> list[Row]:
    """At most `size` rows from a position on. left: the segments that can hold rows, in order."""
    after, parameters = position is not None, {}
    if position is not None:
        left = tuple(tier for tier in left if tier >= position.tier)
        parameters = {f"after_{name}": value for name, value in position.keys.items()}
    if question.filters.facility is not None or not question.walks():
        found = tuple(at_few_facilities(session, question.caller, question.filters))
        return _run(session, sorted_out(question, found, left, after=after, size=size), parameters)
    rows = _run(session, _page_of(question, left[:1], after=after, size=size), parameters)
    if len(rows) < size and left[1:]:
        rows += _run(session, _page_of(question, left[1:], after=False, size=size), {})
    return rows[:size]


def _page_of(question: Question, left: tuple[int, ...], *, after: bool, size: int) -> Select[Any]:
    merged = walked(question, left, after=after, size=size)
    return sorted_out(question, (), left, after=after, size=size) if merged is None else merged


def _run(session: Session, statement: Select[Any], parameters: Row) -> list[Row]:
    # The connection, not the session: a list of plain rows has no use for the ORM, which only takes time.
    found = session.connection().execute(statement, parameters)
    return [dict(zip(NAMES, row, strict=True)) for row in found]


def _total(session: Session, question: Question) -> int:
    found = tuple(at_few_facilities(session, question.caller, question.filters))
    return session.execute(counted(question, found)).scalar_one()


def _with_titles(session: Session, rows: Sequence[Row]) -> Iterator[tuple[Row, Text | None]]:
    published = titles(session, {row["content_hash"] for row in rows if row["content_hash"]})
    for row in rows:
        yield row, published.get(row["content_hash"], {}).get(row["criterion"])


def violation_row(row: Row, called: Text | None, today: Mapping[str, date]) -> Row:
    """What the list shows of a violation. called: title of its criterion. today: local date by country."""
    due_on, stands = row["due_on"], row["state"] in STANDING
    days_left = (due_on - today[row["country"]]).days if stands and due_on else None
    shown = {name: row[name] for name in AS_THEY_ARE}
    shown["criterion"] = {"id": row["criterion"], "title": called}
    shown["groups"] = GROUPS_OF_BITS[row["groups"]]
    shown["limit"] = row["limit_text"]
    shown["days_left"] = days_left
    shown["overdue"] = days_left is not None and days_left < 0
    shown["extended"] = row["extended_until"] is not None
    # Not ranked is not the same as nobody obstructed.
    shown["obstructed"] = {
        "state": "unknown" if row["obstructed"] is None else "known",
        "visits_a_month": row["obstructed"],
    }
    shown["facility"] = {
        "id": row["facility_id"],
        "kind": row["kind"],
        "name_kk": row["name_kk"],
        "name_ru": row["name_ru"],
        "address_kk": row["address_kk"],
        "address_ru": row["address_ru"],
    }
    shown["operator"] = row["operator_id"] and {
        "id": row["operator_id"],
        "name_kk": row["operator_kk"],
        "name_ru": row["operator_ru"],
        "tax_id": row["tax_id"],
        "ownership": row["ownership"],
    }
    shown["last_audit"] = {
        "id": row["last_audit_id"],
        "number": row["appointment_number"],
        "observed_on": row["observed_on"],
        "ground": row["ground"],
    }
    return shown
