"""Reading ranks: places in the order of obstructed visits, attested zeros, and why one place stands there."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Row, Select, Uuid, case, func, literal, select, tuple_
from sqlalchemy.orm import Session

from inspection.access import Caller, narrow
from inspection.area_filters import lies_in
from inspection.bulk import among
from inspection.countries import local_date
from inspection.criteria import GROUPS, Text
from inspection.criterion_titles import titles
from inspection.errors import NotFound
from inspection.facilities import KIND
from inspection.homes import at_home
from inspection.keyset import Page, read_cursor, write_cursor
from inspection.rank_scopes import expected_then
from inspection.ranks import Ranked, expected, rank_one
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.facilities import Facility, Standing
from inspection.tables.regions import Home
from inspection.tables.unvisited import Unvisited
from inspection.tables.violations import Violation
from inspection.use_evidence import evidence_of
from inspection.use_priors import own_use_priors
from inspection.use_states import UseState

S, F, N = Standing.__table__.c, Facility.__table__.c, Unvisited.__table__.c
NAMED = (F.id, F.kind, F.name_kk, F.name_ru, S.country, S.region_code, S.district_code)
SHOWN = (
    *(*NAMED, S.use_state),
    *(S.visits, S.visits_low, S.visits_high, S.placeholder, S.obstructed, S.audited_at),
)
EXPECTED = (
    *(F.id, F.kind, F.name_kk, F.name_ru, N.country, N.region_code, N.district_code, N.use_state),
    *(N.visits, N.visits_low, N.visits_high, N.placeholder, N.obstructed, N.audited_nearby, N.audited),
)
SORT = "ranks"
MOST_REPAIRS = 3


def use_states(session: Session, keys: Collection[tuple[str, UUID]]) -> Mapping[UUID, str]:
    """What is known of the use of facilities by (home region, id); of what is in no rank there is nothing."""
    if not keys:
        return {}
    wanted = select(S.id, S.use_state).where(among((S.home_region, S.id), keys), S.use_state.is_not(None))
    return {row.id: row.use_state for row in session.execute(wanted)}


def page(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    kind: str | None = None,
    state: UseState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[Page, float | None]:
    """Places that the caller may see, where most visits are obstructed first; and the share of all of them whose
    visits rest on invented priors (None where nothing is ranked).

    What nobody measured and where nobody comes is in no ranking. Raises InvalidInput for an unknown area or a
    cursor of another list.
    """
    where = [S.obstructed.is_not(None), *([F.kind == kind] if kind else ())]
    where += [S.use_state == state.value] if state else []
    where += [lies_in(session, Standing, area)] if area is not None else []
    statement = narrow(_listed(*SHOWN).where(*where), Standing, caller)
    return _page(session, caller, Standing, statement, where, cursor=cursor, limit=limit)


def unvisited(
    session: Session,
    caller: Caller,
    *,
    area: str | None = None,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[Page, float | None]:
    """Places that nobody has audited, where most visits may be obstructed first; and the share as `page` gives it.

    Raises as `page` does.
    """
    where = [F.kind == kind] if kind else []
    where += [lies_in(session, Unvisited, area)] if area is not None else []
    statement = narrow(_expected(*EXPECTED).where(*where), Unvisited, caller)
    return _page(session, caller, Unvisited, statement, where, cursor=cursor, limit=limit)


def _page(
    session: Session,
    caller: Caller,
    model: type[Standing] | type[Unvisited],
    statement: Select[Any],
    where: Sequence[ColumnElement[bool]],
    *,
    cursor: str | None,
    limit: int,
) -> tuple[Page, float | None]:
    columns, sort = (S, SORT) if model is Standing else (N, "unvisited")
    if cursor is not None:
        statement = statement.where(_after(cursor, columns, sort))
    ordered = statement.order_by(columns.obstructed.desc(), columns.id).limit(limit + 1)
    found = session.execute(ordered).mappings().all()
    rows = [dict(row) for row in found[:limit]]
    more = write_cursor(sort, (rows[-1]["obstructed"], rows[-1]["id"])) if len(found) > limit else None
    invented = func.avg(case((columns.placeholder, 1.0), else_=0.0))
    all_of_it = (_listed if model is Standing else _expected)(invented).where(*where)
    share = session.execute(narrow(all_of_it, model, caller)).scalar_one()
    return Page(rows, more), None if share is None else round(float(share), 4)


def _expected(*columns: Any) -> Select[Any]:
    same = (F.home_region == N.home_region) & (F.id == N.id)
    audited = (S.home_region == N.home_region) & (S.id == N.id)
    joined = select(*columns).select_from(Unvisited).join(Facility, same).outerjoin(Standing, audited)
    return joined.where(F.active, S.audited_at.is_(None))  # as of now, not of the last run


def _listed(*columns: Any) -> Select[Any]:
    same = (F.home_region == S.home_region) & (F.id == S.id)
    return select(*columns).select_from(Standing).join(Facility, same)


def _after(cursor: str, columns: Any, sort: str) -> ColumnElement[bool]:
    visits, last = read_cursor(cursor, sort, (float, UUID))
    at = literal(visits, Float())
    behind: ColumnElement[bool] = (columns.obstructed == at) & (columns.id > literal(last, Uuid()))
    further: ColumnElement[bool] = columns.obstructed < at
    return further | behind


def attested_zeros(
    session: Session,
    caller: Caller,
    *,
    now: datetime,
    cursor: str | None = None,
    area: str | None = None,
    limit: int = 50,
) -> Page:
    """Places of which it is attested that nobody comes, by id, with the last day on which that holds.

    A statement that ended since places were ranked is left out, so a page may have fewer rows than asked for.
    """
    statement = _listed(F.home_region, S.obstruction, *(column for column in NAMED), S.audited_at)
    statement = statement.where(S.use_state == UseState.ATTESTED_ZERO.value)
    if area is not None:
        statement = statement.where(lies_in(session, Standing, area))
    if cursor is not None:
        (last,) = read_cursor(cursor, "zeros", (UUID,))
        statement = statement.where(tuple_(F.id) > tuple_(literal(last, Uuid())))
    narrowed = narrow(statement, Standing, caller).order_by(F.id)
    found = session.execute(narrowed.limit(limit + 1)).all()
    ends = _ends(session, found[:limit], now)
    named = [{column.name: getattr(row, column.name) for column in NAMED} for row in found[:limit]]
    rows = [row | {"holds_until": ends[row["id"]]} for row in named if ends[row["id"]] is not None]
    return Page(rows, write_cursor("zeros", (named[-1]["id"],)) if len(found) > limit else None)


def _ends(session: Session, rows: Sequence[Row[Any]], now: datetime) -> Mapping[UUID, date | None]:
    """The last day on which the statement of each place holds, None where none holds any more."""
    own = own_use_priors()
    ends: dict[UUID, date | None] = {}
    for country in sorted({row.country for row in rows}):
        there = [row for row in rows if row.country == country]
        known = evidence_of(session, there, local_date(now, country), own)
        ends |= {made: evidence.attested_until for made, evidence in known.items()}
    return ends


def one(session: Session, caller: Caller, facility_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Why a place stands where it does: all numbers that went in, and the repairs that free most.

    Raises NotFound, also for a facility that the caller may not see.
    """
    wanted = select(Facility.home_region, Facility.id, Facility.country, Facility.kind, Facility.catchment)
    found = narrow(wanted.join(Home, at_home(Facility)).where(Home.id == facility_id), Facility, caller)
    row = session.execute(found).one_or_none()
    if row is None:
        raise NotFound("there is no such facility", kind=KIND)
    today = local_date(now, row.country)
    before = expected_then(session, row.country) or expected(session, row.country, today)
    rank = rank_one(session, (row.home_region, row.id), today, before)
    about = {"facility_id": row.id, "kind": row.kind, "catchment": row.catchment}
    if rank is None:
        prior = before.of(row.kind)
        return {**about, "prior": _prior(prior), **_NOT_RANKED, **_outlook(session, row.home_region, row.id)}
    called = _titles(session, row.home_region, row.id)
    return {**about, **_document(rank, called)}


def _outlook(session: Session, home_region: str, facility_id: UUID) -> Mapping[str, Any]:
    """What is expected of a place that nobody has audited; empty where nothing is."""
    names = ("use_state", "visits", "visits_low", "visits_high", "obstructed", "audited_nearby", "audited")
    wanted = select(*(N[name] for name in names)).where(N.home_region == home_region, N.id == facility_id)
    row = session.execute(wanted).mappings().one_or_none()
    if row is None:
        return {}
    basis = {name: row[name] for name in ("audited_nearby", "audited")}
    return {**{name: row[name] for name in names[:5]}, "expected_from": basis}


_NOT_RANKED: Mapping[str, Any] = {
    "use_state": None,
    "expected_from": None,
    **dict.fromkeys(("counted", "clients", "group_shares", "visits", "visits_low", "visits_high")),
    **dict.fromkeys(("obstructed", "obstructed_low", "obstructed_high")),
    "repairs": [],
}


def _prior(prior: Any) -> dict[str, Any]:
    return {
        "mean": round(prior.mean, 2),
        "shape": prior.shape,
        "rate": prior.rate,
        "placeholder": prior.placeholder,
        "sites": prior.sites,
    }


def _document(rank: Ranked, called: Mapping[str, Text]) -> dict[str, Any]:
    share = None if rank.obstructed is None or not rank.visits else rank.obstructed / rank.visits
    repairs = sorted(rank.barriers.items(), key=lambda each: (-each[1].gain, -each[1].alone, each[0]))
    return {
        "use_state": rank.state.value,
        "expected_from": None,
        "counted": {"visits": rank.evidence.visits, "months": round(rank.evidence.exposed, 3)}
        if rank.evidence.counted
        else None,
        "clients": rank.evidence.clients,
        "group_shares": {
            "visits": rank.evidence.split,
            "shares": {g: round(share, 4) for g, share in zip(GROUPS, rank.evidence.shares, strict=True)},
        },
        "prior": _prior(rank.prior),
        "visits": rank.visits,
        "visits_low": rank.low,
        "visits_high": rank.high,
        "obstructed": rank.obstructed,
        "obstructed_low": None if share is None else rank.low * share,
        "obstructed_high": None if share is None else rank.high * share,
        "repairs": [
            {
                "criterion": criterion,
                "place": place,
                "title": called.get(criterion),
                "gain": barrier.gain,
                "alone": barrier.alone,
                "group": barrier.group,
            }
            for (criterion, place), barrier in repairs[:MOST_REPAIRS]
        ],
    }


def _titles(session: Session, home_region: str, facility_id: UUID) -> Mapping[str, Text]:
    """Titles of the criteria that were judged there, in the words of their versions."""
    of_version = (
        (PublishedChecklist.home_region == Violation.country)
        & (PublishedChecklist.key == Violation.checklist_key)
        & (PublishedChecklist.version == Violation.checklist_version)
    )
    rows = session.execute(
        select(Violation.criterion, PublishedChecklist.content_hash)
        .join(PublishedChecklist, of_version)
        .where(Violation.home_region == home_region, Violation.facility_id == facility_id)
    ).all()
    called = titles(session, {row.content_hash for row in rows})
    return {row.criterion: called[row.content_hash].get(row.criterion, {}) for row in rows}
