"""Ranks by real use: visits a month by people with disabilities that measured barriers obstruct.

A rank is computed in one way, in the run of the night over everything and right after something became known; whom
that moves is `rank_scopes.py`. Only what changed is written. What goes in: the barriers that settling found
(`standings`), what is known of use (`use_evidence.py`), and the prior of each kind, from enough counted facilities
if there are.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Row, bindparam, select, true, update
from sqlalchemy.orm import Session

from inspection.bulk import among, table_of
from inspection.countries import local_date
from inspection.criteria import GROUPS
from inspection.priority import Prior, estimated_prior, obstructed_visits, visit_rates
from inspection.sync.touched import noticing
from inspection.tables.facilities import RANKED, Facility, Standing
from inspection.tables.use_records import UseRecord
from inspection.tables.violations import Violation
from inspection.unit import Unit
from inspection.use_evidence import Evidence, evidence_of
from inspection.use_priors import UsePriors, own_use_priors
from inspection.use_states import UseState, catchment_ratio, state_of_use

PAGE = 500
F, S, U, V = Facility.__table__.c, Standing.__table__.c, UseRecord.__table__.c, Violation.__table__.c
MERGED = Facility.__table__.alias("merged")  # facilities that another stands for
M = MERGED.c
EVERYBODY = true()
PLACES_OF_NUMBERS = 6  # decimals that are kept: both databases give the very same back


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected before anybody counted. typical: mean catchment by kind.

    registered: mean number of clients by kind, where two registers or more are known: people around and clients
    with disabilities are not the same people, so each is compared with its like.
    """

    priors: Mapping[str, Prior]
    typical: Mapping[str, float]
    registered: Mapping[str, float]
    own: UsePriors

    def of(self, kind: str) -> Prior:
        """The prior of a kind."""
        return self.priors.get(kind) or self.own.of(kind)


@dataclass(frozen=True, slots=True)
class Ranked:
    """One facility. obstructed: of the mean of visits; None where nothing was measured, or where nobody comes."""

    state: UseState
    prior: Prior
    evidence: Evidence
    ratio: float
    visits: float
    low: float
    high: float
    obstructed: float | None
    barriers: Mapping[tuple[str, str], "Barrier"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Barrier:
    """Visits a month. alone: what it would obstruct if it were the only one. gain: what its repair alone frees.

    group: to which most of the gain goes.
    """

    alone: float
    gain: float
    group: str


def expected(session: Session, country: str, today: date) -> Expected:
    """Priors by kind from all that was counted in a country, and the typical catchment of a kind."""
    own = own_use_priors()
    rows = session.execute(rows_of(F.country == country, F.active.is_(True), counted_only=True)).all()
    evidence = evidence_of(session, rows, today, own)
    by_kind: dict[str, list[Evidence]] = defaultdict(list)
    clients: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found = evidence[row.id]
        if found.counted:
            by_kind[row.kind].append(found)
        if found.clients:
            clients[row.kind].append(found.clients)
    priors = {
        kind: estimated_prior([e.visits for e in known], [e.exposed for e in known], own.of(kind))
        for kind, known in by_kind.items()
    }
    registered = {kind: sum(known) / len(known) for kind, known in clients.items() if len(known) > 1}
    return Expected(priors, _typical(session, country), registered, own)


def _typical(session: Session, country: str) -> dict[str, float]:
    known = session.execute(
        select(F.kind, F.catchment).where(F.country == country, F.active.is_(True), F.catchment > 0)
    )
    catchments: dict[str, list[int]] = defaultdict(list)
    for kind, catchment in known:
        catchments[kind].append(catchment)
    return {kind: sum(found) / len(found) for kind, found in catchments.items()}


def rank_page(
    unit: Unit,
    region: str,
    before: Expected,
    after: UUID | None = None,
    *,
    limit: int = PAGE,
    of: ColumnElement[bool] = EVERYBODY,
) -> tuple[UUID | None, int]:
    """Rank the next audited facilities of a region, by id. of: a condition on facilities.

    Returns the last one's id (None: there are no more) and how many facilities and violations changed.

    A facility that was closed leaves the ranking: nobody is kept out of what is not there.
    """
    statement = rows_of(F.region_code == region, S.id.is_not(None), F.active | S.use_state.is_not(None), of)
    if after is not None:
        statement = statement.where(F.id > after)
    rows = unit.session.execute(statement.order_by(F.id).limit(limit)).all()
    if not rows:
        return None, 0
    ranked = rank_rows(unit.session, rows, before, local_date(unit.now, rows[0].country))
    changed = _write_standings(unit.session, rows, ranked) + _write_violations(unit.session, rows, ranked)
    return rows[-1].id, changed


def rank_one(
    session: Session, facility: tuple[str, UUID], today: date, before: Expected | None = None
) -> Ranked | None:
    """The rank of one facility with all that went in; None for one that was never settled.

    before: what is expected, where that is known already.
    """
    wanted = rows_of(F.home_region == facility[0], F.id == facility[1], S.id.is_not(None))
    row = session.execute(wanted).one_or_none()
    if row is None:
        return None
    return rank_rows(session, [row], before or expected(session, row.country, today), today)[row.id]


def rows_of(*where: Any, counted_only: bool = False) -> Any:
    """The statement of facilities with all that their ranks need. counted_only: those that have a use record."""
    same = (S.home_region == F.home_region) & (S.id == F.id)
    columns = (F.home_region, F.id, F.kind, F.country, F.catchment, F.active, S.obstruction, S.audited_at)
    statement = select(*columns, *(S[name] for name in RANKED)).outerjoin_from(Facility, Standing, same)
    if counted_only:
        of_facility = (U.home_region == F.home_region) & (U.facility_id == F.id)
        used = select(U.id).where(of_facility, U.withdrawn_at.is_(None))
        there = (U.home_region == M.home_region) & (U.facility_id == M.id) & U.withdrawn_at.is_(None)
        of_merged = select(U.id).join_from(MERGED, UseRecord, there)
        of_merged = of_merged.where(M.home_region == F.home_region, M.merged_into == F.id)
        statement = statement.where(used.exists() | of_merged.exists())
    return statement.where(*where)


def rank_rows(session: Session, rows: Sequence[Row[Any]], before: Expected, today: date) -> Mapping[UUID, Ranked]:
    """What is known and expected of facilities, by id. rows: of a statement that `rows_of` made."""
    evidence = evidence_of(session, rows, today, before.own)
    priors = [before.of(row.kind) for row in rows]
    known = [evidence[row.id] for row in rows]
    rates = visit_rates(
        [p.shape for p in priors], [p.rate for p in priors], [e.visits for e in known], [e.exposed for e in known]
    )
    use = []
    for n, row in enumerate(rows):
        state = state_of_use(
            attested=known[n].attested,
            counted=known[n].counted,
            catchment_known=bool(row.catchment or known[n].clients),
        )
        ratio = catchment_ratio(state, *_catchment(row, known[n], before))
        visits, low, high = (_kept(float(each[n]) * ratio) for each in (rates.mean, rates.low, rates.high))
        if state is UseState.ATTESTED_ZERO:
            visits = low = high = 0.0
        use.append((state, priors[n], known[n], ratio, visits, low, high))
    obstructed = _obstructed(rows, [visits for *_, visits, _, _ in use], [each.shares for each in known])
    return {row.id: Ranked(*use[n], *obstructed[n]) for n, row in enumerate(rows)}


def _catchment(row: Row[Any], known: Evidence, before: Expected) -> tuple[int | None, float | None]:
    """The catchment of a facility and the typical one of its kind: clients on registers, else people around."""
    registered = before.registered.get(row.kind)
    if known.clients and registered:
        return known.clients, registered
    return row.catchment, before.typical.get(row.kind)


def _obstructed(
    rows: Sequence[Row[Any]], visits: Sequence[float], shares: Sequence[Sequence[float]]
) -> list[tuple[float | None, Mapping[tuple[str, str], Barrier]]]:
    """Visits a month that are obstructed at each facility, and the part of each barrier in them.

    visits: a month; shares: of the groups in them. None, and no barrier, where nothing was measured.
    """
    measured = [n for n, row in enumerate(rows) if row.active and row.obstruction and row.obstruction["measured"]]
    documents = [rows[n].obstruction for n in measured]
    by_group = [_of_groups(document["groups"]) for document in documents]
    totals = obstructed_visits([visits[n] for n in measured], [shares[n] for n in measured], by_group)
    listed = [(n, each) for n, document in zip(measured, documents, strict=True) for each in document["barriers"]]
    barriers: dict[int, dict[tuple[str, str], Barrier]] = defaultdict(dict)
    for (n, (criterion, place, *_)), barrier in zip(listed, _barriers(listed, visits, shares), strict=True):
        barriers[n][criterion, place] = barrier
    found: list[tuple[float | None, Mapping[tuple[str, str], Barrier]]] = [(None, {})] * len(rows)
    for n, total in zip(measured, totals, strict=True):
        found[n] = _kept(total), barriers[n]
    return found


def _barriers(
    listed: Sequence[tuple[int, Any]], visits: Sequence[float], shares: Sequence[Sequence[float]]
) -> Iterator[Barrier]:
    if not listed:
        return
    came = np.array([visits[n] for n, _ in listed])[:, None] * np.array([shares[n] for n, _ in listed])
    stopped = came * [_of_groups(alone) for _, (_, _, alone, _) in listed]
    freed = came * [_of_groups(gain) for _, (_, _, _, gain) in listed]
    most = np.where(freed.any(axis=1, keepdims=True), freed, stopped).argmax(axis=1)
    for alone, gain, group in zip(stopped.sum(axis=1), freed.sum(axis=1), most, strict=True):
        yield Barrier(_kept(alone), _kept(gain), GROUPS[group])


def _of_groups(shares: Mapping[str, float]) -> list[float]:
    return [shares.get(group, 0.0) for group in GROUPS]


def _kept(number: float) -> float:
    return round(float(number), PLACES_OF_NUMBERS)


def _write_standings(session: Session, rows: Sequence[Row[Any]], ranked: Mapping[UUID, Ranked]) -> int:
    changed = []
    for row in rows:
        new = _columns(ranked[row.id]) if row.active else dict.fromkeys(RANKED)
        if any(getattr(row, name) != value for name, value in new.items()):
            changed.append({"b_region": row.home_region, "b_id": row.id, **new})
    if changed:
        mine = (S.home_region == bindparam("b_region")) & (S.id == bindparam("b_id"))
        session.connection().execute(update(table_of(Standing)).where(mine), changed)
    return len(changed)


def _columns(rank: Ranked) -> dict[str, Any]:
    return {
        "use_state": rank.state.value,
        "visits": rank.visits,
        "visits_low": rank.low,
        "visits_high": rank.high,
        "placeholder": rank.prior.placeholder and rank.state is not UseState.ATTESTED_ZERO,
        "obstructed": None if rank.state is UseState.ATTESTED_ZERO else rank.obstructed,
    }


def _write_violations(session: Session, rows: Sequence[Row[Any]], ranked: Mapping[UUID, Ranked]) -> int:
    """Give each violation the visits that its barrier alone would obstruct; one that is no barrier gives none."""
    keys = {(row.home_region, row.id) for row in rows}
    held = session.execute(
        select(V.home_region, V.id, V.facility_id, V.criterion, V.place, V.obstructed).where(
            among((V.home_region, V.facility_id), keys)
        )
    )
    changed = sorted(_changed(held, ranked), key=lambda row: row["b_id"])  # as settling takes their locks
    if changed:
        mine = (V.home_region == bindparam("b_region")) & (V.id == bindparam("b_id"))
        with noticing():  # no document says it: ranks travel by themselves
            session.connection().execute(update(table_of(Violation)).where(mine), changed)
    return len(changed)


def _changed(held: Any, ranked: Mapping[UUID, Ranked]) -> Iterator[dict[str, Any]]:
    for row in held:
        barrier = ranked[row.facility_id].barriers.get((row.criterion, row.place))
        new = barrier.alone if barrier else None
        if row.obstructed != new:
            yield {"b_region": row.home_region, "b_id": row.id, "obstructed": new}
