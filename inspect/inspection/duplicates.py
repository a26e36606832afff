"""The queue of facilities that look like one: read and decided by whoever may confirm at both."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, case, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from inspection import facility_merges
from inspection.access import Act, Caller, narrow, require
from inspection.aliases import lock_merged
from inspection.area_filters import lies_in
from inspection.duplicate_search import KIND, compared
from inspection.errors import DoesNotApply, Fault, InvalidInput, NotFound, StaleVersion
from inspection.facility_merges import require_reason
from inspection.journal import Change
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.tables.areas import Area, Level
from inspection.tables.duplicates import DuplicatePair, PairState
from inspection.tables.facilities import Facility, Standing
from inspection.tables.operators import Operator
from inspection.unit import Unit

SORT = "duplicates"
P = DuplicatePair
DECIDED = case((P.decided_at.is_(None), 0), else_=1)
SHOWN = (P.id, P.rev, P.state, P.score, P.reasons, P.found_at, P.decided_at, P.decided_by, P.reason)
OF_FACILITY = (
    *("id", "rev", "kind", "name_kk", "name_ru", "address_kk", "address_ru", "lat", "lon", "accuracy_m"),
    *("country", "region_code", "district_code", "active", "merged_into", "source", "external_id", "created_at"),
)
OF_OPERATOR = ("id", "name_kk", "name_ru", "tax_id")
FIRST, SECOND = aliased(Facility), aliased(Facility)
ENDS = {
    "first": (FIRST, aliased(Operator), aliased(Standing), P.home_region, P.first_id),
    "second": (SECOND, aliased(Operator), aliased(Standing), P.second_region, P.second_id),
}


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    open: bool | None = None,  # noqa: A002 - what the parameter is called
    facility_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Pairs that the caller may decide, open ones first, the likeliest first; with both facilities.

    area: in which one of them lies. Raises InvalidInput for an area that is not known and a cursor that is not of
    this list.
    """
    statement = _visible(caller)
    if area is not None:
        statement = statement.where(or_(*(lies_in(session, each, area) for each in (FIRST, SECOND))))
    if open is not None:
        statement = statement.where(P.decided_at.is_(None) if open else P.decided_at.is_not(None))
    if facility_id is not None:
        statement = statement.where(or_(P.first_id == facility_id, P.second_id == facility_id))
    if cursor is not None:
        statement = statement.where(_after(cursor))
    found = session.execute(statement.order_by(DECIDED, P.score.desc(), P.id).limit(limit + 1)).mappings().all()
    rows = [_document(row) for row in found[:limit]]
    return Page(rows, _next(rows[-1]) if len(found) > limit else None)


def one(session: Session, caller: Caller, pair_id: UUID) -> dict[str, Any]:
    """One pair with both facilities. Raises NotFound, also for a pair that the caller may not decide."""
    row = session.execute(_visible(caller).where(*_here(pair_id))).mappings().first()
    if row is None:
        raise NotFound("there is no such pair", kind=KIND)
    return _document(row)


def merge(
    unit: Unit, caller: Caller, pair_id: UUID, survivor: UUID, reason: str, *, seen_rev: int | None = None
) -> None:
    """Decide that a pair is one place, for which one of the two stands from now on (`facility_merges.py`).

    The same decision again changes nothing; what was decided as different may still be merged. Raises NotFound,
    Forbidden, StaleVersion, InvalidInput for an empty reason and a survivor that is not of the pair, and
    DoesNotApply for what was merged before and as `facility_merges.merge` does.
    """
    pair, held = _locked(unit, caller, pair_id)
    require_reason(reason)
    if survivor not in (pair.first_id, pair.second_id):
        accepted = "the id of one of the two facilities"
        raise InvalidInput([Fault("/survivor", "this is neither of the two facilities", accepted)])
    merged = pair.second_id if survivor == pair.first_id else pair.first_id
    if pair.state == PairState.MERGED:
        if held[merged].merged_into in (survivor, held[survivor].merged_into) and _same(pair, caller, reason):
            return
        raise DoesNotApply("this pair is merged already", state=pair.state)
    _check_rev(pair, seen_rev)
    facility_merges.merge(unit, caller, held[merged], held[survivor], reason)
    _decide(unit, caller, pair, PairState.MERGED, reason, (held[pair.first_id], held[pair.second_id]))


def keep_apart(unit: Unit, caller: Caller, pair_id: UUID, reason: str, *, seen_rev: int | None = None) -> None:
    """Decide that a pair is two places: it is asked about again only when one of them has changed.

    The same decision again changes nothing. Raises NotFound, Forbidden, StaleVersion, InvalidInput for an empty
    reason, and DoesNotApply for a pair that was decided otherwise.
    """
    pair, held = _locked(unit, caller, pair_id)
    require_reason(reason)
    if pair.state == PairState.DIFFERENT and _same(pair, caller, reason):
        return
    if pair.state != PairState.OPEN:
        raise DoesNotApply("this pair is decided already", state=pair.state)
    _check_rev(pair, seen_rev)
    _decide(unit, caller, pair, PairState.DIFFERENT, reason, (held[pair.first_id], held[pair.second_id]))


def separate(unit: Unit, caller: Caller, facility_id: UUID, reason: str) -> Facility:
    """End a merge, and with it what was decided of its pairs: they are two places now, as whoever ends it says.

    Raises as `facility_merges.separate` does.
    """
    alone = facility_merges.separate(unit, caller, facility_id, reason)
    of_it = or_(
        and_(P.home_region == alone.home_region, P.first_id == facility_id),
        and_(P.second_region == alone.home_region, P.second_id == facility_id),
    )
    for pair in unit.session.scalars(select(P).where(of_it, P.state == PairState.MERGED.value)).all():
        ends = ((pair.home_region, pair.first_id), (pair.second_region, pair.second_id))
        both = [unit.session.get_one(Facility, end) for end in ends]
        _decide(unit, caller, pair, PairState.DIFFERENT, reason, both)
    return alone


def _locked(unit: Unit, caller: Caller, pair_id: UUID) -> tuple[DuplicatePair, Mapping[UUID, Facility]]:
    """A pair, fresh, with its facilities and all that are merged with them locked."""
    found = unit.session.scalars(select(P).where(*_here(pair_id))).first()
    if found is None:
        raise NotFound("there is no such pair", kind=KIND)
    held, _ = lock_merged(
        unit.session, [(found.home_region, found.first_id), (found.second_region, found.second_id)]
    )
    for facility in (held[found.first_id], held[found.second_id]):
        require(caller, Act.CONFIRM, facility, what=KIND)
    unit.session.refresh(found)
    return found, held


def _here(pair_id: UUID) -> tuple[ColumnElement[bool], ...]:
    # A pair has no home of its own; the few regions it can be born in let the primary key find it.
    return P.home_region.in_(select(Area.code).where(Area.level <= Level.REGION)), P.id == pair_id


def _same(pair: DuplicatePair, caller: Caller, reason: str) -> bool:
    return (pair.decided_by, pair.reason) == (caller.person_id, reason)


def _check_rev(pair: DuplicatePair, seen_rev: int | None) -> None:
    if seen_rev is not None and seen_rev != pair.rev:
        raise StaleVersion("somebody changed this pair since you read it", held_rev=pair.rev)


def _decide(  # noqa: PLR0917 - what is written down, in the order in which it is said
    unit: Unit, caller: Caller, pair: DuplicatePair, state: PairState, reason: str, facilities: Sequence[Facility]
) -> None:
    facts = {"state": (pair.state, state.value)}
    pair.state, pair.decided_at, pair.decided_by, pair.reason = state.value, unit.now, caller.person_id, reason
    pair.compared = compared(facilities)  # it may have changed since it was found, and this is what was looked at
    pair.rev += 1
    unit.journal.add(Change(pair.home_region, "duplicate.decided", KIND, str(pair.id), facts, reason))
    unit.session.flush()


def _visible(caller: Caller) -> Select[Any]:
    columns: list[Any] = list(SHOWN)
    for end, (facility, operator, standing, _, _) in ENDS.items():
        columns += [getattr(facility, name).label(f"{end}_{name}") for name in OF_FACILITY]
        columns += [getattr(operator, name).label(f"{end}_operator_{name}") for name in OF_OPERATOR]
        columns.append(standing.audited_at.label(f"{end}_audited_at"))
    statement = select(*columns).select_from(P)
    for facility, operator, standing, region, made in ENDS.values():
        answers = (operator.home_region == facility.home_region) & (operator.id == facility.operator_id)
        stands = (standing.home_region == facility.home_region) & (standing.id == facility.id)
        statement = statement.join(facility, (facility.home_region == region) & (facility.id == made))
        statement = statement.outerjoin(operator, answers).outerjoin(standing, stands)
        statement = narrow(statement, facility, caller, Act.CONFIRM)
    return statement


def _document(row: Mapping[Any, Any]) -> dict[str, Any]:
    said = {column.key: row[column.key] for column in SHOWN}
    said["reasons"] = [{"code": code, "value": value} for code, value in said["reasons"]]
    for end in ENDS:
        facility = {name: row[f"{end}_{name}"] for name in (*OF_FACILITY, "audited_at")}
        operator = {name: row[f"{end}_operator_{name}"] for name in OF_OPERATOR}
        said[end] = facility | {"operator": operator if operator["id"] else None}
    return said


def _next(last: Mapping[str, Any]) -> str:
    return write_cursor(SORT, (int(last["decided_at"] is not None), last["score"], last["id"]))


def _after(cursor: str) -> ColumnElement[bool]:
    decided, score, last = read_cursor(cursor, SORT, (int, float, UUID))
    beyond: ColumnElement[bool] = tuple_(DECIDED, -P.score, P.id) > tuple_(
        literal(decided), literal(-score), literal(last, Uuid())
    )
    return beyond
