"""The statements behind the violation list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal_column, or_, select, union_all

from inspection.access import Caller, narrow
from inspection.tables.feed import FeedRow
from inspection.tables.violations import Violation
from inspection.violation_filters import Filters, Scope, conditions
from inspection.violation_orders import SEGMENTS, Sort, beyond, branches, order_over, order_within, walkable

MOST_PIECES = 24  # merging more pieces than this costs more than sorting their rows

V, R = Violation.__table__.c, FeedRow.__table__.c

# Fifty rows a page go through driver and types, so a few columns cost more than all the text of the documents:
# what the feed says of a violation is not asked for again. `violations.py` takes rows apart in this order.
BESIDE = (V.country, V.state, V.due_on, V.obstructed, V.office_id, V.last_act, V.last_act_at)
KEYS = (V.opened_at, V.provisional_due_on, V.id)  # with some of the above, what orders a list
FOUND = (*BESIDE, *KEYS, V.home_region, V.region_code, V.district_code)


@dataclass(frozen=True, slots=True)
class Question:
    """What a list is asked for. today: the local date of every country we serve."""

    caller: Caller
    covered: tuple[Scope, ...]
    filters: Filters
    sort: Sort
    today: tuple[tuple[str, date], ...]

    def walks(self) -> bool:
        """Whether indexes deliver the answer in order; what names facilities is found by those first."""
        by_facility = self.filters.text is not None or self.filters.operator_id is not None
        return not by_facility and walkable(self.sort, self.filters.states)


@lru_cache(maxsize=256)
def walked(question: Question, tiers: tuple[int, ...], *, after: bool, size: int) -> Select[Any] | None:
    """The page as a merge of ordered pieces; None if there were too many.

    tiers: the segments to take. after: begin the first of them behind a position, given as parameters. Equal
    questions share a statement, for building one takes longer than running it.
    """
    others = tuple(conditions(question.filters, dict(question.today)))
    found: list[tuple[int, tuple[Any, ...]]] = []
    for tier in tiers:
        segment = SEGMENTS[question.sort][tier]
        ranges: Sequence[Any] = [(r,) for r in beyond(segment)] if after and tier == tiers[0] else [()]
        leading = branches(question.sort, question.filters.states)
        found += [
            (tier, (scope.holds(), *lead, *segment.where, *within_range, *others))
            for scope, lead, within_range in product(question.covered, leading, ranges)
        ]
    if len(found) > MOST_PIECES:
        return None
    pieces = [
        select(*FOUND, literal_column(str(tier)).label("tier"))
        .where(*where)
        .order_by(*order_within(SEGMENTS[question.sort][tier]))
        .limit(_number(size))
        for tier, where in found
    ]
    return _with_joins(question, _merge(question.sort, pieces, size))


def sorted_out(
    question: Question, found: Sequence[ColumnElement[bool]], tiers: tuple[int, ...], *, after: bool, size: int
) -> Select[Any]:
    """The page by sorting all that is found. found: conditions beside those of the question."""
    segments = [SEGMENTS[question.sort][tier] for tier in tiers]
    tier = case(*((and_(True, *s.where), t) for t, s in zip(tiers, segments, strict=True)), else_=-1).label("tier")
    ranges = [and_(True, *segment.where) for segment in segments]
    if after:
        ranges[0] = and_(ranges[0], or_(*beyond(segments[0])))
    chosen = (
        select(*FOUND, tier)
        .where(*_everything(question), *found, or_(*ranges))
        .order_by(*order_over(question.sort, V, tier))
        .limit(_number(size))
    )
    return _with_joins(question, chosen.subquery("page"))


def counted(question: Question, found: Sequence[ColumnElement[bool]]) -> Select[int]:
    """How many violations there are on all pages."""
    counting = select(func.count()).select_from(Violation).where(*_everything(question), *found)
    return narrow(counting, Violation, question.caller)


def _everything(question: Question) -> list[ColumnElement[bool]]:
    filters = question.filters
    states = V.state.in_([state.value for state in filters.states])
    areas = or_(*(scope.holds() for scope in question.covered))
    return [areas, states, *conditions(filters, dict(question.today))]


def _merge(sort: Sort, pieces: Sequence[Select[Any]], size: int) -> Subquery:
    if len(pieces) == 1:
        return pieces[0].subquery("page")
    # SQLite takes an ordered, limited piece only as a subquery of its own.
    candidates = union_all(*(select(piece.subquery()) for piece in pieces)).subquery("candidates").c
    chosen = select(*candidates).order_by(*order_over(sort, candidates, candidates.tier)).limit(_number(size))
    return chosen.subquery("page")


def _with_joins(question: Question, page: Subquery) -> Select[Any]:
    """The rows of a page with their documents, in order.

    The caller's grants are applied here once more, to the few rows there are: whatever made the page, nothing
    outside them gets through.
    """
    statement = joined(page.c, page, page.c.tier)
    return narrow(statement.order_by(*order_over(question.sort, page.c, page.c.tier)), page.c, question.caller)


def joined(v: Any, start: Any, *further: ColumnElement[Any]) -> Select[Any]:
    """Violations with their documents in the feed.

    v: columns of violations, as `start` brings them. further: columns behind those that `violations.shown` takes.
    """
    in_feed = (R.region == v.region_code) & (R.collection == "violations") & (R.id == v.id)
    in_feed &= (R.scope == func.coalesce(v.district_code, "")) & R.deleted.is_(False)
    # A document says whose it is; only of one that has to be rendered the key is fetched.
    unwritten = [case((R.id.is_(None), v[name])).label(f"unwritten_{name}") for name in ("home_region", "id")]
    return (
        select(R.body, *(v[column.name] for column in BESIDE), *unwritten, *further)
        .select_from(start)
        .outerjoin(FeedRow, in_feed)
    )


def _number(size: int) -> ColumnElement[int]:
    # Not a parameter: a plan made for any limit would sort instead of walking.
    return literal_column(str(size))
