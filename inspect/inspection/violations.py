"""The violation list: pages of what a caller may see, in an order an official works in.

Where indexes deliver the order, a page is the head of a merge of short ordered pieces (`violation_orders.py`), so
its cost does not grow with the list; other questions sort what they find. Either way a page is one statement,
joins included, and a second one only where it reaches over the end of a segment. `docs/decisions/` has the plans.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select
from sqlalchemy.orm import Session

from inspection import offices
from inspection.access import Caller
from inspection.searching import refuse_wordless
from inspection.sync.documents import render
from inspection.sync.rendered import spelled
from inspection.tables.violations import STANDING
from inspection.violation_filters import Filters, at_few_facilities, local_dates, scopes
from inspection.violation_orders import Position, Sort, read_position, tiers, write_position
from inspection.violation_statements import BESIDE, Question, counted, sorted_out, walked

# A document of the feed ends with this; what only the list shows takes its place.
ALIVE = spelled({}).removeprefix("{")
OFFICE = 1 + [column.name for column in BESIDE].index("office_id")  # in a row, behind the document


@dataclass(frozen=True, slots=True)
class ViolationPage:
    """One page.

    rows: in order, each as ready JSON. next_cursor: of the next page if there is one. total: if it was asked for.
    """

    rows: list[str]
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
    rows = shown(session, found[:limit], today)
    further = len(found) > limit
    return ViolationPage(
        rows,
        write_position(sort, fingerprint, found[limit - 1].tier, _keys(rows[-1])) if further else None,
        _total(session, question) if total else None,
    )


def _keys(row: str) -> Mapping[str, Any]:
    """Everything that lists are ordered by, of a row as it is shown."""
    document = orjson.loads(row)
    return {**document, "obstructed": document["obstructed"]["visits_a_month"]}


def _find(
    session: Session, question: Question, left: tuple[int, ...], position: Position | None, size: int
) -> list[Any]:
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


def _run(session: Session, statement: Select[Any], parameters: Mapping[str, Any]) -> list[Any]:
    # The connection, not the session: a list of plain rows has no use for the ORM, which only takes time.
    return list(session.connection().execute(statement, parameters).all())


def _total(session: Session, question: Question) -> int:
    found = tuple(at_few_facilities(session, question.caller, question.filters))
    return session.execute(counted(question, found)).scalar_one()


def shown(session: Session, rows: Sequence[Any], today: Mapping[str, date]) -> list[str]:
    """What the list shows of violations, as JSON: their documents in the feed and what is true of them today.

    rows: of a statement that `joined` made. today: local date by country.
    """
    # The feed is written with the violations; only what was loaded past it has to be rendered here.
    unwritten = [(row.unwritten_home_region, row.unwritten_id) for row in rows if row.body is None]
    rendered = {each.id: each.body for each in render(session, "violations", unwritten)} if unwritten else {}
    named = offices.names(session, {row[OFFICE] for row in rows if row[OFFICE] is not None})
    return [_shown(row, rendered, named, today) for row in rows]


def _shown(
    row: Sequence[Any], rendered: Mapping[UUID, str], named: Mapping[UUID, Any], today: Mapping[str, date]
) -> str:
    # Taken apart at once: a name asked of a row costs as much as what is done with it here.
    body, country, state, due_on, obstructed, office, last_act, last_act_at, _region, violation_id, *_ = row
    days_left = (due_on - today[country]).days if due_on and state in STANDING else None
    beside = _beside(days_left, obstructed)
    document = rendered[violation_id] if body is None else body
    # Most violations nobody has done anything about, so what all of these say is spelled once.
    handled = UNTOUCHED if last_act is None else _handled(named.get(office), last_act, last_act_at)
    return f"{document.removesuffix(ALIVE)}{handled}{beside}"


def _handled(office: Mapping[str, Any] | None, kind: str | None, at: datetime | None) -> str:
    """What officials did about it beside deciding, as a part of a document."""
    last = None if kind is None else {"kind": kind, "at": at}
    return orjson.dumps({"responsible": office, "last_act": last}).decode()[1:-1] + ","


UNTOUCHED = _handled(None, None, None)


@lru_cache(maxsize=4096)
def _beside(days_left: int | None, obstructed: float | None) -> str:
    """What only the list shows, as the end of a document. Many rows of a page say the same."""
    beside = {
        "days_left": days_left,
        "overdue": days_left is not None and days_left < 0,
        # Not ranked is not the same as nobody obstructed.
        "obstructed": {"state": "unknown" if obstructed is None else "known", "visits_a_month": obstructed},
    }
    return orjson.dumps(beside).decode()[1:]
